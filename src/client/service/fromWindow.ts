import { clientHeader } from '../../engine/api/versions/author';
import type { Fetch } from '../client';

/** A `fetch` of this window's engine that tells it that VS Code sends the requests, unless they say who does. */
export function fromWindow(fetch: Fetch): Fetch {
  return (input, init = {}) => {
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    if (!headers.has(clientHeader)) headers.set(clientHeader, 'vscode');
    return fetch(input, { ...init, headers });
  };
}
