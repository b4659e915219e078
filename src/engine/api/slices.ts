import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../store/store';

/** Repeats `slice` until it returns something, each time in a transaction, between which the process does other work. */
export async function inSlices<R>(store: Store, slice: () => R | undefined): Promise<R> {
  for (;;) {
    const result = store.transaction(slice);
    if (result !== undefined) return result;
    await nextTurn();
    await store.waitForLock();
  }
}
