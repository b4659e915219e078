import { setTimeout as delay } from 'node:timers/promises';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { interruptedError, silentError, unreachableError, type Place } from '../../engine/models/modelErrors';
import type { Fetch } from '../client';
import type { Connection } from '../models/connections';
import { UnreachableError, UserError } from '../errors';
import type { KeyStore } from '../models/keys';
import { failedAnswer, fileAnswer, objectAnswer, unreadable } from './remoteAnswer';
import { listRemembered } from './rememberedThreads';
import type { ThreadMemory } from './threadMemory';
import { withIdleTimeout } from './idleTimeout';

/** Milliseconds before a question is asked again that the network or a gateway lost. */
const retryDelays = [400, 1200];

/**
 * Milliseconds of silence after which an answer counts as lost, before it begins or in its middle. The
 * run of a stream is then taken up from its present state.
 */
const defaultIdleTimeout = 60_000;

/** What a gateway answers in the place of a server that is not there at the moment. */
const transientStatuses: readonly number[] = [429, 502, 503, 504];

/** How a server says that it does not know a path at all. */
const unsupportedStatuses: readonly number[] = [404, 405, 501];

/**
 * A server with the Assistants API, as the `fetch` of the same client that speaks to the engine:
 * requests get its address and its key, faults come in words, and the threads of a server that does
 * not list them are those remembered here.
 */
export class RemoteService {
  private listsThreads: boolean | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly keys: Pick<KeyStore, 'get'>,
    private readonly memory: ThreadMemory,
    private readonly idleTimeout = defaultIdleTimeout,
  ) {}

  readonly fetch: Fetch = async (input, init) => {
    const request = requestOf(input, init);
    const isThreadList = request.method === 'GET' && request.path === '/threads';
    if (isThreadList && this.listsThreads === false) return this.rememberedThreads(request);
    const response = await this.send(request);
    if (isThreadList) {
      this.listsThreads = !unsupportedStatuses.includes(response.status);
      if (!this.listsThreads) return this.rememberedThreads(request);
    }
    if (response.ok) await this.rememberThread(request, response);
    return response;
  };

  private rememberedThreads({ url, init }: ApiRequest): Promise<Response> {
    return listRemembered(this.memory, url.searchParams, async (path) => {
      const response = await this.send(requestOf(`http://engine/v1${path}`, { signal: init.signal }));
      if (response.status === 404) return undefined;
      if (!response.ok) throw new UserError(await messageOf(response));
      return response.json();
    });
  }

  /** Remembers the threads made and opened here, and forgets those deleted. */
  private async rememberThread({ method, path }: ApiRequest, response: Response): Promise<void> {
    const [, id] = /^\/threads(?:\/(thread_[^/]+))?$/.exec(path) ?? [];
    if (!/^\/threads(\/thread_[^/]+)?$/.test(path) || this.listsThreads) return;
    if (method === 'DELETE' && id !== undefined) return this.memory.remove(id);
    if (id === undefined && method !== 'POST') return;
    const thread = (await response.clone().json()) as Partial<Thread>;
    if (typeof thread.id !== 'string') return;
    await this.memory.add({ id: thread.id, createdAt: Number(thread.created_at ?? 0) });
  }

  /** Sends a request; a question, which changes nothing, again where the network lost it. */
  private async send(request: ApiRequest): Promise<Response> {
    const isRead = request.method === 'GET';
    // After a long silence somebody waits for words.
    const last = Date.now() + this.idleTimeout;
    for (const retryDelay of isRead ? retryDelays : []) {
      const response = await this.sendOnce(request).catch((error: unknown) => {
        const isTransient = error instanceof UnreachableError && Date.now() < last;
        if (request.init.signal?.aborted || !isTransient) throw error;
        return undefined;
      });
      if (response && !transientStatuses.includes(response.status)) return response;
      await response?.body?.cancel();
      await delay(retryDelay, undefined, { signal: request.init.signal ?? undefined });
    }
    return this.sendOnce(request);
  }

  private async sendOnce({ url, path, init }: ApiRequest): Promise<Response> {
    const key = (await this.keys.get(this.connection))?.trim();
    const place = this.place(key);
    const { signal } = init;
    const headers = this.headers(init.headers, key);
    const fetched = await this.fetchResponse(place, this.address(path, url), { ...init, headers });
    const response = this.withIdleLimit(place, fetched, signal);
    if (!response.ok) return failedAnswer(place, response);
    const type = response.headers.get('content-type') ?? '';
    if (type.includes('text/event-stream')) return response;
    if (/^\/files\/[^/]+\/content$/.test(path)) return fileAnswer(place, response);
    if (type.includes('json')) return objectAnswer(place, response);
    await response.body?.cancel();
    throw unreadable(place, 'it is not JSON');
  }

  /** Waits for the beginning of an answer, as long as there may be a reason to. */
  private async fetchResponse(place: Place, url: URL, init: RequestInit): Promise<Response> {
    const limit = new AbortController();
    const timer = isAnsweredQuickly(init) ? setTimeout(() => limit.abort(), this.idleTimeout) : undefined;
    const signal = init.signal ? AbortSignal.any([init.signal, limit.signal]) : limit.signal;
    try {
      // A key belongs to the server it was given for, and to no other it sends us to.
      return await fetch(url, { ...init, signal, redirect: 'manual' });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      const reason = limit.signal.aborted
        ? silentError(place, this.idleTimeout)
        : unreachableError(place, error);
      throw new UnreachableError(reason.message, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  private withIdleLimit(place: Place, response: Response, signal: AbortSignal | null | undefined): Response {
    if (!response.body) return response;
    const body = withIdleTimeout(response.body, this.idleTimeout, (error) => {
      if (signal?.aborted) return error;
      const reason =
        error === undefined ? silentError(place, this.idleTimeout) : interruptedError(place, error);
      return new UnreachableError(reason.message, { cause: error });
    });
    return new Response(body, response);
  }

  /** The same path below the server's base URL, which may have parameters of its own. */
  private address(path: string, asked: URL): URL {
    const url = new URL(this.connection.baseUrl);
    url.pathname = url.pathname.replace(/\/+$/, '') + path;
    for (const [name, value] of asked.searchParams) url.searchParams.append(name, value);
    return url;
  }

  private headers(given: RequestInit['headers'], key: string | undefined): Headers {
    const headers = new Headers(given);
    headers.delete('authorization');
    const { host } = new URL(this.connection.baseUrl);
    if (key && /\.azure\.(com|us|cn)(:\d+)?$/i.test(host)) headers.set('api-key', key);
    else if (key) headers.set('authorization', `Bearer ${key}`);
    return headers;
  }

  private place(key: string | undefined): Place {
    const { label, baseUrl: baseURL } = this.connection;
    return { label, baseURL, secrets: key ? [key] : [] };
  }
}

/** A request of the client, which takes the engine for its server. */
interface ApiRequest {
  method: string;
  /** Below `/v1`. */
  path: string;
  url: URL;
  init: RequestInit;
}

function requestOf(input: string | URL | Request, init: RequestInit = {}): ApiRequest {
  if (input instanceof Request) {
    const { method, headers, body, signal } = input;
    const own = { method, headers, body, signal, ...(body && { duplex: 'half' as const }) };
    return requestOf(input.url, { ...own, ...init });
  }
  const url = new URL(input);
  return { method: (init.method ?? 'GET').toUpperCase(), path: url.pathname.replace(/^\/v1/, ''), url, init };
}

/** Whether a server has no reason to wait before it answers: nothing is uploaded, and no model is asked. */
function isAnsweredQuickly({ body }: RequestInit): boolean {
  return body == null || (typeof body === 'string' && !/"stream"\s*:\s*true/.test(body));
}

async function messageOf(response: Response): Promise<string> {
  const value = (await response.json()) as { error: { message: string } };
  return value.error.message;
}
