/** The messages between the chat panel (webview) and its host, imported by both. API objects are sent unchanged. */
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStatus } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { Attachment } from './attachments';
import type { PendingCalls } from './functionCalls';
import {
  isBoolean,
  isIndex,
  isListOf,
  isObjectOf,
  isOneOf,
  isOptional,
  isString,
  isStringUpTo,
  type Shape,
  type Shaped,
} from './guards';
import type { ContextItem } from './context';
import { isPathText } from './filePaths';
import { isObject } from './json';
import { answerShape, askShape, type Answer, type Ask } from './questions';

// #region shapes

export interface AssistantOption {
  id: string;
  name: string;
  /** As stored in the assistant: `connection/model` or a bare model id. */
  model: string;
  /** Whether it is the scripted demo model, which is labeled as such wherever it is shown. */
  demo: boolean;
  /** Its tools that read the files of a message. */
  fileTools: FileTool[];
  /** Tells it apart from another assistant of the same name and model. */
  hint?: string;
  /** First messages to suggest. */
  suggestions?: string[];
}

/** The tools that can read files. */
export type FileTool = 'file_search' | 'code_interpreter';

export type ErrorAction =
  'retry' | 'setApiKey' | 'chooseModel' | 'retryWithModel' | 'testConnection' | 'showModelRequest';

/** The newest run of the thread shown. */
export interface RunView {
  id: string;
  /** `sending`: the message is being stored; there is no run yet. */
  status: RunStatus | 'sending';
  assistantName: string;
  model: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt?: number;
  /** Prompt and completion tokens, once known. */
  totalTokens?: number;
  /** Why it failed or stopped early, as shown to the user, and the buttons to show. */
  error?: { message: string; actions: ErrorAction[] };
}

export interface ChatState {
  /** False until the assistants have been listed once; `assistants` is empty until then. */
  loaded: boolean;
  assistants: AssistantOption[];
  /** The assistant of the next run. */
  assistantId?: string;
  /** The model of the next run alone, in place of the assistant's. */
  nextModel?: { id: string; demo: boolean };
  /** The thread shown; if undefined, the next message creates one. */
  thread?: { id: string; title: string };
  run?: RunView;
  /** Number of active runs in other threads. */
  otherRuns: number;
  /** Why the thread or the assistants could not be read. */
  error?: string;
  /** The function calls that the run is waiting for. */
  pending?: PendingCalls;
  /** The messages that are sent when the run ends; undefined if there are none. */
  queue?: QueueView;
  /** Identifies the draft of a chat that shows no thread. */
  draftId?: string;
  /** Whether it tries an assistant whose form is beside it, in a thread that is not kept. */
  isTrial?: boolean;
}

/** Messages that wait for the end of a run. */
export interface QueueView {
  messages: QueuedView[];
  /** Why they wait for the user, if they are not sent by themselves. */
  waits?: string;
}

export interface QueuedView {
  id: string;
  /** The user's words. */
  text: string;
  /** What is sent below them. */
  context: readonly ContextItem[];
  attachments: readonly Attachment[];
}

/** A place at which branches of a conversation differ, as our engine lists it. */
export interface BranchPoint {
  /** The message of the thread shown that the others have others for; null if the thread ends before. */
  message_id: string | null;
  branches: { thread_id: string; message_id: string }[];
}

/** The commands of the palette that the chat's buttons can run. */
export type ChatCommand = (typeof chatCommands)[number];
const chatCommands = [
  'newThread',
  'openThread',
  'createSampleAssistant',
  'createAssistant',
  'editAssistant',
  'addConnection',
  'setApiKey',
  'chooseModel',
  'chooseNextModel',
  'changeModel',
  'retryWithModel',
  'testConnection',
  'getStarted',
  'viewRunSteps',
  'showModelRequest',
] as const;

// #endregion

// #region host → chat

export type HostMessage =
  /** Replaces the whole state, except for the messages. */
  | { type: 'state'; state: ChatState }
  /** The newest page of a thread, oldest first; replaces all messages. Empty if there is no thread. */
  | { type: 'messages'; threadId: string | null; messages: Message[]; hasMore: boolean }
  /** Adds or replaces a message. */
  | { type: 'message'; threadId: string; message: Message }
  /** Text to append to one content part of a message in progress. */
  | { type: 'delta'; threadId: string; messageId: string; contentIndex: number; text: string }
  /** Steps of runs that call tools, in order. Known ones are replaced; the other steps of their runs stay. */
  | { type: 'steps'; threadId: string; steps: RunStep[] }
  /** Replaces the files of the message that is being written in a thread. */
  | { type: 'attachments'; threadId: string | null; attachments: Attachment[] }
  /** Replaces the places at which a thread differs from other branches of its conversation. */
  | { type: 'branches'; threadId: string; points: BranchPoint[] }
  /** Moves the focus to the branches of a message, once it is shown. */
  | { type: 'focusBranch'; messageId: string }
  /** Scrolls to a message of the thread shown, whose page may have to be loaded, and marks it. */
  | { type: 'showMessage'; messageId: string }
  /** Adds to the composer's text, in a paragraph of its own. */
  | { type: 'addDraft'; text: string }
  /** Replaces the context of the message that is being written in a thread. */
  | { type: 'context'; threadId: string | null; items: ContextItem[] }
  /** Sets the composer's text: the draft stored for a thread, or text that a command puts there. */
  | { type: 'draft'; text: string }
  /** Moves the focus to the composer. */
  | { type: 'focus' }
  /** Opens the find bar. */
  | { type: 'find' }
  | Ask
  | Answer;

// #endregion

// #region chat → host

const isCallOfStep = { runId: isString, stepId: isString, callId: isString };
const isPendingCall = { runId: isString, callId: isString };

/** The fields of each message. The types follow from the guards; each message has a handler in `src/views/chat`. */
const chatMessages = {
  /** The panel listens; the host answers with `state`, `messages`, `attachments`, `context` and `draft`. */
  ready: {},
  ask: askShape,
  answer: answerShape,
  /** The composer's text changed; sent when typing pauses, and when the composer loses the focus. */
  draft: { text: isString },
  stop: {},
  retry: {},
  selectAssistant: { assistantId: isString },
  /** The next run uses the assistant's model after all. */
  resetNextModel: {},
  copy: { text: isString },
  insertCode: { code: isString },
  /** Proposes the code as a change to a file, which the user chooses; `file`: the path named at its fence. */
  applyCode: { code: isString, language: isString, file: isOptional(isString) },
  openCode: { code: isString, language: isString },
  /** Only `https:`, `http:` and `mailto:` are opened, after VS Code asks. */
  openLink: { url: isString },
  showMessageJson: { messageId: isString },
  /** Opens the input of a tool call, or its output, as a document. */
  viewStepInput: isCallOfStep,
  viewStepOutput: isCallOfStep,
  /** Opens a quiz with its answers as a Markdown document. */
  exportQuiz: isCallOfStep,
  /** Opens what was sent to the model for a message or a step, and what came back, as documents. */
  showMessageRequest: { messageId: isString },
  showStepRequest: { runId: isString, stepId: isString },
  /** Attaches a file that was dropped or pasted; the host asks for its bytes. */
  attachDropped: { uploadId: isIndex, name: isStringUpTo(1000), bytes: isIndex },
  /** Attaches files that were dragged from VS Code: a `text/uri-list`. */
  attachUris: { list: isString },
  /** Lets the user choose files to attach. */
  pickFiles: {},
  removeAttachment: { id: isString },
  /** Answers again in another branch; `choose`: asks for the assistant or model. */
  regenerate: { messageId: isString, choose: isBoolean },
  /** Shows the conversation without a message and those after it. */
  deleteFrom: { messageId: isString },
  /** Copies the thread up to a message into one of its own. */
  branchThread: { messageId: isString },
  /** Shows another branch of the conversation; `messageId`: the message at which it differs. */
  showBranch: { threadId: isString, messageId: isString },
  /** Sends the first queued message now. */
  sendQueued: {},
  /** `removed`: the ids of items of its context, and of its files. */
  editQueued: { id: isString, text: isString, removed: isListOf(isString) },
  removeQueued: { id: isString },
  /** Whether a queued message is being edited: none is sent by itself meanwhile. */
  holdQueue: { isHeld: isBoolean },
  /** Removes an item of the message's context, or opens its file; also that of a queued message. */
  removeContext: { id: isString },
  openContext: { id: isString },
  /** Opens a file of the workspace that an answer or a message names, such as `src/a.ts:12`. */
  openPath: { path: isPathText },
  /** Adds file search to the tools of the selected assistant. */
  turnOnFileSearch: {},
  /** Opens a file at the passage that is cited; `index` counts the citations of the message. */
  openCitation: { messageId: isString, index: isIndex },
  /** Opens a file at a passage that a search has found; `index` counts the results of the search. */
  openPassage: { ...isCallOfStep, index: isIndex },
  openFile: { fileId: isString },
  saveFile: { fileId: isString },
  /** Gives the output of a function call; all outputs are submitted once the last call has one. */
  answerCall: { ...isPendingCall, output: isString },
  /** Withdraws an output that is not submitted yet. */
  reopenCall: isPendingCall,
  /** Stores what is filled in of a call's form so far. */
  callDraft: { ...isPendingCall, draft: isString },
  /** Runs VS Code's tool or the workspace's program; `always`: without asking again for this assistant. */
  runCall: { ...isPendingCall, always: isBoolean },
  /** Stops the tool or the program that is answering a call. */
  stopCall: isPendingCall,
  command: { command: isOneOf(chatCommands) },
} satisfies Record<string, Shape>;

type ChatMessageType = keyof typeof chatMessages;
export type ChatMessageOf<T extends ChatMessageType> = {
  [K in T]: { type: K } & Shaped<(typeof chatMessages)[K]>;
}[T];
export type ChatMessage = ChatMessageOf<ChatMessageType>;

/** The messages that a chat has handlers for. */
export type HandledType = Exclude<ChatMessageType, 'ask' | 'answer'>;
export type ChatMessageHandlers = {
  readonly [K in HandledType]: (message: ChatMessageOf<K>) => void | Promise<void>;
};

const guards = Object.fromEntries(
  Object.entries(chatMessages).map(([type, shape]) => [type, isObjectOf<Shape>(shape)]),
);

/** Whether a value that the webview posted is a message of this protocol; the webview is not trusted. */
export function isChatMessage(value: unknown): value is ChatMessage {
  const type = isObject(value) ? value['type'] : undefined;
  return isString(type) && Object.hasOwn(guards, type) && guards[type]?.(value) === true;
}

// #endregion
