import { setTimeout as sleep } from 'node:timers/promises';
import { OpenAI } from 'openai';
import { APIConnectionError } from 'openai/error';
import {
  statusError,
  interruptedError,
  malformedError,
  setupError,
  silentError,
  unexpectedError,
  unreachableError,
  type FailedAnswer,
  type ServerInfo,
} from '../modelErrors';
import { LostConnectionError, isRetryable, retryAfterOf, retryDelay } from './retries';
import { readAnswer, readerOf, readText, type AnswerItem } from './serverAnswer';
import { ModelError } from '../modelProvider';
import { Watchdog } from './watchdog';

/** How a server that speaks one of OpenAI's APIs is reached. */
export interface ModelServerOptions {
  /** The connection's name, for messages. */
  label: string;
  /** With the version: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  baseURL: string;
  /** Asked anew at every request; none: no key is sent. */
  apiKey?: () => Promise<string | undefined>;
  /** Sent with every request, on top of (or instead of) the usual ones. */
  headers?: Readonly<Record<string, string>>;
  fetch?: typeof fetch;
  timeouts?: Partial<ModelServerTimeouts>;
}

/** All in milliseconds. */
export interface ModelServerTimeouts {
  /** Until an answer begins, retries included. A local model may be loaded from disk first. */
  firstEvent: number;
  /** Between two signs of life of an answer that has begun. */
  idle: number;
  /** Until the list of models is there. */
  list: number;
  /** Before a request that failed is sent again; twice as much before the next time. */
  retry: number;
  /** What a server may ask for before that. One that asks for more is not asked again. */
  maxRetryDelay: number;
}

// Node's own fetch gives up at 300 s; the first limit stays below, so that the message is ours.
const defaultTimeouts: ModelServerTimeouts = {
  firstEvent: 240_000,
  idle: 120_000,
  list: 20_000,
  retry: 500,
  maxRetryDelay: 60_000,
};

const maxErrorBytes = 64 * 1024;
const maxBodyBytes = 16 * 1024 * 1024;
const maxFileBytes = 256 * 1024 * 1024;

type RequestOptions = OpenAI.RequestOptions;

/** Sends one request with the client given; the options have to be passed on. */
export type Send = (client: OpenAI, options: RequestOptions) => { asResponse(): Promise<Response> };

/** One exchange with the server: what is known for the message, should it fail. */
interface Exchange {
  client: OpenAI;
  watchdog: Watchdog;
  /** The last answer that was no success; the request may have been sent again since. */
  failed?: FailedAnswer;
}

/** How often a request is sent again before its failure is reported. */
const retries = { answer: 2, list: 1 };

/** A server behind a base URL: requests with the official client, streams with time limits, errors in words. */
export class ModelServer {
  /** For the errors of its answers, and of whoever reads them. */
  readonly info: ServerInfo;
  readonly #options: ModelServerOptions;
  readonly #timeouts: ModelServerTimeouts;
  /** What was ever sent to it and no message may contain: an answer to an earlier key may still come. */
  readonly #secrets: Set<string>;

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#secrets = new Set(Object.values(options.headers ?? {}).filter((value) => value.length >= 8));
    this.info = { label: options.label, baseURL: options.baseURL, secrets: this.#secrets };
  }

  /** The host, with its port; empty if the base URL is none. */
  get host(): string {
    return URL.canParse(this.#options.baseURL) ? new URL(this.#options.baseURL).host : '';
  }

  /**
   * An answer, event by event, until it ends or is `complete`. Throws ModelError, or the signal's
   * reason once that is aborted.
   */
  async *stream(
    signal: AbortSignal,
    send: Send,
    complete: () => boolean,
  ): AsyncGenerator<AnswerItem, void, undefined> {
    const watchdog = new Watchdog(signal, this.#timeouts.firstEvent);
    let exchange: Exchange | undefined;
    try {
      exchange = await this.#createExchange(watchdog);
      const { response, reader, first } = await this.#openStream(exchange, send);
      watchdog.setLimit(this.#timeouts.idle);
      yield* readAnswer(this.info, response, reader, first, { onBytes: () => watchdog.reset(), complete });
      watchdog.signal.throwIfAborted();
    } catch (error) {
      throw this.#explain(error, signal, watchdog, exchange);
    } finally {
      watchdog.stop();
    }
  }

  /** The JSON of `GET /models`. */
  async listModels(signal: AbortSignal): Promise<unknown> {
    const send: Send = (client, options) => client.models.list(options);
    return this.#request(signal, send, {
      timeout: this.#timeouts.list,
      retries: retries.list,
      read: jsonOf('its list of models is not JSON'),
    });
  }

  /** The JSON of an answer that is not streamed. */
  async json(signal: AbortSignal, send: Send): Promise<unknown> {
    return this.#request(signal, send, {
      timeout: this.#timeouts.firstEvent,
      retries: retries.answer,
      read: jsonOf('it is not JSON'),
    });
  }

  /** The bytes of an answer that is a file. */
  async bytes(signal: AbortSignal, send: Send): Promise<Uint8Array> {
    return this.#request(signal, send, {
      timeout: this.#timeouts.firstEvent,
      retries: retries.answer,
      read: (info, response) => fileOf(info, response),
    });
  }

  async #request<R>(
    signal: AbortSignal,
    send: Send,
    {
      timeout,
      retries,
      read,
    }: { timeout: number; retries: number; read: (info: ServerInfo, response: Response) => Promise<R> },
  ): Promise<R> {
    const watchdog = new Watchdog(signal, timeout);
    let exchange: Exchange | undefined;
    try {
      exchange = await this.#createExchange(watchdog);
      const { client } = exchange;
      return await this.#withRetries(exchange, retries, async (request) => {
        return read(this.info, await send(client, request).asResponse());
      });
    } catch (error) {
      throw this.#explain(error, signal, watchdog, exchange);
    } finally {
      watchdog.stop();
    }
  }

  async #createExchange(watchdog: Watchdog): Promise<Exchange> {
    const { baseURL, headers } = this.#options;
    if (!/^https?:\/\/[^/]/i.test(baseURL) || !URL.canParse(baseURL)) throw setupError(this.info, 'baseURL');
    const key = (await orAborted(this.#options.apiKey?.(), watchdog.signal))?.trim();
    if (key) this.#secrets.add(key);
    if (key && /[^\x21-\x7e]/.test(key)) throw setupError(this.info, 'apiKey');

    const exchange: Omit<Exchange, 'client'> = { watchdog };
    const client = new OpenAI({
      baseURL,
      apiKey: key || 'none',
      // Left out, these would be taken from the environment and sent to whatever server this is.
      adminAPIKey: null,
      organization: null,
      project: null,
      // Retries are made here, where their pace and their end are known.
      maxRetries: 0,
      // The watchdog is the one to end a silent request.
      timeout: Math.ceil(watchdog.limit) + 60_000,
      logLevel: 'off',
      fetch: this.#fetchFor(exchange),
      // A key belongs to the server it was given for, and to no other it sends us to.
      fetchOptions: { redirect: 'manual' },
      defaultHeaders: { ...this.#authentication(key), ...headers },
    });
    return Object.assign(exchange, { client });
  }

  #authentication(key: string | undefined): Record<string, string | null> {
    if (!key) return { Authorization: null };
    const azure = /\.azure\.(com|us|cn)(:\d+)?$/i.test(this.host);
    return azure ? { Authorization: null, 'api-key': key } : {};
  }

  /** The client drops the body of an answer whose JSON it does not know; this keeps it. */
  #fetchFor(exchange: Omit<Exchange, 'client'>): typeof fetch {
    const send = this.#options.fetch ?? fetch;
    return async (input, init) => {
      const response = await send(input, init);
      if (response.ok) return response;
      const { status, headers } = response;
      const location = headers.get('location');
      const body = location
        ? `It moved to ${location}.`
        : await readText(response, maxErrorBytes).catch(() => '');
      exchange.failed = { status, body, retryAfter: retryAfterOf(headers) };
      return new Response(body || null, { status, headers });
    };
  }

  /** Sends the request and waits for the first bytes of its answer. */
  #openStream(exchange: Exchange, send: Send) {
    const { client, watchdog } = exchange;
    return this.#withRetries(exchange, retries.answer, async (request) => {
      const response = await send(client, request).asResponse();
      const reader = readerOf(response);
      if (!reader) throw malformedError(this.info, 'it is empty');
      watchdog.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), {
        once: true,
      });
      const first = await reader.read().catch((error: unknown) => {
        throw new LostConnectionError(error);
      });
      if (first.done) throw new LostConnectionError(new Error('the connection was closed'));
      return { response, reader, first: first.value };
    });
  }

  /** Does `work` again, a little later, where it failed in a way that may pass. */
  async #withRetries<R>(
    exchange: Exchange,
    times: number,
    work: (request: RequestOptions) => Promise<R>,
  ): Promise<R> {
    const { signal } = exchange.watchdog;
    for (let attempt = 0; ; attempt++) {
      exchange.failed = undefined;
      try {
        return await work({ signal });
      } catch (error) {
        signal.throwIfAborted();
        const delay =
          attempt < times && isRetryable(error, exchange.failed) && this.#delay(exchange, attempt);
        if (delay === false) throw error;
        await sleep(delay, undefined, { signal });
      }
    }
  }

  /** Milliseconds until the request is sent again; false: the server wants to be left alone for longer. */
  #delay({ failed }: Exchange, attempt: number): number | false {
    const { retry, maxRetryDelay } = this.#timeouts;
    const asked = failed?.retryAfter;
    if (asked === undefined) return retryDelay(retry, attempt);
    return asked * 1000 <= maxRetryDelay && asked * 1000;
  }

  #explain(error: unknown, caller: AbortSignal, watchdog: Watchdog, exchange: Exchange | undefined): unknown {
    const { info } = this;
    if (caller.aborted) return caller.reason;
    if (watchdog.timedOut) return silentError(info, watchdog.limit, exchange?.failed?.status);
    if (error instanceof ModelError) return error;
    if (error instanceof LostConnectionError) return interruptedError(info, error.cause);
    if (error instanceof APIConnectionError) return unreachableError(info, error);
    if (error instanceof OpenAI.APIError && exchange?.failed) return statusError(info, exchange.failed);
    return unexpectedError(info, error);
  }
}

/** Reads an answer as JSON; `malformed` says what is wrong with one that is none. */
function jsonOf(malformed: string): (info: ServerInfo, response: Response) => Promise<unknown> {
  return async (info, response) => {
    const text = await readText(response, maxBodyBytes);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw malformedError(info, malformed);
    }
  };
}

async function fileOf(info: ServerInfo, response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > maxFileBytes) throw malformedError(info, 'it is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function orAborted<T>(promise: Promise<T> | undefined, signal: AbortSignal): Promise<T | undefined> {
  signal.throwIfAborted();
  if (!promise) return undefined;
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
  }
}
