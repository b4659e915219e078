/** However often a call waits for packages, it waits no longer than this. */
const maxPauseMs = 300_000;

/** The time limit of one call; it stands still while the call waits for something that is ours to do. */
export class RunClock {
  #runningLeftMs: number;
  #pausedLeftMs = maxPauseMs;
  #since = performance.now();
  #timer: NodeJS.Timeout;

  constructor(
    limitMs: number,
    private readonly onEnd: () => void,
  ) {
    this.#runningLeftMs = limitMs;
    this.#timer = setTimeout(onEnd, limitMs);
  }

  pause(): void {
    this.#runningLeftMs -= this.#restart(this.#pausedLeftMs);
  }

  resume(): void {
    this.#pausedLeftMs -= this.#restart(this.#runningLeftMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Ends one stretch of time and begins another; gives how long the one before was. */
  #restart(leftMs: number): number {
    clearTimeout(this.#timer);
    const start = this.#since;
    this.#since = performance.now();
    this.#timer = setTimeout(this.onEnd, leftMs);
    return this.#since - start;
  }
}
