import { readLimits } from './limits';

/** An object or array in a JSON file, and its place in bytes. */
export interface Element {
  start: number;
  end: number;
  /** The field of the file's object whose list it is in, if any. */
  key?: string;
  /** Its text; or why it is not read. */
  text: string | undefined;
  error?: 'tooLarge' | 'tooDeep';
}

/** Fields of a file's object whose lists hold the elements. Those but `data` belong to an object that has an id. */
const listKeys: ReadonlySet<string> = new Set([
  'data',
  'assistants',
  'files',
  'vector_stores',
  'vector_store_files',
  'threads',
  'messages',
  'runs',
  'run_steps',
  'steps',
  'conversations',
]);

/** Lists that a thread or message may have, too, whose own fields may follow them. */
const memberKeys: ReadonlySet<string> = new Set(['files', 'messages', 'runs', 'run_steps', 'steps']);

/** Fields by which an object is an element, even if it has one of those lists. */
const elementKeys: ReadonlySet<string> = new Set([
  'id',
  'thread_id',
  'threadId',
  'thread',
  'role',
  'mapping',
]);

const [quote, backslash, colon, openBrace, closeBrace, openBracket, closeBracket] = [
  0x22, 0x5c, 0x3a, 0x7b, 0x7d, 0x5b, 0x5d,
];
const maxKeyLength = 64;

/**
 * Splits JSON of any size into its elements as its bytes come: the items of an array, those of the lists in an object
 * (`{"object":"list","data":[…]}`), or the objects of JSON lines. It does not check the JSON: each element is parsed.
 */
export class JsonElements {
  #offset = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  /** The depth at which elements begin; undefined outside of a list. */
  #listDepth: number | undefined;
  #listKey: string | undefined;
  /** Start of the element, and its bytes so far. */
  #start = -1;
  #startDepth = 0;
  #parts: Uint8Array[] = [];
  #error: Element['error'];
  /** Whether the object at the top has an id. */
  #hasId = false;
  /** Whether it has a field of an element. */
  #isElement = false;
  /**
   * The object at the top while it may be a list or an element, which its last field may decide, with the elements
   * found in it. One that is too large for an element is a list.
   */
  #top: { start: number; parts: Uint8Array[]; found: Element[] } | undefined;
  #found: Element[] = [];
  #key = '';
  #keyStart = -1;
  #keyText = '';
  /** Whether there was a list, perhaps without items. */
  hasList = false;
  /** Whether there is anything that is not in an element. */
  hasGarbage = false;

  /** Takes the next bytes; returns the elements that end in them. */
  add(chunk: Uint8Array): Element[] {
    this.#found = [];
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.#inString) {
        i = this.#string(chunk, i);
        continue;
      }
      if (byte === quote) this.#beginString(i);
      else if (byte === openBrace || byte === openBracket) this.#open(byte, i);
      else if (byte === closeBrace || byte === closeBracket) {
        const element = this.#close(byte, i, chunk);
        if (element) (this.#top?.found ?? this.#found).push(element);
        if (this.#depth === 0) this.#endTop(chunk, i + 1);
      } else if (byte === colon && this.#depth === 1 && this.#listDepth === undefined) this.#named();
      else if (this.#depth === 0 && byte > 0x20 && byte !== 0x2c && this.#offset + i > 2)
        this.hasGarbage = true;
    }
    this.#keep(chunk, chunk.length);
    this.#keepTop(chunk, chunk.length);
    if (this.#keyStart >= 0) {
      this.#keyText += Buffer.from(chunk.subarray(this.#keyStart)).toString('latin1').slice(0, maxKeyLength);
      this.#keyStart = 0;
    }
    this.#offset += chunk.length;
    return this.#found;
  }

  /** Returns the elements of a file that ends before its object does. */
  end(): Element[] {
    this.#found = [];
    this.#topIsList();
    return this.#found;
  }

  /** Whether the file ends within an element. */
  get isOpen(): boolean {
    return this.#depth > 0;
  }

  #beginString(i: number): void {
    this.#inString = true;
    if (this.#depth !== 1 || this.#listDepth !== undefined) return;
    this.#keyStart = i + 1;
    this.#keyText = '';
  }

  /** The index of the quote that ends the string, or of the last byte. */
  #string(chunk: Uint8Array, start: number): number {
    for (let i = start; i < chunk.length; i++) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (chunk[i] === backslash) this.#isEscaped = true;
      else if (chunk[i] === quote) {
        this.#inString = false;
        if (this.#keyStart >= 0) {
          const end = Math.min(i, this.#keyStart + maxKeyLength);
          this.#key = this.#keyText + Buffer.from(chunk.subarray(this.#keyStart, end)).toString('latin1');
          this.#keyStart = -1;
        }
        return i;
      }
    }
    return chunk.length;
  }

  /** A field of the object at the top begins. */
  #named(): void {
    if (['id', 'thread_id', 'mapping'].includes(this.#key)) this.#hasId = true;
    if (elementKeys.has(this.#key)) this.#isElement = true;
    this.#listKey = this.#key;
  }

  #open(byte: number, i: number): void {
    const isTop = this.#depth === 0;
    if (isTop && byte === openBracket) {
      this.#listDepth = 1;
      this.hasList = true;
    } else if (isTop) {
      this.#hasId = false;
      this.#isElement = false;
      this.#begin(i);
    } else if (this.#listDepth === this.#depth && this.#start < 0) this.#begin(i);
    else if (this.#depth === 1 && byte === openBracket && this.#isList()) {
      // The object is a list and no element.
      this.hasList = true;
      this.#listDepth = 2;
      if (!memberKeys.has(this.#listKey ?? '')) this.#topIsList();
      else if (this.#start >= 0 && !this.#error)
        this.#top = { start: this.#start, parts: this.#parts, found: [] };
      this.#drop();
    }
    this.#depth++;
    if (this.#start >= 0 && this.#depth - this.#startDepth > readLimits.depth) this.#fail('tooDeep');
  }

  #isList(): boolean {
    if (this.#listDepth !== undefined || this.#listKey === undefined) return false;
    return listKeys.has(this.#listKey) && (this.#listKey === 'data' || !this.#hasId);
  }

  #close(byte: number, i: number, chunk: Uint8Array): Element | undefined {
    if (this.#depth === 0) {
      this.hasGarbage = true;
      return undefined;
    }
    this.#depth--;
    if (this.#start >= 0 && this.#depth === this.#startDepth) return this.#end(i, chunk);
    if (byte === closeBracket && this.#listDepth === this.#depth + 1 && this.#start < 0) {
      this.#listDepth = undefined;
      this.#listKey = undefined;
    }
    return undefined;
  }

  /** The object at the top is no element: what was found in it counts. */
  #topIsList(): void {
    for (const element of this.#top?.found ?? []) this.#found.push(element);
    this.#top = undefined;
  }

  #keepTop(chunk: Uint8Array, end: number): void {
    if (!this.#top) return;
    const { start, parts } = this.#top;
    if (this.#offset + end - start > readLimits.objectBytes) return this.#topIsList();
    parts.push(chunk.slice(Math.max(0, start - this.#offset), end));
  }

  #endTop(chunk: Uint8Array, end: number): void {
    this.#keepTop(chunk, end);
    if (!this.#top || !this.#isElement) return this.#topIsList();
    const { start, parts, found } = this.#top;
    if (found.some(({ error }) => error)) return this.#topIsList();
    this.#found.push({ start, end: this.#offset + end, text: Buffer.concat(parts).toString('utf8') });
    this.#top = undefined;
  }

  #begin(i: number): void {
    this.#start = this.#offset + i;
    this.#startDepth = this.#depth;
    this.#parts = [];
    this.#error = undefined;
  }

  #drop(): void {
    this.#start = -1;
    this.#parts = [];
  }

  #fail(error: Element['error']): void {
    this.#error ??= error;
    this.#parts = [];
  }

  /** Keeps the bytes of the element up to `end`. */
  #keep(chunk: Uint8Array, end: number): void {
    if (this.#start < 0 || this.#error) return;
    if (this.#offset + end - this.#start > readLimits.objectBytes) return this.#fail('tooLarge');
    this.#parts.push(chunk.slice(Math.max(0, this.#start - this.#offset), end));
  }

  #end(i: number, chunk: Uint8Array): Element {
    this.#keep(chunk, i + 1);
    const element: Element = {
      start: this.#start,
      end: this.#offset + i + 1,
      ...(this.#listDepth !== undefined && this.#listKey !== undefined && { key: this.#listKey }),
      text: this.#error ? undefined : Buffer.concat(this.#parts).toString('utf8'),
      ...(this.#error && { error: this.#error }),
    };
    this.#drop();
    return element;
  }
}
