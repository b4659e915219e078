import { setTimeout as delay } from 'node:timers/promises';
import type { Thread } from 'openai/resources/beta/threads/threads';
import {
  interruptedError,
  silentError,
  unreachableError,
  type ServerInfo,
} from '../../engine/models/modelErrors';
import { clientHeader } from '../../engine/api/versions/author';
import type { Fetch } from '../client';
import type { Connection } from '../models/connections';
import { UnreachableError, UserError } from '../errors/errors';
import type { KeyStore } from '../models/keys';
import { eventsAnswer, failedAnswer, fileAnswer, objectAnswer, unreadable } from './remoteAnswer';
import { listRemembered } from './rememberedThreads';
import type { ThreadMemory } from './threadMemory';
import { TurnInclude } from './turnInclude';
import { withIdleTimeout } from './idleTimeout';

/** Milliseconds before each retry of a GET request that the network or a gateway lost. */
const retryDelays = [400, 1200];

/**
 * Milliseconds without data after which a response counts as lost, before it starts or in its middle.
 * A streamed run is then resumed from its present state.
 */
const defaultIdleTimeout = 60_000;

/** Statuses of a gateway whose server is temporarily unavailable. */
const transientStatuses: readonly number[] = [429, 502, 503, 504];

/** Statuses of a server that does not support a path. */
const unsupportedStatuses: readonly number[] = [404, 405, 501];

/**
 * A server with the Assistants API, as a `fetch` that replaces the engine's: it adds the server's address
 * and key to requests, makes errors readable, and lists the remembered threads if the server cannot
 * list its own.
 */
export class RemoteService {
  private listsThreads: boolean | undefined;
  private readonly repaired = new Set<string>();
  private readonly turnInclude = new TurnInclude();

  constructor(
    private readonly connection: Connection,
    private readonly keys: Pick<KeyStore, 'get'>,
    private readonly memory: ThreadMemory,
    private readonly idleTimeout = defaultIdleTimeout,
    private readonly log: (message: string) => void = () => undefined,
  ) {}

  /** Logs a field that had to be repaired, the first time. */
  private readonly reportRepair = (field: string): void => {
    if (this.repaired.has(field)) return;
    this.repaired.add(field);
    this.log(`${this.connection.label} sent an invalid field, which was replaced: ${field}`);
  };

  /** Whether the server cannot list its threads, so that those of the memory are listed. */
  get listsRemembered(): boolean {
    return this.listsThreads === false;
  }

  readonly fetch: Fetch = async (input, init) => {
    const request = requestOf(input, init);
    const isThreadList = request.method === 'GET' && request.path === '/threads';
    if (isThreadList && this.listsThreads === false) return this.rememberedThreads(request);
    this.turnInclude.adapt(request.url);
    let response = await this.send(request);
    if (await this.turnInclude.isRejectedBy(response, request.url)) {
      this.turnInclude.adapt(request.url);
      response = await this.send(request);
    }
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

  /** Remembers threads that are created or opened here, and forgets deleted ones. */
  private async rememberThread({ method, path }: ApiRequest, response: Response): Promise<void> {
    const [, id] = /^\/threads(?:\/(thread_[^/]+))?$/.exec(path) ?? [];
    if (!/^\/threads(\/thread_[^/]+)?$/.test(path) || this.listsThreads) return;
    if (method === 'DELETE' && id !== undefined) return this.memory.remove(id);
    if (id === undefined && method !== 'POST') return;
    const thread = (await response.clone().json()) as Partial<Thread>;
    if (typeof thread.id !== 'string') return;
    await this.memory.add({ id: thread.id, createdAt: Number(thread.created_at ?? 0) });
  }

  /** Sends a request; retries GET requests after network errors. */
  private async send(request: ApiRequest): Promise<Response> {
    const isRead = request.method === 'GET';
    // No retries after a timeout: the user has waited long enough for an error message.
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
    if (type.includes('text/event-stream')) return eventsAnswer(place, response, this.reportRepair);
    if (/^\/files\/[^/]+\/content$/.test(path)) return fileAnswer(place, response);
    if (type.includes('json')) return objectAnswer(place, response, this.reportRepair);
    await response.body?.cancel();
    throw unreadable(place, 'it is not JSON');
  }

  /** Waits for the start of a response; requests that need no long work have a time limit. */
  private async fetchResponse(place: ServerInfo, url: URL, init: RequestInit): Promise<Response> {
    const limit = new AbortController();
    const timer = isAnsweredQuickly(init) ? setTimeout(() => limit.abort(), this.idleTimeout) : undefined;
    const signal = init.signal ? AbortSignal.any([init.signal, limit.signal]) : limit.signal;
    try {
      // Redirects are not followed: the key belongs to this server only.
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

  private withIdleLimit(
    place: ServerInfo,
    response: Response,
    signal: AbortSignal | null | undefined,
  ): Response {
    if (!response.body) return response;
    const body = withIdleTimeout(response.body, this.idleTimeout, (error) => {
      if (signal?.aborted) return error;
      const reason =
        error === undefined ? silentError(place, this.idleTimeout) : interruptedError(place, error);
      return new UnreachableError(reason.message, { cause: error });
    });
    return new Response(body, response);
  }

  /** The path below the server's base URL; query parameters of the base URL are kept. */
  private address(path: string, asked: URL): URL {
    const url = new URL(this.connection.baseUrl);
    url.pathname = url.pathname.replace(/\/+$/, '') + path;
    for (const [name, value] of asked.searchParams) url.searchParams.append(name, value);
    return url;
  }

  private headers(given: RequestInit['headers'], key: string | undefined): Headers {
    const headers = new Headers(given);
    headers.delete('authorization');
    headers.delete(clientHeader);
    const { host } = new URL(this.connection.baseUrl);
    if (key && /\.azure\.(com|us|cn)(:\d+)?$/i.test(host)) headers.set('api-key', key);
    else if (key) headers.set('authorization', `Bearer ${key}`);
    for (const [name, value] of Object.entries(this.connection.headers ?? {})) headers.set(name, value);
    return headers;
  }

  private place(key: string | undefined): ServerInfo {
    const { label, baseUrl: baseURL, headers = {} } = this.connection;
    const values = Object.values(headers).filter((value) => value.length >= 8);
    return { label, baseURL, secrets: key ? [key, ...values] : values };
  }
}

/** A request of the client, addressed to the engine. */
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

/** Whether a server should answer quickly: the request uploads no file and streams no run. */
function isAnsweredQuickly({ body }: RequestInit): boolean {
  return body == null || (typeof body === 'string' && !/"stream"\s*:\s*true/.test(body));
}

async function messageOf(response: Response): Promise<string> {
  const value = (await response.json()) as { error: { message: string } };
  return value.error.message;
}
