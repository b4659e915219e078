import OpenAI from 'openai';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { CursorPage } from 'openai/core/pagination';
import type { PagePromise } from 'openai/core/pagination';

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The official client over an engine of this process. */
export function createClient(fetch: Fetch): OpenAI {
  return new OpenAI({
    baseURL: 'http://engine/v1',
    fetch,
    // There is no network in between that could lose a request.
    maxRetries: 0,
    // Named, so that a key or an organisation of the environment is not taken up.
    apiKey: 'local',
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
  });
}

/** The threads, newest first: an addition of our engine to the API. */
export function listThreads(
  client: OpenAI,
  query: { limit?: number; after?: string; order?: 'asc' | 'desc' } = {},
): PagePromise<CursorPage<Thread>, Thread> {
  return client.getAPIList('/threads', CursorPage<Thread>, { query });
}
