/** Where a Markdown text is code: in a fenced block, or between backticks within one line. Reads it in pieces. */
export class CodeSpans {
  /** The beginning of the present line, as far as it can tell a fence. */
  #head = '';
  /** The fence that opened the present block; empty outside of one. */
  #fence = '';
  /** The length of the backtick run that opened the present code span; 0 outside of one. */
  #span = 0;
  /** The length of the backtick run at the end of what was read. */
  #run = 0;
  #line = '';

  /** The end of the present line, as far as it was read. */
  get line(): string {
    return this.#line;
  }

  get inCode(): boolean {
    return this.#fence !== '' || (this.#run > 0 ? this.#spanAfterRun() : this.#span) > 0;
  }

  read(text: string): void {
    for (let at = 0; at < text.length;) {
      const newline = text.indexOf('\n', at);
      this.#readLine(text.slice(at, newline < 0 ? undefined : newline));
      if (newline < 0) return;
      this.#endLine();
      at = newline + 1;
    }
  }

  #readLine(piece: string): void {
    if (piece === '') return;
    this.#line = this.#line.trim() === '' ? piece.slice(-maxLine) : (this.#line + piece).slice(-maxLine);
    if (this.#head.length < maxHead) this.#head += piece.slice(0, maxHead - this.#head.length);
    for (const [part] of piece.matchAll(/`+|[^`]+/g)) {
      if (part.startsWith('`')) this.#run += part.length;
      else this.#endRun();
    }
  }

  #endRun(): void {
    if (this.#run > 0) this.#span = this.#spanAfterRun();
    this.#run = 0;
  }

  #spanAfterRun(): number {
    if (this.#span === 0) return this.#run;
    return this.#span === this.#run ? 0 : this.#span;
  }

  #endLine(): void {
    const [, mark = ''] =
      /^(?: {0,3}|\t*[ \t]*(?:[-*+]|\d+[.)])[ \t]+|[ \t]*> ?)[ \t]*(`{3,}|~{3,})/.exec(this.#head) ?? [];
    if (this.#fence === '') this.#fence = mark;
    else if (mark.startsWith(this.#fence)) this.#fence = '';
    this.#head = this.#line = '';
    this.#span = this.#run = 0;
  }
}

/** Characters of a line in which a fence is looked for. */
const maxHead = 80;

/** Characters at the end of a line that are kept. */
const maxLine = 20;
