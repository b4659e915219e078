import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineRegistry } from './engineRegistry';
import type { Store } from './store/store';

/** Milliseconds of deleting in one transaction. */
const sliceTime = 8;
/** Rows that are deleted between two looks at the clock. */
const rowsAtOnce = 32;
/** The minimum pause between two transactions, in milliseconds; a pause is at least as long as the one before took. */
const minPause = 4;

/**
 * Deletes threads: at once for the API, and their rows in short transactions, as those of a long thread take seconds.
 * What an engine that died has left, unfinished copies and imports included, the next tick of another one deletes.
 */
export class ThreadDeletion {
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly store: Store,
    registry: EngineRegistry,
    private readonly log: (message: string) => void,
  ) {
    registry.onTick((alive) => {
      const dead = store.threads.unfinished().filter(({ owner }) => !alive.has(owner));
      if (dead.length > 0) store.transaction(() => dead.forEach(({ id }) => store.threads.markDeleted(id)));
      // One engine continues what another has begun and left.
      if ([...alive].sort()[0] === registry.id) this.#wake();
    });
  }

  /** Hides a thread, visible or not, and deletes it: a short one in this transaction, the rest of a long one later. */
  delete(id: string): void {
    const isDeleted = this.store.transaction(() => {
      this.store.threads.markDeleted(id);
      return this.#slice(id);
    });
    if (!isDeleted) this.#wake();
  }

  /** Deletes a piece more of a thread, for a request that waits for its id. Call it in a transaction. */
  continue(id: string): void {
    if (this.store.threads.isBeingDeleted(id)) this.#slice(id);
  }

  /** Stops; the next engine continues. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #wake(): void {
    if (this.#closing.signal.aborted || this.store.threads.anyDeleted() === undefined) return;
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        if (this.#closing.signal.aborted) return;
        const reason = this.store.storeErrorOf(error)?.message ?? String(error);
        this.log(`Deleting threads is postponed: ${reason}`);
      })
      .finally(() => (this.#running = undefined));
  }

  async #run(): Promise<void> {
    const { store } = this;
    const { signal } = this.#closing;
    for (let pause = minPause; ;) {
      await sleep(pause, undefined, { ref: false, signal });
      // The next tick continues.
      if (store.isSealed || !store.canLock()) return;
      const start = performance.now();
      const id = store.threads.anyDeleted();
      if (id === undefined) return;
      store.transaction(() => this.#slice(id));
      pause = Math.max(minPause, performance.now() - start);
    }
  }

  /** Deletes rows of a thread for a short time. Returns whether all are deleted. */
  #slice(id: string): boolean {
    const end = performance.now() + sliceTime;
    while (!this.store.threads.deletePiece(id, rowsAtOnce)) if (performance.now() > end) return false;
    return true;
  }
}
