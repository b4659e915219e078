/**
 * The messages between the chat panel (webview) and its host. Both sides import this file. Objects of the API travel as they are.
 */
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStatus } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { pieceBytes, type Attachment, type FileInfo } from './attachments';
import type { Citation, FoundPassage } from './citations';
import type { PendingCalls } from './functionCalls';

// #region shapes

export interface AssistantOption {
  id: string;
  name: string;
  /** As stored in the assistant: `connection/model` or a bare model id. */
  model: string;
  /** True for the scripted demo model, which is named so wherever it is shown. */
  demo: boolean;
  /** Its tools that read the files of a message. */
  fileTools: FileTool[];
}

/** The tools that read files. */
export type FileTool = 'file_search' | 'code_interpreter';

export type ErrorAction = 'retry' | 'setApiKey' | 'chooseModel';

/** The newest run of the thread shown. */
export interface RunView {
  id: string;
  /** `sending`: the message is on its way, there is no run yet. */
  status: RunStatus | 'sending';
  assistantName: string;
  model: string;
  /** Milliseconds since the epoch. */
  startedAt: number;
  endedAt?: number;
  /** Prompt and completion together, once known. */
  totalTokens?: number;
  /** Why it failed or stopped early, in words for the user, and what can be done from here. */
  error?: { message: string; actions: ErrorAction[] };
}

export interface ChatState {
  /** False until assistants were listed once: an empty list before that says nothing. */
  loaded: boolean;
  assistants: AssistantOption[];
  /** The assistant the next run uses. */
  assistantId?: string;
  /** The thread shown; none: the next message creates one. */
  thread?: { id: string; title: string };
  run?: RunView;
  /** Runs under way in threads that are not shown. */
  otherRuns: number;
  /** Something that kept the thread or the assistants from being read. */
  problem?: string;
  /** The function calls that the run shown waits for. */
  pending?: PendingCalls;
}

/** An image of the assistants' files, or why it cannot be shown. */
export type ImageFile =
  | { fileId: string; name: string; dataUrl: string }
  /** The name is left out where not even that is known. */
  | { fileId: string; name?: string; problem: string };

/** What a button in the chat may ask VS Code to do; the host maps each to a command of the palette. */
export type ChatCommand =
  | 'newThread'
  | 'openThread'
  | 'createSampleAssistant'
  | 'createAssistant'
  | 'editAssistant'
  | 'addConnection'
  | 'setApiKey'
  | 'chooseModel'
  | 'showThreadJson'
  | 'showRunJson'
  | 'viewRunSteps';

const chatCommands: readonly ChatCommand[] = [
  'newThread',
  'openThread',
  'createSampleAssistant',
  'createAssistant',
  'editAssistant',
  'addConnection',
  'setApiKey',
  'chooseModel',
  'showThreadJson',
  'showRunJson',
  'viewRunSteps',
];

// #endregion

// #region host → chat

export type HostMessage =
  /** The whole state but the messages; replaces the state before. */
  | { type: 'state'; state: ChatState }
  /** The newest page of a thread, oldest first; replaces every message shown. No thread: empty. */
  | { type: 'messages'; threadId: string | null; messages: Message[]; hasMore: boolean }
  /** The page before, oldest first; goes on top. */
  | { type: 'olderMessages'; threadId: string; messages: Message[]; hasMore: boolean }
  /** Answers `loadOlder` when the page could not be read; the user may ask again. */
  | { type: 'olderNotLoaded'; threadId: string }
  /** A message was added or replaced as a whole. */
  | { type: 'message'; threadId: string; message: Message }
  /** Text to append to one content part of a message in progress. */
  | { type: 'delta'; threadId: string; messageId: string; contentIndex: number; text: string }
  /**
   * Steps of runs that call tools: those of a run in their order. One that is known already is
   * replaced, and the others of its run stay.
   */
  | { type: 'steps'; threadId: string; steps: RunStep[] }
  /** Answers `needCitations`: what is known of each citation of a message, in the order of its text. */
  | { type: 'citations'; threadId: string; messageId: string; citations: Citation[] }
  /** Answers `needPassages`: what a search has found, the best first; or why it cannot be read. */
  | { type: 'passages'; callId: string; stepId: string; passages: FoundPassage[]; problem?: string }
  /** The files of the message that is written in a thread; they replace those before. */
  | { type: 'attachments'; threadId: string | null; attachments: Attachment[] }
  /** Asks for a piece of a file that was dropped or pasted. */
  | { type: 'needPiece'; uploadId: number; offset: number }
  /** Answers `needFileInfo`. */
  | ({ type: 'fileInfo' } & FileInfo)
  /** Answers `needFile`. */
  | ({ type: 'file' } & ImageFile)
  /** Sets the composer's text: the draft kept for a thread, or text a command puts there. */
  | { type: 'draft'; text: string }
  /** Answers `send`: the message is stored, the composer may be cleared. */
  | { type: 'sent'; requestId: number }
  /** Answers `send`: it is not stored; the composer keeps its text and shows the reason. */
  | { type: 'notSent'; requestId: number; reason: string }
  /** Moves the focus to the composer. */
  | { type: 'focus' };

// #endregion

// #region chat → host

export type ChatMessage =
  /** The panel is up and listens; the host answers with `state`, `messages` and `draft`. */
  | { type: 'ready' }
  | { type: 'send'; requestId: number; text: string }
  /** The composer's text changed (sent when typing pauses, and when it loses the focus). */
  | { type: 'draft'; text: string }
  | { type: 'stop' }
  | { type: 'retry' }
  | { type: 'selectAssistant'; assistantId: string }
  /** Asks for the page before the given message. */
  | { type: 'loadOlder'; before: string }
  | { type: 'copy'; text: string }
  | { type: 'insertCode'; code: string }
  | { type: 'openCode'; code: string; language: string }
  /** A link of a message was clicked; only `https:`, `http:` and `mailto:` are opened, after VS Code asks. */
  | { type: 'openLink'; url: string }
  | { type: 'showMessageJson'; messageId: string }
  /** Opens what a tool was called with, or what came of it, as a document. */
  | { type: 'viewStepInput'; runId: string; stepId: string; callId: string }
  | { type: 'viewStepOutput'; runId: string; stepId: string; callId: string }
  /** Asks for an image to show. */
  | { type: 'needFile'; fileId: string }
  /** Attaches a file that was dropped or pasted; its bytes follow as the host asks for them. */
  | { type: 'attachDropped'; uploadId: number; name: string; bytes: number }
  /** Answers `needPiece`; null: the file cannot be read. */
  | { type: 'piece'; uploadId: number; data: Uint8Array | null }
  /** Attaches files that were dragged from VS Code: a `text/uri-list`. */
  | { type: 'attachUris'; list: string }
  /** Lets the user choose files to attach. */
  | { type: 'pickFiles' }
  | { type: 'removeAttachment'; id: string }
  /** Lets the assistant search the files it is given. */
  | { type: 'turnOnFileSearch' }
  /** Asks for a file's name and size. */
  | { type: 'needFileInfo'; fileId: string }
  /** Asks for the passages that a message cites. */
  | { type: 'needCitations'; messageId: string }
  /** Opens a file at the passage that is cited; `index`: its place among the message's citations. */
  | { type: 'openCitation'; messageId: string; index: number }
  /** Asks for the passages that a search has found. */
  | { type: 'needPassages'; runId: string; stepId: string; callId: string }
  /** Opens a file at one of them. */
  | { type: 'openPassage'; runId: string; stepId: string; callId: string; index: number }
  | { type: 'openFile'; fileId: string }
  | { type: 'saveFile'; fileId: string }
  /** Gives the output of a function call; all outputs are submitted once the last call has one. */
  | { type: 'answerCall'; runId: string; callId: string; output: string }
  /** Takes an answer back that was not submitted yet. */
  | { type: 'reopenCall'; runId: string; callId: string }
  /** What is filled in of a call's form so far, to be kept. */
  | { type: 'callDraft'; runId: string; callId: string; draft: string }
  /** Lets VS Code's tool or the workspace's program answer; `always`: from now on for this assistant. */
  | { type: 'runCall'; runId: string; callId: string; always: boolean }
  /** Stops the tool or the program that works on a call. */
  | { type: 'stopCall'; runId: string; callId: string }
  | { type: 'command'; command: ChatCommand };

// #endregion

type Fields = Record<string, unknown>;

const namesCall = (m: Fields): boolean =>
  typeof m['runId'] === 'string' && typeof m['stepId'] === 'string' && typeof m['callId'] === 'string';
const namesPending = (m: Fields): boolean =>
  typeof m['runId'] === 'string' && typeof m['callId'] === 'string';
const isIndex = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isPiece = (value: unknown): boolean =>
  value === null || (value instanceof Uint8Array && value.length <= pieceBytes);
const namesFile = (m: Fields): boolean => typeof m['fileId'] === 'string';

const checks: { [T in ChatMessage['type']]: (message: Fields) => boolean } = {
  ready: () => true,
  send: (m) => Number.isSafeInteger(m['requestId']) && typeof m['text'] === 'string',
  draft: (m) => typeof m['text'] === 'string',
  stop: () => true,
  retry: () => true,
  selectAssistant: (m) => typeof m['assistantId'] === 'string',
  loadOlder: (m) => typeof m['before'] === 'string',
  copy: (m) => typeof m['text'] === 'string',
  insertCode: (m) => typeof m['code'] === 'string',
  openCode: (m) => typeof m['code'] === 'string' && typeof m['language'] === 'string',
  openLink: (m) => typeof m['url'] === 'string',
  showMessageJson: (m) => typeof m['messageId'] === 'string',
  viewStepInput: namesCall,
  viewStepOutput: namesCall,
  attachDropped: (m) =>
    isIndex(m['uploadId']) &&
    typeof m['name'] === 'string' &&
    m['name'].length <= 1000 &&
    isIndex(m['bytes']),
  piece: (m) => isIndex(m['uploadId']) && isPiece(m['data']),
  attachUris: (m) => typeof m['list'] === 'string',
  pickFiles: () => true,
  removeAttachment: (m) => typeof m['id'] === 'string',
  turnOnFileSearch: () => true,
  needFileInfo: namesFile,
  needCitations: (m) => typeof m['messageId'] === 'string',
  openCitation: (m) => typeof m['messageId'] === 'string' && isIndex(m['index']),
  needPassages: namesCall,
  openPassage: (m) => namesCall(m) && isIndex(m['index']),
  needFile: namesFile,
  openFile: namesFile,
  saveFile: namesFile,
  answerCall: (m) => namesPending(m) && typeof m['output'] === 'string',
  reopenCall: namesPending,
  callDraft: (m) => namesPending(m) && typeof m['draft'] === 'string',
  runCall: (m) => namesPending(m) && typeof m['always'] === 'boolean',
  stopCall: namesPending,
  command: (m) => chatCommands.includes(m['command'] as ChatCommand),
};

/** Whether a value the webview posted is a message of this protocol; the webview is not trusted. */
export function isChatMessage(value: unknown): value is ChatMessage {
  if (typeof value !== 'object' || value === null) return false;
  const message = value as Fields;
  const type = message['type'];
  return (
    typeof type === 'string' && Object.hasOwn(checks, type) && checks[type as ChatMessage['type']](message)
  );
}
