import type OpenAI from 'openai';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { CursorPage } from 'openai/core/pagination';
import type { PagePromise } from 'openai/core/pagination';

import type * as Loaded from './openaiClient';

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The official client over the given `fetch`, loaded when it is first used. */
export function createClient(fetch: Fetch): OpenAI {
  let client: OpenAI | undefined;
  return new Proxy({} as OpenAI, {
    get(_target, key) {
      // Loaded lazily: this takes longer than loading the rest of the extension.
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      client ??= (require('./openaiClient') as typeof Loaded).newClient(fetch);
      const value: unknown = Reflect.get(client, key);
      // Bound to the client: its methods access private fields, which a proxy does not have.
      return typeof value === 'function' ? (value.bind(client) as unknown) : value;
    },
  });
}

/** The threads, newest first. `GET /threads` is an extension of our engine to the API. */
export function listThreads(
  client: OpenAI,
  query: { limit?: number; after?: string; order?: 'asc' | 'desc' } = {},
): PagePromise<CursorPage<Thread>, Thread> {
  return client.getAPIList('/threads', CursorPage<Thread>, { query });
}
