import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseSync } from 'node:sqlite';
import { deletedShares } from '../../../store/tables/searchIndexTables';
import { checkpoint, vacuumPiece } from '../../../store/maintenance/vacuum';
import type { VectorStoreTable } from '../../../store/tables/vectorStoreTables';
import { FilesProgress, type OnIndexUpdate } from './filesProgress';
import type { SearchIndex } from '../index/searchIndex';

/** How long a piece of work should hold the database's lock, in milliseconds. */
const pieceMs = 8;
/** The minimum pause between two pieces, in milliseconds; others need the lock too. */
const minPauseMs = 4;
/** Pieces by rows, chunks or pages: the first one's size, and the limits of those that follow. */
const firstSize = 32;
const maxSize = 512;

export interface UpkeepParts {
  vectorStores: VectorStoreTable;
  index: SearchIndex;
  database: DatabaseSync;
  transaction: <R>(work: () => R) => R;
  /** Whether no other program has the database locked. */
  canLock: () => boolean;
}

/** Work that is done in pieces, each a transaction of its own. `run` does up to `size` of it and returns whether there was any. */
interface Work {
  run: (size: number) => boolean;
  size: number;
}

/**
 * Deletes what is left of removed stores and files, converts what earlier versions wrote, and returns free
 * pages of the database file to the disk, in short transactions. The database says what is to be done, so that
 * the next engine continues after a crash, and several may work at once.
 */
export class Upkeep {
  readonly #closing = new AbortController();
  readonly #works: Work[];
  readonly #conversion: FilesProgress;
  #running: Promise<void> | undefined;
  /** Whether it was woken while it was running. */
  #isWoken = false;

  constructor(
    private readonly parts: UpkeepParts,
    private readonly log: (message: string) => void,
    onIndexUpdate?: OnIndexUpdate,
  ) {
    const { vectorStores, index, database, transaction } = parts;
    const left = (): number => index.filesToConvert();
    const conversion = (this.#conversion = new FilesProgress('vectors', left, log, onIndexUpdate));
    const works = [
      (size: number) => transaction(() => vectorStores.deletePiece(size)),
      (size: number) => transaction(() => index.mergePiece(size, deletedShares.whileDeleting)),
      (size: number) => transaction(() => index.deletePiece(size)),
      (size: number) => {
        try {
          conversion.update();
          const wasAny = transaction(() => index.convertPiece(size));
          conversion.update();
          return wasAny;
        } catch (error) {
          index.restartConversion();
          conversion.stop();
          throw error;
        }
      },
      (size: number) => transaction(() => index.mergePiece(size, deletedShares.afterwards)),
      (size: number) => transaction(() => vacuumPiece(database, size)),
    ];
    this.#works = works.map((run) => ({ run, size: firstSize }));
  }

  /** Does what there is to do, in the background. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#isWoken = true;
    this.#running ??= this.#run()
      .catch((error: unknown) => {
        if (!this.#closing.signal.aborted) this.log(`Cleaning up after deletions failed: ${String(error)}`);
      })
      .finally(() => (this.#running = undefined));
  }

  /** Resolves once there is nothing left to do. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#conversion.stop();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (this.#isWoken) {
      this.#isWoken = false;
      let pieces = 0;
      for (let ms = minPauseMs; ms > 0; ms = this.#piece()) {
        await sleep(Math.max(ms, minPauseMs), undefined, { ref: false, signal });
        pieces++;
      }
      // More than the pause at the start: the file gets shorter with the checkpoint.
      if (pieces > 1) checkpoint(this.parts.database);
    }
  }

  /** Does the next piece. Returns how long it took, in milliseconds; 0 if there was nothing to do. */
  #piece(): number {
    // The next tick continues.
    if (!this.parts.canLock()) return 0;
    for (const work of this.#works) {
      const start = performance.now();
      const wasAny = work.run(work.size);
      const ms = Math.max(performance.now() - start, 0.1);
      if (!wasAny) continue;
      work.size = Math.min(Math.max(1, Math.round(work.size * Math.min(2, pieceMs / ms))), maxSize);
      return ms;
    }
    return 0;
  }
}
