import { setImmediate as nextTurn } from 'node:timers/promises';

/** Milliseconds of work after which the process does other work. */
const sliceLength = 8;

/** Divides long work of the event loop into pieces, between which the process does other work. */
export class TimeSlices {
  #since = performance.now();

  constructor(private readonly signal?: AbortSignal) {}

  /** Whether to wait for `next` before the work goes on. */
  get isOver(): boolean {
    return performance.now() - this.#since >= sliceLength;
  }

  /** Lets the process do other work. Throws if the work was aborted. */
  async next(): Promise<void> {
    await nextTurn();
    this.signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
