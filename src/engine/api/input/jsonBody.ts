import { badRequest } from '../../errors';
import { maxNesting } from '../../nesting';
import { TimeSlices } from '../../timeSlices';

/**
 * Maximum number of values in a request body: elements of arrays and fields of objects. `JSON.parse` blocks the
 * process, and takes longest for many small values. The largest bodies of the API, batches of 2,000 files with
 * attributes, have about 40,000.
 */
const maxValues = 100_000;

/** Bytes that are scanned between two looks at the clock. */
const scannedAtOnce = 64 * 1024;

/** Reads a request's JSON body, unchecked; undefined if it is empty. Throws the API's 400 if it is not JSON or too complex. */
export async function readJson(request: Request): Promise<unknown> {
  return (await readJsonText(request)).value;
}

/** The same with the text of the body. `limit` is the maximum number of values. */
export async function readJsonText(
  { body }: Request,
  limit = maxValues,
): Promise<{ text: string; value: unknown }> {
  if (!body) return { text: '', value: undefined };
  const slices = new TimeSlices();
  const scan = new JsonScan(limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    // The body of a request that was made in this process may be one chunk.
    for (let at = 0; at < chunk.length; at += scannedAtOnce) {
      scan.add(chunk.subarray(at, at + scannedAtOnce));
      if (slices.isOver) await slices.next();
    }
    chunks.push(chunk);
  }
  const text = decode(Buffer.concat(chunks));
  if (slices.isOver) await slices.next();
  return { text, value: text.trim() === '' ? undefined : parse(text, scan.mayHaveProtoField) };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('The body of the request is not in UTF-8.');
  }
}

function parse(text: string, mayHaveProtoField: boolean): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('The body of the request is not valid JSON.');
  }
  if (mayHaveProtoField && hasProtoField(value))
    throw badRequest("The body of the request has a field named '__proto__', which is not allowed.");
  return value;
}

const [quote, backslash, comma, underscore] = [0x22, 0x5c, 0x2c, 0x5f];
const openings: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closings: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Counts nesting and values of JSON as its bytes arrive. What is not JSON is left to the parser. */
class JsonScan {
  /** A string starts as a key `__proto__` does, with its first character escaped or not: a cheap first check. */
  mayHaveProtoField = false;
  #depth = 0;
  #values = 0;
  #inString = false;
  #isFirst = false;
  #isEscaped = false;

  /** `limit` is the maximum number of values. */
  constructor(private readonly limit: number) {}

  /** Throws the API's 400 once a limit is exceeded. */
  add(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      if (this.#inString) i = this.#endOfString(bytes, i);
      else this.#count(bytes[i] as number);
    }
  }

  #count(byte: number): void {
    if (byte === quote) this.#inString = this.#isFirst = true;
    else if (byte === comma) this.#values++;
    else if (openings.has(byte)) {
      this.#values++;
      this.#depth++;
    } else if (closings.has(byte)) this.#depth--;
    if (this.#depth > maxNesting) throw badRequest('The body of the request is nested too deeply.');
    if (this.#values > this.limit) {
      const limit = this.limit.toLocaleString('en');
      throw badRequest(`The body of the request has more than ${limit} values.`);
    }
  }

  /** The index of the quote that ends the string; that after the last byte or more if it does not end. */
  #endOfString(bytes: Uint8Array, start: number): number {
    if (this.#isFirst) {
      this.#isFirst = false;
      if (bytes[start] === underscore || bytes[start] === backslash) this.mayHaveProtoField = true;
    }
    let i = this.#isEscaped ? start + 1 : start;
    for (; i < bytes.length; i++) {
      const byte = bytes[i];
      if (byte === backslash) i++;
      else if (byte === quote) {
        this.#inString = false;
        break;
      }
    }
    this.#isEscaped = i > bytes.length;
    return i;
  }
}

/** Whether a value has a key `__proto__`, which would be lost silently when objects are copied. */
function hasProtoField(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoField);
}
