/** Milliseconds between two reports, half a frame of a display. Each costs its readers, who would not see more of them. */
const shortest = 8;

/** Milliseconds between two reports that have so many readers that telling them takes longer. */
const longest = 100;

/** Characters that do not wait for the interval. */
const maxLength = 64 * 1024;

/**
 * Reports text that arrives in small pieces: at the end of a turn of the event loop, but at most every 8 ms, or as long as
 * the process was busy with the previous report.
 */
export class PacedReports {
  #length = 0;
  #isDue = false;
  #isSoon = false;
  #isTelling = false;
  #reportedAt = -Infinity;
  #interval = shortest;

  constructor(private readonly report: () => void) {}

  /** Reports text of this length, with what follows it closely. */
  add(length: number): void {
    this.#length += length;
    if (!this.#isTelling) this.#schedule();
  }

  /** Call it at each report, also at one that is not made from here. */
  made(): void {
    this.#length = 0;
    this.#isDue = this.#isSoon = false;
    this.#isTelling = true;
    const startedAt = performance.now();
    // By then, the readers have it.
    setImmediate(() => {
      this.#isTelling = false;
      this.#reportedAt = performance.now();
      this.#interval = Math.min(Math.max(shortest, this.#reportedAt - startedAt), longest);
      if (this.#length > 0) this.#schedule();
    });
  }

  #schedule(): void {
    const pause = this.#reportedAt + this.#interval - performance.now();
    if (pause <= 0 || this.#length >= maxLength) {
      if (!this.#isSoon) setImmediate(() => this.#reportDue());
      this.#isSoon = true;
    } else if (!this.#isDue) {
      setTimeout(() => this.#reportDue(), pause);
    }
    this.#isDue = true;
  }

  #reportDue(): void {
    if (this.#isDue) this.report();
  }
}
