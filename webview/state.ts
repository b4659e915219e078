/** What the panel shows, and how each message from the host and each act of the user changes it. */
import type { Message, MessageContent } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { ChatState, RunView } from '../src/protocol/chat';
import type { Attachment, FileInfo, ImageFile } from '../src/protocol/attachments';
import type { Citation, FoundPassage } from '../src/protocol/citations';
import type { HostUpdate, SavedState } from './host';

/** Messages put into the page at first and with every step upwards. */
export const pageSize = 50;

/** What a search has found, or why that cannot be told. */
export interface SearchResults {
  passages: readonly FoundPassage[];
  problem?: string;
}

/** Names the call of a search in a table. */
export function searchKey({ stepId, callId }: { stepId: string; callId: string }): string {
  return JSON.stringify([stepId, callId]);
}

export type StepsByRun = ReadonlyMap<string, readonly RunStep[]>;

/** The composer's part of what the webview keeps. */
type SavedDraft = Omit<SavedState, 'callDrafts'>;

export interface PanelState {
  host: ChatState;
  /** False until the host sent messages once: an empty list before that says nothing. */
  messagesLoaded: boolean;
  /** The thread the messages belong to. */
  threadId: string | null;
  /** Oldest first. */
  messages: Message[];
  /** The host has messages older than the first one here. */
  hasMore: boolean;
  /** The steps of each run that calls tools, in order. */
  steps: StepsByRun;
  /** The images asked for that have come, or will not, by the ids of their files. */
  images: ReadonlyMap<string, ImageFile>;
  /** What the messages cite, as far as it was asked for, by their ids. */
  citations: ReadonlyMap<string, readonly Citation[]>;
  /** What searches have found, as far as it was asked for, by {@link searchKey}. */
  found: ReadonlyMap<string, SearchResults>;
  loadingOlder: boolean;
  /** The last page asked for did not come: the next one is not asked for unless the user wants it. */
  olderFailed: boolean;
  /** How many of the newest messages are in the page. */
  shown: number;
  draft: string;
  /** The files that go with the draft. */
  attachments: readonly Attachment[];
  /** The files of messages, as far as it was asked for, by their ids. */
  fileInfos: ReadonlyMap<string, FileInfo>;
  /** What the webview kept over a reload, until the host has sent its draft. */
  saved?: SavedDraft;
  /** The message on its way, until the host has answered `send`. */
  sending?: { text: string };
  /** Why the last message was not sent. */
  notSent?: string;
  /** Counts requests to put the focus into the composer. */
  focusRequests: number;
}

/** What the user does, as far as it changes what is shown. */
export type UserAction =
  { type: 'userTyped'; text: string } | { type: 'userSent'; text: string } | { type: 'olderWanted' };

/** What the host has answered. */
export type AnswerAction =
  | { type: 'sent' }
  | { type: 'notSent'; reason: string }
  /** Messages of a thread before those shown, oldest first. */
  | { type: 'olderMessages'; threadId: string; messages: Message[]; hasMore: boolean }
  | { type: 'olderNotLoaded'; threadId: string }
  | { type: 'image'; image: ImageFile }
  | { type: 'fileInfo'; info: FileInfo }
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
    fileInfos: new Map(),
    saved,
    focusRequests: 0,
  };
}

/** The next state; the given one is left as it is. */
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
      return { ...state, draft: withoutSent(state.draft, state.sending.text), sending: undefined };
    case 'notSent':
      return { ...state, sending: undefined, notSent: action.reason };
    case 'focus':
      return { ...state, focusRequests: state.focusRequests + 1 };
    case 'userTyped':
      return { ...state, draft: action.text, notSent: undefined };
    case 'userSent':
      return { ...state, sending: { text: action.text }, notSent: undefined };
    case 'olderWanted':
      if (state.shown < state.messages.length) return { ...state, shown: state.shown + pageSize };
      return { ...state, loadingOlder: state.hasMore, olderFailed: false };
    default:
      return state;
  }
}

/** Whether the run is under way, so that its thread takes no message. */
export function isActive(run: RunView | undefined): boolean {
  if (run === undefined) return false;
  return ['sending', 'queued', 'in_progress', 'requires_action', 'cancelling'].includes(run.status);
}

/** Whether a message could be sent now, were there one. */
export function canSend(state: PanelState): boolean {
  return state.host.assistantId !== undefined && state.sending === undefined && !isActive(state.host.run);
}

/** Whether there is something to send: words, or a picture, and no file that is still on its way. */
export function hasMessage({ draft, attachments }: PanelState): boolean {
  if (attachments.some(({ state }) => state === 'uploading')) return false;
  return draft.trim() !== '' || attachments.some(({ isImage, fileId }) => isImage && fileId !== undefined);
}

/** The messages in the page, oldest first. */
export function shownMessages(state: PanelState): Message[] {
  return state.messages.slice(-state.shown);
}

/** Whether there are messages above those in the page, here or at the host. */
export function hasOlder(state: PanelState): boolean {
  return state.hasMore || state.shown < state.messages.length;
}

/** Before its first message arrives a new thread is known from the state alone. */
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
    loadingOlder: false,
    olderFailed: false,
    shown: sameThread ? state.shown : pageSize,
    notSent: sameThread ? state.notSent : undefined,
  };
}

function prependMessages(state: PanelState, older: Message[], hasMore: boolean): PanelState {
  const known = new Set(state.messages.map(({ id }) => id));
  const added = older.filter(({ id }) => !known.has(id));
  return {
    ...state,
    messages: [...added, ...state.messages],
    hasMore,
    loadingOlder: false,
    shown: state.shown + added.length,
  };
}

function putMessage(state: PanelState, message: Message): PanelState {
  const index = state.messages.findIndex(({ id }) => id === message.id);
  if (index >= 0) return { ...state, messages: state.messages.with(index, message) };
  return { ...state, messages: [...state.messages, message], shown: state.shown + 1 };
}

/** The steps of each run with those that came. */
function putSteps(steps: StepsByRun, came: readonly RunStep[]): StepsByRun {
  const next = new Map(steps);
  for (const runId of new Set(came.map(({ run_id }) => run_id))) {
    const added = came.filter(({ run_id }) => run_id === runId);
    next.set(runId, mergeSteps(next.get(runId) ?? [], added));
  }
  return next;
}

/** Known steps keep their place and new ones follow; all of a run's steps at once say what their order is. */
function mergeSteps(known: readonly RunStep[], added: readonly RunStep[]): RunStep[] {
  const ids = new Set(added.map(({ id }) => id));
  const isWhole = known.every(({ id }) => ids.has(id));
  const merged = new Map((isWhole ? added : [...known, ...added]).map((step) => [step.id, step]));
  return [...merged.values()];
}

function appendText(state: PanelState, messageId: string, contentIndex: number, text: string): PanelState {
  const index = state.messages.findIndex(({ id }) => id === messageId);
  const message = state.messages[index];
  if (message === undefined || contentIndex > message.content.length) return state;
  const part = appendToPart(message.content[contentIndex], text);
  if (part === undefined) return state;
  const content = [...message.content];
  content[contentIndex] = part;
  return { ...state, messages: state.messages.with(index, { ...message, content }) };
}

function appendToPart(part: MessageContent | undefined, text: string): MessageContent | undefined {
  if (part === undefined) return { type: 'text', text: { value: text, annotations: [] } };
  if (part.type === 'text') return { ...part, text: { ...part.text, value: part.text.value + text } };
  if (part.type === 'refusal') return { ...part, refusal: part.refusal + text };
  return undefined;
}

/**
 * The host hears of the draft when typing pauses, so after a reload its copy may lag behind the one
 * the webview kept: that one then begins with it.
 */
function mergeDraft({ saved, host, draft }: PanelState, text: string): string {
  const sameThread = saved?.threadId === (host.thread?.id ?? null);
  return sameThread && draft.startsWith(text) ? draft : text;
}

/** What was typed while the message was on its way stays. */
function withoutSent(draft: string, sent: string): string {
  return draft.startsWith(sent) ? draft.slice(sent.length) : draft;
}
