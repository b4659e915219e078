import { TextTooLongError } from './readErrors';
import type { PageStart, ReadDocument } from '../searchTypes';

/** Puts a text together, line by line, and bounds its length. */
export class TextWriter {
  readonly #parts: string[] = [];
  readonly #pages: PageStart[] = [];
  #length = 0;
  /** Line ends written last; white space at a line's beginning is left out. */
  #lineEnds = 2;

  constructor(private readonly maxCharacters: number) {}

  /** Writes text as it is. */
  write(text: string): void {
    if (text === '') return;
    this.#length += text.length;
    if (this.#length > this.maxCharacters) throw new TextTooLongError();
    this.#parts.push(text);
    if (!/^\n+$/.test(text)) this.#lineEnds = 0;
    this.#lineEnds += /\n*$/.exec(text)![0].length;
  }

  /** Begins a new line where one is not just begun; `blank`: with an empty one before it. */
  line({ blank = false } = {}): void {
    const wanted = blank ? 2 : 1;
    if (this.#lineEnds < wanted) this.write('\n'.repeat(wanted - this.#lineEnds));
  }

  get atLineStart(): boolean {
    return this.#lineEnds > 0;
  }

  /** Begins a page, slide or sheet. */
  page(number: number): void {
    this.line({ blank: true });
    this.#pages.push({ start: this.#length, number });
  }

  document(): ReadDocument {
    const text = this.#parts.join('');
    return this.#pages.length > 0 ? { text, pages: this.#pages } : { text };
  }
}
