/** Maximum total time that one call may wait for packages. */
const maxPauseMs = 300_000;

/** The time limit of one call; paused while the call waits for the host. */
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

  /** Restarts the timer with the time left; returns the milliseconds since its last start. */
  #restart(leftMs: number): number {
    clearTimeout(this.#timer);
    const start = this.#since;
    this.#since = performance.now();
    this.#timer = setTimeout(this.onEnd, leftMs);
    return this.#since - start;
  }
}
