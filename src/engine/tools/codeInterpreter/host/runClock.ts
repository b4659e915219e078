/** However often a call waits for packages, it waits no longer than this. */
const maxPauseMs = 300_000;

/** The time limit of one call; it stands still while the call waits for something that is ours to do. */
export class RunClock {
  #running: number;
  #paused = maxPauseMs;
  #since = performance.now();
  #timer: NodeJS.Timeout;

  constructor(
    limitMs: number,
    private readonly onEnd: () => void,
  ) {
    this.#running = limitMs;
    this.#timer = setTimeout(onEnd, limitMs);
  }

  pause(): void {
    this.#running -= this.#turn(this.#paused);
  }

  resume(): void {
    this.#paused -= this.#turn(this.#running);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Ends one stretch of time and begins another; gives how long the one before was. */
  #turn(leftMs: number): number {
    clearTimeout(this.#timer);
    const before = this.#since;
    this.#since = performance.now();
    this.#timer = setTimeout(this.onEnd, leftMs);
    return this.#since - before;
  }
}
