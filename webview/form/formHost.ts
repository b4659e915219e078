/**
 * The form's connection to VS Code. It shares VS Code's API, which a page gets once, with the chat panel beside it,
 * whose script comes after this one and sees neither the form's messages nor its stored state.
 */
import { isBoolean, isIndex, isObjectOf, isString, type Guard } from '../../src/protocol/guards';
import type { FormHostMessage, FormMessage, FormView } from '../../src/protocol/form';
import { isObject } from '../../src/protocol/json';

interface WebviewApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  var acquireVsCodeApi: () => WebviewApi;
}

export interface FormHost {
  post(message: FormMessage): void;
  /** The position that the form was scrolled to before the page was loaded again. */
  readonly scrollTop: number;
  keepScrollTop(scrollTop: number): void;
}

/** Connects to VS Code, and calls back for every view of the form. */
export function connectHost(receive: (view: FormView) => void): FormHost {
  const api = globalThis.acquireVsCodeApi();
  const stored = api.getState();
  const state = isObject(stored) ? { ...stored } : {};
  const save = (part: Record<string, unknown>): void => {
    Object.assign(state, part);
    api.setState(state);
  };
  globalThis.acquireVsCodeApi = () => ({
    postMessage: (message) => api.postMessage(message),
    getState: () => state['chat'],
    setState: (chat) => save({ chat }),
  });
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (!isFormHostMessage(event.data)) return;
    event.stopImmediatePropagation();
    receive(event.data.view);
  });
  const scrollTop = state['scrollTop'];
  return {
    post: (message) => api.postMessage(message),
    scrollTop: typeof scrollTop === 'number' ? scrollTop : 0,
    keepScrollTop: (value) => save({ scrollTop: value }),
  };
}

const isView = isObjectOf({
  assistantId: isString,
  status: isObjectOf({ kind: isString }),
  seen: isIndex,
  isDemo: isBoolean,
}) as unknown as Guard<FormView>;

function isFormHostMessage(value: unknown): value is FormHostMessage {
  return isObject(value) && value['type'] === 'form' && isView(value['view']);
}
