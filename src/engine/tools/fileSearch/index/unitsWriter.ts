/** Joins code units in memory that is used again for the next text. */
export class UnitsWriter {
  #units = new Uint16Array(4_096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Writes the units from `start` to `end`. */
  write(source: Uint16Array, start: number, end: number): void {
    const length = this.#length;
    const units = this.#withRoomFor(end - start);
    for (let i = start; i < end; i++) units[length + i - start] = source[i]!;
    this.#length = length + end - start;
  }

  writeText(text: string): void {
    const length = this.#length;
    const units = this.#withRoomFor(text.length);
    for (let i = 0; i < text.length; i++) units[length + i] = text.charCodeAt(i);
    this.#length = length + text.length;
  }

  /** What was written, until the next `clear`. */
  written(): Uint16Array {
    return this.#units.subarray(0, this.#length);
  }

  toString(): string {
    return Buffer.from(this.#units.buffer, 0, 2 * this.#length).toString('utf16le');
  }

  #withRoomFor(count: number): Uint16Array {
    if (this.#length + count > this.#units.length) {
      const larger = new Uint16Array(2 * (this.#length + count));
      larger.set(this.written());
      this.#units = larger;
    }
    return this.#units;
  }
}
