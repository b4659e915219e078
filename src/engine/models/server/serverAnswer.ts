import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { isNestedTooDeep } from '../../nesting';
import { answeredError, interruptedError, malformedError, streamedError, type Place } from '../modelErrors';

/** A piece of a server's answer, as JSON of any shape. */
export type AnswerItem =
  | { type: 'event'; value: unknown }
  /** The server does not stream; this is all of it. */
  | { type: 'whole'; value: unknown }
  /** The stream's own end mark, `[DONE]`. */
  | { type: 'done' };

const endMark = '[DONE]';

export type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** The bytes of a body, which Node's types leave open. */
export function readerOf(response: Response): Reader | undefined {
  return response.body?.getReader() as Reader | undefined;
}

// What one event may take before it is no longer taken for one: large enough for an image as text.
const maxEventLength = 64 * 1024 * 1024;

/** What the reader of an answer is asked and told. */
export interface AnswerWatch {
  /** Called whenever bytes came. */
  alive: () => void;
  /** Whether the items so far are all that matters. */
  complete: () => boolean;
}

/** Reads an answer, streamed or whole, whose first bytes are here. */
export async function* readAnswer(
  place: Place,
  response: Response,
  reader: Reader,
  first: Uint8Array,
  watch: AnswerWatch,
): AsyncGenerator<AnswerItem, void, undefined> {
  const type = response.headers.get('content-type') ?? '';
  if (/\bhtml\b/i.test(type)) throw malformedError(place, 'it is a web page');
  if (/\bjson\b/i.test(type) && !/event-stream|ndjson/i.test(type)) {
    yield parseWhole(place, response.status, await readRest(place, reader, first, watch));
    return;
  }
  yield* readEvents(place, reader, first, watch);
}

/** A body as text, cut off at `limit` bytes. */
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

/** Lets a complete answer end by itself, which it does at once, so that its connection can be used again. */
async function settle(reader: Reader): Promise<void> {
  const patience = new AbortController();
  const end = reader.read().catch(() => undefined);
  await Promise.race([end, sleep(50, undefined, patience).catch(() => undefined)]);
  patience.abort();
}

async function* readEvents(place: Place, reader: Reader, first: Uint8Array, watch: AnswerWatch) {
  const arrived: { event?: string | undefined; data: string }[] = [];
  const parser = createParser({ onEvent: (event) => arrived.push(event) });
  const decoder = new TextDecoder();
  let events = 0;
  let bytesSinceEvent = 0;

  for (let chunk: Uint8Array | undefined = first; ;) {
    parser.feed(chunk ? decoder.decode(chunk, { stream: true }) : `${decoder.decode()}\n\n`);
    bytesSinceEvent = arrived.length > 0 ? 0 : bytesSinceEvent + (chunk?.length ?? 0);
    if (bytesSinceEvent > maxEventLength) throw malformedError(place, 'one of its events has no end');
    events += arrived.length;
    for (const event of arrived.splice(0)) {
      // What is left at the end was cut off, unless it happens to be complete.
      if (!chunk && !isJSON(event.data)) throw interruptedError(place);
      yield parseEvent(place, event);
    }
    if (!chunk) break;
    if (watch.complete()) return settle(reader);
    chunk = await readChunk(place, reader);
    watch.alive();
  }
  if (events === 0) throw malformedError(place, 'there is no event in it');
}

async function readRest(
  place: Place,
  reader: Reader,
  first: Uint8Array,
  watch: AnswerWatch,
): Promise<string> {
  const chunks = [first];
  let bytes = first.length;
  for (;;) {
    const chunk = await readChunk(place, reader);
    if (!chunk) return Buffer.concat(chunks).toString('utf8');
    watch.alive();
    bytes += chunk.length;
    if (bytes > maxEventLength) throw malformedError(place, 'it is too large');
    chunks.push(chunk);
  }
}

async function readChunk(place: Place, reader: Reader): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = await reader.read();
    return done ? undefined : value;
  } catch (error) {
    throw interruptedError(place, error);
  }
}

function parseEvent(place: Place, { event, data }: { event?: string | undefined; data: string }): AnswerItem {
  if (data.trim() === endMark) return { type: 'done' };
  const value = parseJSON(place, data);
  if (event === 'error' || isError(value)) throw streamedError(place, value);
  return { type: 'event', value };
}

function parseWhole(place: Place, status: number, text: string): AnswerItem {
  const value = parseJSON(place, text);
  if (isError(value)) throw answeredError(place, { status, body: text });
  return { type: 'whole', value };
}

function parseJSON(place: Place, text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformedError(place, `«${text.slice(0, 80)}» is not JSON`);
  }
  if (isNestedTooDeep(value)) throw malformedError(place, 'it is nested too deeply');
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

function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ('error' in value && Boolean(value.error)) || ('object' in value && value.object === 'error');
}
