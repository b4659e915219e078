import type { TextWriter } from '../textWriter';
import { attribute } from '../xml';

/** Maximum number of tabs written for a gap of empty columns. */
const maxGaps = 20;
/** Maximum number of times that a repeated cell or row is written. */
const maxRepeats = 1_000;

/** Writes the rows of a table: a line each, with tabs between the cells. */
export class TableWriter {
  #row = 0;
  #rowRepeats = 1;
  #column = 0;
  #cells: { column: number; text: string }[] = [];
  #repeats = 1;
  #date: string | undefined;

  openRow(repeats: number): void {
    this.#rowRepeats = repeats;
    this.#column = 0;
    this.#cells = [];
  }

  openCell(repeats: number, attributes: Record<string, string>): void {
    this.#repeats = repeats;
    this.#date = attribute(attributes, 'date-value');
  }

  /** The name of the open cell, such as `B2`. */
  get cell(): string {
    let letters = '';
    for (let left = this.#column + 1; left > 0; left = Math.floor((left - 1) / 26)) {
      letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
    }
    return `${letters}${this.#row + 1}`;
  }

  /** Ends a cell; a date is written in ISO 8601, as in other workbooks. */
  closeCell(text: string): void {
    const shown = text === '' ? '' : (this.#date?.replace('T', ' ') ?? text.replace(/\s*\n\s*/g, ' '));
    if (shown !== '') {
      for (let i = 0; i < Math.min(this.#repeats, maxRepeats); i++) {
        this.#cells.push({ column: this.#column + i, text: shown });
      }
    }
    this.#column += this.#repeats;
  }

  closeRow(out: TextWriter): void {
    if (this.#cells.length > 0) {
      let line = '';
      let at = 0;
      for (const { column, text } of this.#cells) {
        line += '\t'.repeat(Math.min(column - at, maxGaps)) + text;
        at = column;
      }
      for (let i = 0; i < Math.min(this.#rowRepeats, maxRepeats); i++) {
        out.write(line);
        out.line();
      }
    }
    this.#row += this.#rowRepeats;
  }
}
