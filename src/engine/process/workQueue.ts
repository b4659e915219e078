/** Remembers when the work added so far has ended, but neither its results nor its errors. */
export class WorkQueue {
  #ended: Promise<void> = Promise.resolve();

  /** Resolves when all work added before this call has ended, whether or not it failed. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  add(work: Promise<unknown>): void {
    this.#ended = bothEnded(this.#ended, work);
  }
}

/** Unlike `Promise.allSettled`, resolves to nothing: a chain of results would keep all of them in memory. */
async function bothEnded(before: Promise<void>, work: Promise<unknown>): Promise<void> {
  await Promise.all([before, work.then(ignore, ignore)]);
}

function ignore(): void {
  // The caller of the work gets its result or error.
}
