/** Ends work that its caller gave up, or that has been silent for too long. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #callerAborted = () => this.#controller.abort(this.#caller.reason);
  #limit: number;
  #lastActivity = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #timedOut = false;

  /** `limit` is in milliseconds without a sign of life. */
  constructor(caller: AbortSignal, limit: number) {
    this.#caller = caller;
    this.#limit = limit;
    if (caller.aborted) this.#callerAborted();
    else caller.addEventListener('abort', this.#callerAborted, { once: true });
    this.#watch(limit);
  }

  /** Aborted when the work has to end, whatever the reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The silence allowed now, in milliseconds. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether silence ended the work. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** Called at every sign of life, which may be thousands of times a second. */
  reset(): void {
    this.#lastActivity = performance.now();
  }

  /** From now on this much silence is allowed. */
  setLimit(limit: number): void {
    this.reset();
    this.#limit = limit;
    this.#watch(limit);
  }

  /** Ends the watch and the work, if it still goes on. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#callerAborted);
    this.#controller.abort();
  }

  #watch(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const left = this.#lastActivity + this.#limit - performance.now();
      if (left > 1) return this.#watch(left);
      this.#timedOut = true;
      this.#controller.abort();
    }, delay);
  }
}
