/** Milliseconds between two reports, half a frame of a display. Each costs its readers, who would not see more of them. */
const interval = 8;

/** Reports text that arrives in small pieces: as soon as it arrives, but at most every 8 ms. */
export class PacedReports {
  #isDue = false;
  #reportedAt = -Infinity;

  constructor(private readonly report: () => void) {}

  /** Reports at the end of this turn of the event loop, or once the last report is old enough. */
  ask(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const pause = this.#reportedAt + interval - performance.now();
    if (pause <= 0) setImmediate(() => this.#reportDue());
    else setTimeout(() => this.#reportDue(), pause);
  }

  /** Call it at each report, also at one that was not asked for here. */
  made(): void {
    this.#isDue = false;
    this.#reportedAt = performance.now();
  }

  #reportDue(): void {
    if (this.#isDue) this.report();
  }
}
