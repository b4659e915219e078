/** The panel's connection to VS Code: the only module that uses the webview API. */
import type { ChatMessage, HostMessage } from '../src/protocol/chat';

/** Stored by VS Code over a reload of the webview, available before the host answers. */
export interface SavedState {
  threadId: string | null;
  draft: string;
  /** Drafts of function-call forms that may not have reached the host. */
  callDrafts: Record<string, string>;
}

interface WebviewApi {
  postMessage(message: ChatMessage): void;
  getState(): unknown;
  setState(state: SavedState): void;
}

declare function acquireVsCodeApi(): WebviewApi;

/** The extension host, seen from the panel. */
export interface Host {
  post(message: ChatMessage): void;
  /** Calls back for every message from the host. */
  listen(receive: (message: HostMessage) => void): void;
  load(): SavedState | undefined;
  save(state: SavedState): void;
}

/** Connects to VS Code. VS Code allows one call per page. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    listen: (receive) =>
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (isHostMessage(event.data)) receive(event.data);
      }),
    load: () => savedState(api.getState()),
    save: (state) => api.setState(state),
  };
}

/** Filters out messages of other scripts in VS Code's webview frame. */
function isHostMessage(value: unknown): value is HostMessage {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function savedState(value: unknown): SavedState | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { threadId, draft, callDrafts } = value as Record<string, unknown>;
  if (typeof draft !== 'string' || (typeof threadId !== 'string' && threadId !== null)) return undefined;
  return { threadId, draft, callDrafts: textsOf(callDrafts) };
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
