/** The longest time that a timer can be set to, in milliseconds: about 25 days. */
export const maxTimer = 2 ** 31 - 1;

/** An idle timeout joined with the caller's signal: aborts work that was cancelled or shows no activity for too long. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #callerAborted = () => this.#controller.abort(this.#caller.reason);
  #limit: number;
  #lastActivity = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #timedOut = false;

  /** `limit` is the idle time allowed, in milliseconds; Infinity for no limit. */
  constructor(caller: AbortSignal, limit: number) {
    this.#caller = caller;
    this.#limit = limit;
    if (caller.aborted) this.#callerAborted();
    else caller.addEventListener('abort', this.#callerAborted, { once: true });
    this.#watch(limit);
  }

  /** Aborted by the caller, by the timeout or by `stop`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The idle time allowed now, in milliseconds. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether the timeout aborted the work. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  /** Restarts the idle time. Cheap: it may be called thousands of times a second. */
  reset(): void {
    this.#lastActivity = performance.now();
  }

  /** Changes the idle time allowed and restarts it. */
  setLimit(limit: number): void {
    this.reset();
    this.#limit = limit;
    this.#watch(limit);
  }

  /** Stops the timer and aborts the signal. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#callerAborted);
    this.#controller.abort();
  }

  #watch(delay: number): void {
    clearTimeout(this.#timer);
    if (delay === Infinity) return;
    this.#timer = setTimeout(
      () => {
        const left = this.#lastActivity + this.#limit - performance.now();
        if (left > 1) return this.#watch(left);
        this.#timedOut = true;
        this.#controller.abort();
      },
      Math.min(delay, maxTimer),
    );
  }
}
