import { badRequest } from '../../errors';
import { maxNesting } from '../../nesting';

/**
 * Maximum number of values in a request body: elements of arrays and fields of objects. `JSON.parse` blocks the
 * process, and takes longest for many small values. The largest bodies of the API, batches of 2,000 files with
 * attributes, have about 40,000.
 */
const maxValues = 100_000;

/** Reads a request's JSON body, unchecked; undefined if it is empty. Throws the API's 400 if it is not JSON or too complex. */
export async function readJson(request: Request): Promise<unknown> {
  return (await readJsonText(request)).value;
}

/** The same with the text of the body. `limit` is the maximum number of values. */
export async function readJsonText(
  request: Request,
  limit = maxValues,
): Promise<{ text: string; value: unknown }> {
  const text = await readText(request, limit);
  return { text, value: text.trim() === '' ? undefined : parse(text) };
}

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badRequest('The body of the request is not valid JSON.');
  }
  if (mayHaveProtoField.test(text) && hasProtoField(value))
    throw badRequest("The body of the request has a field named '__proto__', which is not allowed.");
  return value;
}

/** Reads the whole body, and stops as soon as it is too complex to be parsed. */
async function readText({ body }: Request, limit: number): Promise<string> {
  if (!body) return '';
  const complexity = new JsonComplexity(limit);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body as ReadableStream<Uint8Array>) {
    complexity.add(chunk);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const openings: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closings: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Counts nesting and values of JSON as its bytes arrive. What is not JSON is left to the parser. */
class JsonComplexity {
  #depth = 0;
  #values = 0;
  #inString = false;
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
    if (byte === quote) this.#inString = true;
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

  /** The index of the quote that ends the string, or of the last byte. */
  #endOfString(bytes: Uint8Array, start: number): number {
    let i = start;
    for (; i < bytes.length; i++) {
      const byte = bytes[i];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === backslash) this.#isEscaped = true;
      else if (byte === quote) {
        this.#inString = false;
        break;
      }
    }
    return i;
  }
}

/** JSON text that may contain a key `__proto__`, with its first character escaped or not: a cheap first check. */
const mayHaveProtoField = /"(_|\\u005f)/i;

/** Whether a value has a key `__proto__`, which would be lost silently when objects are copied. */
function hasProtoField(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoField);
}
