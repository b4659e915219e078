import { type ApiContext, copyLost } from '../context';
import { inSlices } from '../slices';

/** Milliseconds of writing in one transaction. */
const sliceTime = 10;

/**
 * Writes a thread in slices, each a transaction, between which the process does other work. `rows` inserts the thread
 * first, hidden, and yields after each row; what it does behind its last row is in one transaction. Returns what it
 * returns. If this throws, `deleteUnfinished` has to be called.
 */
export async function writeRows<R>(
  { store, registry }: ApiContext,
  id: string,
  rows: Generator<void, R>,
): Promise<R> {
  let hasBegun = false;
  const slice = (): { value: R } | undefined => {
    if (hasBegun && !store.threads.isCopiedBy(id, registry.id)) throw copyLost();
    const end = performance.now() + sliceTime;
    do {
      const { done, value } = rows.next();
      if (done) return { value };
    } while (performance.now() < end);
    // Otherwise others that had counted this engine as dead would delete the thread.
    registry.beat();
    hasBegun = true;
    return undefined;
  };
  return (await inSlices(store, slice)).value;
}

/** Deletes what was written of a thread. If that fails, another engine does so once this one has ended. */
export function deleteUnfinished({ threadDeletion }: ApiContext, id: string): void {
  try {
    threadDeletion.delete(id);
  } catch {
    // The error that stopped the writing is the one to report.
  }
}
