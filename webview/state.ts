/** The panel's state, and the reducer for messages from the host and actions of the user. */
import type { Message, MessageContent } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { BranchPoint, ChatState, RunView } from '../src/protocol/chat';
import type { Attachment, FileInfo, ImageFile } from '../src/protocol/attachments';
import type { ContextItem } from '../src/protocol/context';
import type { Citation, FoundPassage } from '../src/protocol/text/citations';
import { isObject } from '../src/protocol/json';
import type { HostUpdate, SavedState } from './host';
import { splitContext } from './markdown/userText';

/** How many messages are rendered at first, and added each time older ones are shown. */
export const pageSize = 50;

/** The passages that a search found, or why they are not available. */
export interface SearchResults {
  passages: readonly FoundPassage[];
  error?: string;
}

/** The key of a file search call in a map. */
export function searchKey({ stepId, callId }: { stepId: string; callId: string }): string {
  return JSON.stringify([stepId, callId]);
}

export type StepsByRun = ReadonlyMap<string, readonly RunStep[]>;

/** The composer's part of the saved state. */
type SavedDraft = Omit<SavedState, 'callDrafts' | 'position'>;

export interface PanelState {
  host: ChatState;
  /** False until the host has first sent messages: an empty list before that is not an empty thread. */
  messagesLoaded: boolean;
  /** The thread the messages belong to. */
  threadId: string | null;
  /** Oldest first. */
  messages: Message[];
  /** The host has messages older than the first one here. */
  hasMore: boolean;
  /** The steps of each run that calls tools, in order. */
  steps: StepsByRun;
  /** The requested images that were received or failed to load, by file id. */
  images: ReadonlyMap<string, ImageFile>;
  /** The citations received so far, by message id. */
  citations: ReadonlyMap<string, readonly Citation[]>;
  /** The search results received so far, by {@link searchKey}. */
  found: ReadonlyMap<string, SearchResults>;
  loadingOlder: boolean;
  /** The last page of older messages failed to load: only the user requests it again. */
  olderFailed: boolean;
  /** How many of the newest messages are rendered. */
  shown: number;
  draft: string;
  /** The files attached to the draft. */
  attachments: readonly Attachment[];
  /** The context that goes with the draft. */
  context: readonly ContextItem[];
  /** The paths in an answer that are files of the workspace, by message id. */
  paths: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names and sizes of attached files received so far, by file id. */
  fileInfos: ReadonlyMap<string, FileInfo>;
  /** The draft stored over a reload of the webview; unset once the host has sent its own. */
  saved?: SavedDraft;
  /** The message on its way, until the host has answered `send`. */
  sending?: { text: string };
  /** Why the last message was not sent. */
  notSent?: string;
  /** Where other branches of the conversation differ. */
  branches: BranchesOfThread;
  /** The message whose branches get the focus, once it is shown. */
  branchFocus?: string;
  /** The message that the list scrolls to and marks; `request` counts the host's requests for one. */
  marked?: { id: string; request: number };
  /** The prompt that ↑ has put into the composer: how far back it is, and its text. */
  recalled?: { back: number; text: string };
  /** The words that were sent last, in whichever thread; ↑ recalls them in a new one. */
  lastSent?: string;
  /** Counts the requests to focus the composer. */
  focusRequests: number;
  /** Counts the host's requests to open the find bar. */
  findRequests: number;
}

/** The places at which a thread differs from other branches of its conversation. */
export interface BranchesOfThread {
  /** By the message of the thread at that place. */
  points: ReadonlyMap<string, BranchPoint>;
  /** The branch that goes on where the thread ends. */
  elsewhere?: BranchPoint['branches'][number];
}

const noBranches: BranchesOfThread = { points: new Map() };

/** Actions of the user that change the state. */
export type UserAction =
  | { type: 'userTyped'; text: string }
  | { type: 'userSent'; text: string }
  | { type: 'olderWanted' }
  | { type: 'allWanted' }
  /** Puts an earlier prompt into the composer (1), or a later one (-1). */
  | { type: 'recalled'; step: 1 | -1 }
  | { type: 'branchFocused' };

/** What the host has answered. */
export type AnswerAction =
  | { type: 'sent' }
  | { type: 'notSent'; reason: string }
  /** Messages of a thread before those shown, oldest first. */
  | { type: 'olderMessages'; threadId: string; messages: Message[]; hasMore: boolean }
  | { type: 'olderNotLoaded'; threadId: string }
  | { type: 'image'; image: ImageFile }
  | { type: 'fileInfo'; info: FileInfo }
  | { type: 'paths'; threadId: string; messageId: string; paths: readonly string[] }
  | { type: 'citations'; threadId: string; messageId: string; citations: Citation[] }
  /** What the call of a search has found; `key`: its {@link searchKey}. */
  | { type: 'passages'; key: string; results: SearchResults };

export type Action = HostUpdate | UserAction | AnswerAction;

/** The state a panel starts with. */
export function initialState(saved?: SavedDraft): PanelState {
  return {
    host: { loaded: false, assistants: [], otherRuns: 0 },
    messagesLoaded: false,
    threadId: null,
    messages: [],
    hasMore: false,
    steps: new Map(),
    images: new Map(),
    citations: new Map(),
    found: new Map(),
    loadingOlder: false,
    olderFailed: false,
    shown: pageSize,
    draft: saved?.draft ?? '',
    attachments: [],
    context: [],
    paths: new Map(),
    fileInfos: new Map(),
    saved,
    lastSent: saved?.lastSent,
    branches: noBranches,
    focusRequests: 0,
    findRequests: 0,
  };
}

/** Returns the next state; does not modify the given one. */
export function reduce(state: PanelState, action: Action): PanelState {
  switch (action.type) {
    case 'state':
      return { ...state, host: action.state };
    case 'messages':
      return replaceMessages(state, action.threadId, action.messages, action.hasMore);
    case 'olderMessages':
      if (!isShown(state, action.threadId)) return state;
      return prependMessages(state, action.messages, action.hasMore);
    case 'olderNotLoaded':
      if (!isShown(state, action.threadId)) return state;
      return { ...state, loadingOlder: false, olderFailed: true };
    case 'message':
      if (!isShown(state, action.threadId)) return state;
      return { ...putMessage(state, action.message), threadId: action.threadId };
    case 'delta':
      if (!isShown(state, action.threadId)) return state;
      return appendText(state, action.messageId, action.contentIndex, action.text);
    case 'steps':
      if (!isShown(state, action.threadId)) return state;
      return { ...state, steps: putSteps(state.steps, action.steps), threadId: action.threadId };
    case 'image':
      return { ...state, images: new Map(state.images).set(action.image.fileId, action.image) };
    case 'attachments':
      return { ...state, attachments: action.attachments };
    case 'context':
      return { ...state, context: action.items };
    case 'paths':
      if (!isShown(state, action.threadId)) return state;
      return { ...state, paths: withPaths(state.paths, action.messageId, action.paths) };
    case 'fileInfo':
      return { ...state, fileInfos: new Map(state.fileInfos).set(action.info.fileId, action.info) };
    case 'citations':
      if (!isShown(state, action.threadId)) return state;
      return { ...state, citations: new Map(state.citations).set(action.messageId, action.citations) };
    case 'passages':
      return { ...state, found: new Map(state.found).set(action.key, action.results) };
    case 'draft':
      return { ...state, draft: mergeDraft(state, action.text), saved: undefined, notSent: undefined };
    case 'sent':
      if (state.sending === undefined) return state;
      return {
        ...state,
        draft: withoutSent(state.draft, state.sending.text),
        sending: undefined,
        lastSent: state.sending.text.trim() === '' ? state.lastSent : state.sending.text,
      };
    case 'notSent':
      return { ...state, sending: undefined, notSent: action.reason };
    case 'addDraft':
      return { ...state, draft: joined(state.draft, action.text) };
    case 'branches':
      if (!isShown(state, action.threadId)) return state;
      return { ...state, branches: branchesOf(action.points) };
    case 'focusBranch':
      return { ...state, branchFocus: action.messageId };
    case 'branchFocused':
      return { ...state, branchFocus: undefined };
    case 'showMessage':
      return { ...state, marked: { id: action.messageId, request: (state.marked?.request ?? 0) + 1 } };
    case 'recalled':
      return recall(state, action.step);
    case 'focus':
      return { ...state, focusRequests: state.focusRequests + 1 };
    case 'find':
      return { ...state, findRequests: state.findRequests + 1 };
    case 'allWanted':
      return { ...state, shown: Math.max(state.shown, state.messages.length) };
    case 'userTyped':
      return { ...state, draft: action.text, notSent: undefined };
    case 'userSent':
      return {
        ...state,
        sending: { text: action.text },
        notSent: undefined,
        recalled: undefined,
        marked: undefined,
      };
    case 'olderWanted':
      if (state.shown < state.messages.length) return { ...state, shown: state.shown + pageSize };
      return { ...state, loadingOlder: state.hasMore, olderFailed: false };
    default:
      return state;
  }
}

/** Whether the run is active: its thread then accepts no message. */
export function isActive(run: RunView | undefined): boolean {
  if (run === undefined) return false;
  return ['sending', 'queued', 'in_progress', 'requires_action', 'cancelling'].includes(run.status);
}

/** Whether the panel could send a message now, or queue it, if there were one. */
export function canSend(state: PanelState): boolean {
  if (state.host.assistantId === undefined || state.sending !== undefined) return false;
  return !isActive(state.host.run) || canQueue(state);
}

/** Whether a message would be queued: a run is active that is not about to be stopped. */
export function canQueue({ host: { run, thread, isTrial } }: PanelState): boolean {
  const isQueueing = ['queued', 'in_progress', 'requires_action'].includes(run?.status ?? '');
  return thread !== undefined && isQueueing && !isTrial;
}

/** Whether the last message is the user's, and no run answers it or has failed to. */
export function isUnanswered({ host, messages, messagesLoaded, sending }: PanelState): boolean {
  if (!messagesLoaded || sending !== undefined || host.assistantId === undefined) return false;
  if (isActive(host.run) || host.run?.error !== undefined || host.error !== undefined) return false;
  const last = messages.at(-1);
  return isObject(last) && last.role === 'user';
}

/** Whether there is something to send: a text, context or an image, and no upload in progress. */
export function hasMessage({ draft, attachments, context }: PanelState): boolean {
  if (attachments.some(({ state }) => state === 'uploading')) return false;
  if (context.length > 0) return true;
  return draft.trim() !== '' || attachments.some(({ isImage, fileId }) => isImage && fileId !== undefined);
}

/** The messages to render, oldest first. */
export function shownMessages(state: PanelState): Message[] {
  return state.messages.slice(-state.shown);
}

/** Whether there are older messages than those rendered, here or at the host. */
export function hasOlder(state: PanelState): boolean {
  return state.hasMore || state.shown < state.messages.length;
}

/** Before its first message arrives, a new thread is known only from the host's state. */
function isShown(state: PanelState, threadId: string): boolean {
  return threadId === (state.threadId ?? state.host.thread?.id);
}

function replaceMessages(
  state: PanelState,
  threadId: string | null,
  messages: Message[],
  hasMore: boolean,
): PanelState {
  const sameThread = threadId === state.threadId;
  return {
    ...state,
    messagesLoaded: true,
    threadId,
    messages,
    hasMore,
    steps: sameThread ? state.steps : new Map(),
    images: sameThread ? state.images : new Map(),
    citations: sameThread ? state.citations : new Map(),
    found: sameThread ? state.found : new Map(),
    paths: sameThread ? state.paths : new Map(),
    loadingOlder: false,
    olderFailed: false,
    shown: sameThread ? state.shown : pageSize,
    notSent: sameThread ? state.notSent : undefined,
    branches: sameThread ? state.branches : noBranches,
    marked: sameThread ? state.marked : undefined,
    recalled: sameThread ? state.recalled : undefined,
  };
}

function prependMessages(state: PanelState, older: Message[], hasMore: boolean): PanelState {
  const known = new Set(state.messages.map(idOf));
  const added = older.filter((message) => isObject(message) && !known.has(message.id));
  return {
    ...state,
    messages: [...added, ...state.messages],
    hasMore,
    loadingOlder: false,
    shown: state.shown + added.length,
  };
}

function putMessage(state: PanelState, message: Message): PanelState {
  if (!isObject(message)) return state;
  const index = state.messages.findIndex((one) => idOf(one) === message.id);
  if (index >= 0) return { ...state, messages: state.messages.with(index, message) };
  return { ...state, messages: [...state.messages, message], shown: state.shown + 1 };
}

/** The id of a message, which may not have the shape that its type says. */
function idOf(message: Message): string | undefined {
  return isObject(message) ? message.id : undefined;
}

/** Adds or replaces steps, grouped by run. Entries that are no objects belong to no run. */
function putSteps(steps: StepsByRun, received: readonly RunStep[]): StepsByRun {
  const next = new Map(steps);
  const came = received.filter(isObject);
  for (const runId of new Set(came.map(({ run_id }) => run_id))) {
    const added = came.filter(({ run_id }) => run_id === runId);
    next.set(runId, mergeSteps(next.get(runId) ?? [], added));
  }
  return next;
}

/** Known steps keep their place and new ones follow. If all of a run's steps arrive, their order wins. */
function mergeSteps(known: readonly RunStep[], added: readonly RunStep[]): RunStep[] {
  const ids = new Set(added.map(({ id }) => id));
  const isWhole = known.every(({ id }) => ids.has(id));
  const merged = new Map((isWhole ? added : [...known, ...added]).map((step) => [step.id, step]));
  return [...merged.values()];
}

/** Adds the paths in a message that are files. Those of parts of a long message come one after the other. */
function withPaths(
  known: PanelState['paths'],
  messageId: string,
  paths: readonly string[],
): PanelState['paths'] {
  if (paths.length === 0) return known;
  return new Map(known).set(messageId, new Set([...(known.get(messageId) ?? []), ...paths]));
}

function appendText(state: PanelState, messageId: string, contentIndex: number, text: string): PanelState {
  const index = state.messages.findIndex((one) => idOf(one) === messageId);
  const message = state.messages[index];
  if (!Array.isArray(message?.content) || contentIndex > message.content.length) return state;
  const part = appendToPart(message.content[contentIndex], text);
  if (part === undefined) return state;
  const content = [...message.content];
  content[contentIndex] = part;
  return { ...state, messages: state.messages.with(index, { ...message, content }) };
}

function appendToPart(part: MessageContent | undefined, text: string): MessageContent | undefined {
  if (part === undefined) return { type: 'text', text: { value: text, annotations: [] } };
  if (!isObject(part)) return undefined;
  if (part.type === 'text' && isObject(part.text))
    return { ...part, text: { ...part.text, value: part.text.value + text } };
  if (part.type === 'refusal') return { ...part, refusal: part.refusal + text };
  return undefined;
}

/**
 * The host gets the draft when typing pauses, so after a reload its copy may be older than the one
 * saved by the webview, which then starts with it.
 */
function mergeDraft({ saved, host, draft }: PanelState, text: string): string {
  const sameThread = saved?.threadId === (host.thread?.id ?? null);
  return sameThread && draft.startsWith(text) ? draft : text;
}

function branchesOf(points: readonly BranchPoint[]): BranchesOfThread {
  const end = points.find(({ message_id: id }) => id === null);
  return {
    points: new Map(
      points.flatMap((point) => (point.message_id === null ? [] : [[point.message_id, point]])),
    ),
    ...(end && { elsewhere: end.branches.at(-1) }),
  };
}

/** Only into an empty composer, or in place of a prompt that was not changed. */
function recall(state: PanelState, step: 1 | -1): PanelState {
  const { draft, recalled } = state;
  const isUnchanged = recalled?.text === draft;
  if (draft !== '' && !isUnchanged) return state;
  const prompts = promptsOf(state);
  const back = (isUnchanged ? (recalled?.back ?? 0) : 0) + step;
  if (back === 0) return { ...state, draft: '', recalled: undefined };
  const text = prompts.at(-back);
  if (back < 0 || text === undefined || back > prompts.length) return state;
  return { ...state, draft: text, recalled: { back, text }, notSent: undefined };
}

/** The texts that the user has sent in the thread, oldest first; in a new one, what was sent last in another. */
function promptsOf({ messages, messagesLoaded, lastSent }: PanelState): string[] {
  if (messagesLoaded && messages.length === 0) return lastSent === undefined ? [] : [lastSent];
  return messages.flatMap((message) => {
    if (!isObject(message) || message.role !== 'user' || !Array.isArray(message.content)) return [];
    const text = message.content
      .flatMap((part) =>
        isObject(part) && part.type === 'text' && isObject(part.text) ? [part.text.value] : [],
      )
      .join('\n\n');
    const { words } = splitContext(text);
    return words === '' ? [] : [words];
  });
}

function joined(draft: string, text: string): string {
  return draft.trim() === '' ? text : `${draft}\n\n${text}`;
}

/** Keeps what was typed while the message was being sent. */
function withoutSent(draft: string, sent: string): string {
  return draft.startsWith(sent) ? draft.slice(sent.length) : draft;
}
