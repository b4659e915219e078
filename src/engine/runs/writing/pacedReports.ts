/** Milliseconds between two reports, half a frame of a display. Each costs its readers, who would not see more of them. */
const interval = 8;

/** Characters that do not wait for the interval. */
const maxLength = 64 * 1024;

/** Reports text that arrives in small pieces: at the end of a turn of the event loop, but at most every 8 ms. */
export class PacedReports {
  #length = 0;
  #isDue = false;
  #isSoon = false;
  #reportedAt = -Infinity;

  constructor(private readonly report: () => void) {}

  /** Reports text of this length, with what follows it closely. */
  add(length: number): void {
    this.#length += length;
    const pause = this.#reportedAt + interval - performance.now();
    if (pause <= 0 || this.#length >= maxLength) {
      if (!this.#isSoon) setImmediate(() => this.#reportDue());
      this.#isSoon = true;
    } else if (!this.#isDue) {
      setTimeout(() => this.#reportDue(), pause);
    }
    this.#isDue = true;
  }

  /** Call it at each report, also at one that is not made from here. */
  made(): void {
    this.#length = 0;
    this.#isDue = this.#isSoon = false;
    this.#reportedAt = performance.now();
  }

  #reportDue(): void {
    if (this.#isDue) this.report();
  }
}
