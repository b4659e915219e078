import { TextTooLongError } from './readErrors';
import type { PageStart, ReadDocument } from '../searchTypes';

const lineFeed = 0x0a;

/** Builds a text line by line. Throws TextTooLongError when it exceeds its limit. */
export class TextWriter {
  readonly #parts: string[] = [];
  readonly #pages: PageStart[] = [];
  #length = 0;
  /** The number of line ends at the end of the text. It starts at 2, as after an empty line. */
  #lineEnds = 2;

  constructor(private readonly maxCharacters: number) {}

  /** Appends text unchanged. */
  write(text: string): void {
    if (text === '') return;
    this.#length += text.length;
    if (this.#length > this.maxCharacters) throw new TextTooLongError();
    this.#parts.push(text);
    let end = text.length;
    while (end > 0 && text.charCodeAt(end - 1) === lineFeed) end--;
    this.#lineEnds = text.length - end + (end === 0 ? this.#lineEnds : 0);
  }

  /** Starts a new line, unless at the start of one; with `blank`, after an empty line. */
  line({ blank = false } = {}): void {
    const wanted = blank ? 2 : 1;
    if (this.#lineEnds < wanted) this.write('\n'.repeat(wanted - this.#lineEnds));
  }

  get atLineStart(): boolean {
    return this.#lineEnds > 0;
  }

  /** Starts a page, slide or sheet. */
  page(number: number): void {
    this.line({ blank: true });
    this.#pages.push({ start: this.#length, number });
  }

  document(): ReadDocument {
    const text = this.#parts.join('');
    return this.#pages.length > 0 ? { text, pages: this.#pages } : { text };
  }
}
