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
import { errorIn, readErrorBody } from './errors/errorBody';
import { fieldsOf } from './json';
import { forwardedAnswer, forwardedError } from './forwarded';
import { LostConnectionError, isRetryable, retryAfterOf, retryDelay } from './retries';
import { patientFetch } from './patientFetch';
import { readAnswer, readerOf, readText, type AnswerItem } from './serverAnswer';
import { type ExchangeRecorder, type ForwardedPath, ModelError } from '../modelProvider';
import { maxTimer, Watchdog } from './watchdog';
import { unlessAborted } from '../../process/abort';

/** How a server that speaks one of OpenAI's APIs is reached. */
export interface ModelServerOptions {
  /** The connection's name, for messages. */
  label: string;
  /** Includes the version: `https://api.openai.com/v1`, `http://127.0.0.1:11434/v1`. */
  baseURL: string;
  /** Called for every request. If it returns nothing, no key is sent. */
  apiKey?: () => Promise<string | undefined>;
  /** Sent with every request, in addition to the default headers; the same names override them. */
  headers?: Readonly<Record<string, string>>;
  fetch?: typeof fetch;
  timeouts?: Partial<ModelServerTimeouts>;
  /**
   * The milliseconds for which a model may be silent, before its answer and within it; Infinity for no limit.
   * Called for every request; `timeouts` override it.
   */
  patience?: () => number;
}

/** All in milliseconds. */
export interface ModelServerTimeouts {
  /** Until an answer begins, including retries. A local model may have to be loaded from disk first. */
  firstEvent: number;
  /** Between two chunks of an answer. */
  idle: number;
  /** Until the list of models is complete. */
  list: number;
  /** Before the first retry of a failed request; doubled for each further one. */
  retry: number;
  /** Longest `Retry-After` that is waited for. If a server asks for more, the request is not retried. */
  maxRetryDelay: number;
}

/** The default of `patience`. */
export const defaultPatience = 15 * 60_000;

const defaultTimeouts: Omit<ModelServerTimeouts, 'firstEvent' | 'idle'> = {
  list: 20_000,
  retry: 500,
  maxRetryDelay: 60_000,
};

/** Until a description of the server or a model is complete, in milliseconds. */
const maxDescriptionTime = 2_500;

const maxErrorBytes = 64 * 1024;
const maxBodyBytes = 16 * 1024 * 1024;
const maxFileBytes = 256 * 1024 * 1024;

type RequestOptions = OpenAI.RequestOptions;

/** Sends one request with the given client. The options must be passed on to it. */
export type Send = (client: OpenAI, options: RequestOptions) => { asResponse(): Promise<Response> };

/** One request to the server with its retries. */
interface Exchange {
  client: OpenAI;
  watchdog: Watchdog;
  recorder?: ExchangeRecorder;
  /** The last error response; the request may have been sent again since. */
  failed?: FailedAnswer;
}

/** What a server's list of models needs: Anthropic's is not compatible with OpenAI's, and has pages. */
function listOptions(host: string, { apiKey }: OpenAI): RequestOptions {
  if (host !== 'api.anthropic.com') return {};
  const headers = { Authorization: null, 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' };
  return { headers, query: { limit: 1000 } };
}

/** How often a request is retried before its error is reported. */
const retries = { answer: 2, list: 1 };

/**
 * A model server at a base URL: sends requests with the official client, applies retries and timeouts, and
 * explains errors.
 */
export class ModelServer {
  /** Identifies the server in error messages. */
  readonly info: ServerInfo;
  readonly #options: ModelServerOptions;
  /** All keys and header values ever sent, to be redacted from messages: an answer to an earlier key may still arrive. */
  readonly #secrets: Set<string>;

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.#secrets = new Set(Object.values(options.headers ?? {}).filter((value) => value.length >= 8));
    this.info = { label: options.label, baseURL: options.baseURL, secrets: this.#secrets };
  }

  get #timeouts(): ModelServerTimeouts {
    const patience = this.#options.patience?.() ?? defaultPatience;
    return { ...defaultTimeouts, firstEvent: patience, idle: patience, ...this.#options.timeouts };
  }

  /** The host with its port; empty if the base URL is invalid. */
  get host(): string {
    return URL.canParse(this.#options.baseURL) ? new URL(this.#options.baseURL).host : '';
  }

  /**
   * Sends a request and yields its answer, as its events arrive, until it ends or `complete` returns true. Throws
   * ModelError, or the signal's reason once that is aborted. The recorder gets each attempt as it is made.
   */
  async *stream(
    signal: AbortSignal,
    send: Send,
    complete: () => boolean,
    recorder?: ExchangeRecorder,
  ): AsyncGenerator<AnswerItem[], void, undefined> {
    const { firstEvent, idle } = this.#timeouts;
    const watchdog = new Watchdog(signal, firstEvent);
    const watch = { onBytes: () => watchdog.reset(), complete };
    let exchange: Exchange | undefined;
    try {
      exchange = await this.#createExchange(watchdog, recorder);
      for (let attempt = 0; ; attempt++) {
        const { response, reader, first } = await this.#openStream(exchange, send);
        watchdog.setLimit(idle);
        try {
          for await (const items of readAnswer(this.info, response, reader, first, watch)) yield items;
          break;
        } catch (error) {
          watchdog.signal.throwIfAborted();
          if (attempt >= retries.answer || !isRetryable(error, undefined)) throw error;
          watchdog.setLimit(firstEvent);
          await reader.cancel().catch(() => undefined);
          await sleep(retryDelay(this.#timeouts.retry, attempt), undefined, { signal: watchdog.signal });
        }
      }
      watchdog.signal.throwIfAborted();
    } catch (error) {
      throw this.#explain(error, signal, watchdog, exchange);
    } finally {
      watchdog.stop();
    }
  }

  /** The JSON of `GET /models`. */
  async listModels(signal: AbortSignal): Promise<unknown> {
    const send: Send = (client, options) =>
      client.models.list({ ...options, ...listOptions(this.host, client) });
    return this.#request(signal, send, {
      timeout: this.#timeouts.list,
      retries: retries.list,
      read: async (info, response) => {
        const { status } = response;
        const text = await readText(response, maxBodyBytes);
        const list = parseJSON(info, text, 'its list of models is not JSON');
        // Ollama's is null while there are no models.
        const isList =
          Array.isArray(list) || ['data', 'models', 'result'].some((name) => name in fieldsOf(list));
        if (errorIn(list, { whole: !isList })) throw statusError(info, { status, body: text });
        if (!isList) throw malformedError(info, 'it is not a list of models');
        return list;
      },
    });
  }

  /** The base URL without its version: servers offer their own APIs beside that of OpenAI. */
  get root(): string {
    const url = this.#options.baseURL.replace(/[?#].*$/s, '').replace(/\/+$/, '');
    return url.replace(/(\/v\d+(beta)?)?(\/openai)?$/i, '').replace(/\/+$/, '');
  }

  /** The JSON of a description of the server or a model, which must come at once. Errors as for `stream`. */
  async describe(signal: AbortSignal, send: Send): Promise<unknown> {
    return this.#request(signal, send, {
      timeout: Math.min(this.#timeouts.list, maxDescriptionTime),
      retries: 0,
      read: jsonOf('it is not JSON'),
    });
  }

  /** The JSON of an answer that is not streamed. Errors as for `stream`. */
  async json(signal: AbortSignal, send: Send): Promise<unknown> {
    return this.#request(signal, send, {
      timeout: this.#timeouts.firstEvent,
      retries: retries.answer,
      read: jsonOf('it is not JSON'),
    });
  }

  /** The bytes of an answer that is a file. Errors as for `stream`. */
  async bytes(signal: AbortSignal, send: Send): Promise<Uint8Array> {
    return this.#request(signal, send, {
      timeout: this.#timeouts.firstEvent,
      retries: retries.answer,
      read: (info, response) => fileOf(info, response),
    });
  }

  /**
   * Sends a JSON body as it is, without retries, which are the client's, and resolves with the answer. Errors as
   * for `stream`, but those that the server reports are answers as well.
   */
  async forward(path: ForwardedPath, body: string, signal: AbortSignal): Promise<Response> {
    const { firstEvent, idle } = this.#timeouts;
    const watchdog = new Watchdog(signal, firstEvent);
    let exchange: Exchange | undefined;
    const explain = (error: unknown): unknown => this.#explain(error, signal, watchdog, exchange);
    try {
      exchange = await this.#createExchange(watchdog);
      const headers = { 'content-type': 'application/json' };
      const sending = exchange.client.post(path, { body, headers, signal: watchdog.signal });
      const response = await sending.asResponse();
      watchdog.setLimit(idle);
      return forwardedAnswer(this.info, response, watchdog, (error) =>
        explain(watchdog.signal.aborted ? error : new LostConnectionError(error)),
      );
    } catch (error) {
      const explained = explain(error);
      watchdog.stop();
      if (signal.aborted || !exchange?.failed) throw explained;
      return forwardedError(this.info, path, exchange.failed);
    }
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

  async #createExchange(watchdog: Watchdog, recorder?: ExchangeRecorder): Promise<Exchange> {
    const { baseURL, headers } = this.#options;
    if (!/^https?:\/\/[^/]/i.test(baseURL) || !URL.canParse(baseURL)) throw setupError(this.info, 'baseURL');
    const key = (await unlessAborted(Promise.resolve(this.#options.apiKey?.()), watchdog.signal))?.trim();
    if (key) this.#secrets.add(key);
    if (key && /[^\x21-\x7e]/.test(key)) throw setupError(this.info, 'apiKey');

    const exchange: Omit<Exchange, 'client'> = { watchdog, recorder };
    const client = new OpenAI({
      baseURL,
      apiKey: key || 'none',
      // If omitted, the client would take these from the environment and send them to any server.
      adminAPIKey: null,
      organization: null,
      project: null,
      // Retries are made by `#withRetries`.
      maxRetries: 0,
      // Longer than the watchdog's limit, so that the watchdog ends a silent request.
      timeout: Math.min(Math.ceil(watchdog.limit) + 60_000, maxTimer),
      logLevel: 'off',
      fetch: this.#fetchFor(exchange),
      // The key must not be sent to another server by a redirect.
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

  /**
   * A `fetch` that stores error responses, because the client drops the body of one whose JSON it does not
   * know, and records what is sent.
   */
  #fetchFor(exchange: Omit<Exchange, 'client'>): typeof fetch {
    const send = this.#options.fetch ?? patientFetch;
    const { recorder } = exchange;
    return async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      recorder?.request(url, typeof init?.body === 'string' ? init.body : '', this.#secrets);
      const response = await send(input, init);
      recorder?.response(response.status);
      if (response.ok) return response;
      const { status, headers } = response;
      const location = headers.get('location');
      const body = location
        ? `It moved to ${location}.`
        : await readText(response, maxErrorBytes).catch(() => '');
      if (!location) recorder?.received(body);
      exchange.failed = { status, body, retryAfter: retryAfterOf(headers) };
      return new Response(body || null, { status, headers });
    };
  }

  /** Sends the request and waits for the first bytes of its answer. */
  #openStream(exchange: Exchange, send: Send) {
    const { client, watchdog, recorder } = exchange;
    return this.#withRetries(exchange, retries.answer, async (request) => {
      const response = await send(client, request).asResponse();
      const reader = readerOf(response, recorder && ((text) => recorder.received(text)));
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

  /** Retries `work` up to `times` times, with delays, as long as its error is retryable. */
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

  /** Milliseconds until the next attempt; false if the server asks for a longer wait than allowed. */
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

/** Returns a reader of JSON answers; `malformed` is the reason to report for one that is not JSON. */
function jsonOf(malformed: string): (info: ServerInfo, response: Response) => Promise<unknown> {
  return async (info, response) => {
    const text = await readText(response, maxBodyBytes);
    const value = parseJSON(info, text, malformed);
    if (errorIn(value)) throw statusError(info, { status: response.status, body: text });
    return value;
  };
}

function parseJSON(info: ServerInfo, text: string, malformed: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const { message } = readErrorBody(text);
    throw malformedError(info, /^\s*</.test(text) && message ? `it is a web page: ${message}` : malformed);
  }
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
