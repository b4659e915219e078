/** A pause may exceed its limit by this much. */
const installMs = 10_000;

/** The time limits of one call: of running, and of waiting for packages, while it is paused. */
export class RunClock {
  #runningLeftMs: number;
  #pausedLeftMs: number;
  #since = performance.now();
  #timer: NodeJS.Timeout;

  constructor(
    runningMs: number,
    pausedMs: number,
    private readonly onEnd: () => void,
  ) {
    this.#runningLeftMs = runningMs;
    this.#pausedLeftMs = pausedMs;
    this.#timer = setTimeout(onEnd, runningMs);
  }

  /** How long the call may still be paused, in all. Do not call it during a pause. */
  get pausedLeftMs(): number {
    return Math.max(0, this.#pausedLeftMs);
  }

  pause(): void {
    // Installing what has arrived takes a moment more than fetching it.
    this.#runningLeftMs -= this.#restart(this.pausedLeftMs + installMs);
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
