import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { isNestedTooDeep, mayBeTooDeep } from '../../nesting';
import { errorIn, readErrorBody } from './errors/errorBody';
import { fieldsOf, listOf, textOf } from './json';
import {
  statusError,
  interruptedError,
  malformedError,
  streamedError,
  type ServerInfo,
} from '../modelErrors';

/** A part of a server's response; `value` is JSON of any shape. */
export type AnswerItem =
  | { type: 'event'; value: unknown }
  /** The whole response of a server that does not stream. */
  | { type: 'whole'; value: unknown }
  /** The end marker of the stream, `[DONE]`. */
  | { type: 'done' };

const endMark = '[DONE]';

export type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>;

/**
 * The reader of a response's body; its chunks are bytes, which Node's types leave open. `onText` is called
 * with the text of each chunk that is read.
 */
export function readerOf(response: Response, onText?: (text: string) => void): Reader | undefined {
  const reader = response.body?.getReader() as Reader | undefined;
  if (!reader || !onText) return reader;
  const decoder = new TextDecoder();
  return {
    read: async () => {
      const chunk = await reader.read();
      onText(decoder.decode(chunk.value, { stream: !chunk.done }));
      return chunk;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

// Maximum size of one event or of a whole answer, in bytes: large enough for a base64 image.
const maxEventLength = 64 * 1024 * 1024;

// Maximum length of a response without events that is kept to be read as JSON.
const maxHeadLength = 64 * 1024;

interface ServerEvent {
  event?: string | undefined;
  data: string;
}

/** Callbacks while an answer is read. */
export interface AnswerWatch {
  /** Called when bytes have arrived. */
  onBytes: () => void;
  /** Returns whether the items so far complete the answer. */
  complete: () => boolean;
}

/**
 * Reads an answer, streamed or whole, of which `first` has already been read. Yields the items that have arrived
 * together. Throws ModelError, after the items before it.
 */
export async function* readAnswer(
  server: ServerInfo,
  response: Response,
  reader: Reader,
  first: Uint8Array,
  watch: AnswerWatch,
): AsyncGenerator<AnswerItem[], void, undefined> {
  const type = response.headers.get('content-type') ?? '';
  if (/\bhtml\b/i.test(type)) {
    const { message } = readErrorBody(await readRest(server, reader, first, watch));
    throw malformedError(server, message ? `it is a web page: ${message}` : 'it is a web page');
  }
  if (/\bjson\b/i.test(type) && !/event-stream|ndjson/i.test(type)) {
    yield [parseWhole(server, response.status, await readRest(server, reader, first, watch))];
    return;
  }
  for await (const items of readEvents(server, reader, first, watch)) yield items;
}

/** Reads a body as text, truncated after about `limit` bytes. */
export async function readText(response: Response, limit: number): Promise<string> {
  const reader = readerOf(response);
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
    if (bytes < limit) continue;
    await reader.cancel();
    return text;
  }
}

/** Waits briefly for the end of a complete answer, so that its connection can be reused. */
async function drain(reader: Reader): Promise<void> {
  const timeout = new AbortController();
  const end = reader.read().catch(() => undefined);
  await Promise.race([end, sleep(50, undefined, timeout).catch(() => undefined)]);
  timeout.abort();
}

async function* readEvents(
  server: ServerInfo,
  reader: Reader,
  first: Uint8Array,
  watch: AnswerWatch,
): AsyncGenerator<AnswerItem[], void, undefined> {
  const arrived: ServerEvent[] = [];
  const parser = createParser({
    onEvent: (event) => arrived.push(event),
    onError: ({ type, field, value }) => {
      // llama.cpp reports errors in a field of their own.
      if (type === 'unknown-field' && field === 'error' && value) arrived.push({ event: field, data: value });
    },
  });
  const decoder = new TextDecoder();
  let events = 0;
  let started = false;
  /** The beginning of the response, for as long as there is no event in it. */
  let head = '';
  let bytesSinceEvent = 0;

  for (let chunk: Uint8Array | undefined = first; ;) {
    const text = chunk ? decoder.decode(chunk, { stream: true }) : `${decoder.decode()}\n\n`;
    parser.feed(text);
    bytesSinceEvent = arrived.length > 0 ? 0 : bytesSinceEvent + (chunk?.length ?? 0);
    if (bytesSinceEvent > maxEventLength) throw malformedError(server, 'one of its events is too large');
    events += arrived.length;
    if (events === 0 && head.length < maxHeadLength) head += text;
    const items: AnswerItem[] = [];
    try {
      for (const event of arrived.splice(0)) {
        // An event without its final blank line was cut off, unless it happens to be complete JSON.
        if (!chunk && !isJSON(event.data)) throw interruptedError(server);
        const item = parseEvent(server, event, started);
        started ||= hasContent(item);
        items.push(item);
      }
    } catch (error) {
      if (items.length > 0) yield items;
      throw error;
    }
    if (items.length > 0) yield items;
    if (!chunk) break;
    if (watch.complete()) return drain(reader);
    chunk = await readChunk(server, reader);
    watch.onBytes();
  }
  if (events > 0) return;
  // Some servers answer with plain JSON under another content type.
  if (!isJSON(head)) throw malformedError(server, 'it contains no events');
  yield [parseWhole(server, 200, head)];
}

/** Whether an item is a part of the answer itself, rather than an announcement before it. */
function hasContent(item: AnswerItem): boolean {
  if (item.type !== 'event') return item.type === 'whole';
  const value = fieldsOf(item.value);
  if (/^response\.(created|queued|in_progress)$/.test(textOf(value['type']))) return false;
  if (textOf(value['type']).startsWith('response.')) return true;
  return listOf(value['choices']).some((choice) => {
    const { delta, message } = fieldsOf(choice);
    return Object.entries(fieldsOf(delta ?? message)).some(
      ([name, part]) => name !== 'role' && Boolean(part) && !(Array.isArray(part) && part.length === 0),
    );
  });
}

async function readRest(
  server: ServerInfo,
  reader: Reader,
  first: Uint8Array,
  watch: AnswerWatch,
): Promise<string> {
  const chunks = [first];
  let bytes = first.length;
  for (;;) {
    const chunk = await readChunk(server, reader);
    if (!chunk) return Buffer.concat(chunks).toString('utf8');
    watch.onBytes();
    bytes += chunk.length;
    if (bytes > maxEventLength) throw malformedError(server, 'it is too large');
    chunks.push(chunk);
  }
}

async function readChunk(server: ServerInfo, reader: Reader): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  } catch (error) {
    throw interruptedError(server, error);
  }
}

function parseEvent(server: ServerInfo, { event, data }: ServerEvent, started: boolean): AnswerItem {
  if (data.trim() === endMark) return { type: 'done' };
  if (event === 'error' && !isJSON(data))
    throw streamedError(server, readErrorBody(data), { started, body: data });
  const value = parseJSON(server, data);
  const error = errorIn(value, { event });
  if (error) throw streamedError(server, error, { started, body: data });
  return { type: 'event', value };
}

function parseWhole(server: ServerInfo, status: number, text: string): AnswerItem {
  const value = parseJSON(server, text);
  if (errorIn(value, { whole: true })) throw statusError(server, { status, body: text });
  const fields = fieldsOf(value);
  if (!['choices', 'output', 'type', 'object'].some((name) => name in fields)) {
    throw malformedError(server, `“${text.slice(0, 80)}” is not an answer of a model`);
  }
  return { type: 'whole', value };
}

function parseJSON(server: ServerInfo, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedError(server, `“${text.slice(0, 80)}” is not JSON`);
  }
  if (mayBeTooDeep(text) && isNestedTooDeep(value)) throw malformedError(server, 'it is nested too deeply');
  return value;
}

function isJSON(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return text.trim() === endMark;
  }
}
