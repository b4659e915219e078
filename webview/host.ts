/** The panel's connection to VS Code: the only module that uses the webview API. */
import type { ChatMessage, HostMessage } from '../src/protocol/chat';
import {
  hostQuestions,
  panelQuestions,
  type HostQuestions,
  type PanelQuestions,
} from '../src/protocol/chatQuestions';
import type { KeptPosition } from './components/messages/keptPosition';
import { isNumber, isObjectOf, isString } from '../src/protocol/guards';
import {
  answerQuestion,
  answerShape,
  Asker,
  askShape,
  type Answer,
  type Ask,
  type QuestionHandlers,
} from '../src/protocol/questions';

/** Stored by VS Code over a reload of the webview, available before the host answers. */
export interface SavedState {
  threadId: string | null;
  draft: string;
  /** Identifies the draft at the host while no thread is shown. */
  draftId?: string;
  /** Drafts of function-call forms that may not have reached the host. */
  callDrafts: Record<string, string>;
  /** Where the conversation was scrolled to; unset at its end. */
  position?: KeptPosition;
  /** The words that were sent last. */
  lastSent?: string;
}

interface WebviewApi {
  postMessage(message: ChatMessage): void;
  getState(): unknown;
  setState(state: SavedState): void;
}

declare function acquireVsCodeApi(): WebviewApi;

/** What the host posts, except for questions and answers. */
export type HostUpdate = Exclude<HostMessage, Ask | Answer>;

/** The host as the panel sees it. */
export interface Host {
  post(message: ChatMessage): void;
  /** Asks the host a question; rejects with the reason why there is no answer. */
  readonly ask: Asker<HostQuestions>['ask'];
  /** Calls back for every message from the host, and answers its questions. */
  listen(receive: (message: HostUpdate) => void, handlers: QuestionHandlers<PanelQuestions>): void;
  load(): SavedState | undefined;
  save(state: SavedState): void;
}

/** Connects to VS Code. VS Code allows one call per page. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  const asker = new Asker(hostQuestions, (message) => {
    api.postMessage(message);
    return undefined;
  });
  return {
    post: (message) => api.postMessage(message),
    ask: (name, params) => asker.ask(name, params),
    listen: (receive, handlers) =>
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        const message = event.data;
        if (!isHostMessage(message)) return;
        if (message.type === 'answer') asker.receive(message);
        else if (message.type !== 'ask') receive(message);
        else void answerQuestion(panelQuestions, handlers, message).then((answer) => api.postMessage(answer));
      }),
    load: () => savedState(api.getState()),
    save: (state) => api.setState(state),
  };
}

const hasType = isObjectOf({ type: isString });
const isAsk = isObjectOf(askShape);
const isAnswer = isObjectOf(answerShape);

/** Other scripts of VS Code's webview frame post messages too; those have no `type` of ours. */
function isHostMessage(value: unknown): value is HostMessage {
  if (!hasType(value)) return false;
  if (value.type === 'ask') return isAsk(value);
  return value.type !== 'answer' || isAnswer(value);
}

function savedState(value: unknown): SavedState | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { threadId, draft, callDrafts, position, lastSent } = value as Record<string, unknown>;
  if (typeof draft !== 'string' || (typeof threadId !== 'string' && threadId !== null)) return undefined;
  return {
    threadId,
    draft,
    callDrafts: textsOf(callDrafts),
    position: isPosition(position) ? position : undefined,
    lastSent: typeof lastSent === 'string' ? lastSent : undefined,
  };
}

const isPosition = isObjectOf({ threadId: isString, messageId: isString, offset: isNumber });

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
