import { statSync } from 'node:fs';
import { join } from 'node:path';
import { WorkerThread } from '../../worker/workerThread';
import { databaseName } from '../database';
import type { DatabaseTask } from '../maintenance/databaseTasks';

/** Write transactions of this engine between two checkpoints: of small ones, 25 MB. */
const defaultCommits = 2000;

/** Write transactions between two looks at the size of the log. */
const commitsPerLook = 10;

/**
 * Bytes by which the log may grow between two checkpoints, at least and at most: engines that write at the same time make
 * theirs one after the other.
 */
const minGrowth = 20 * 1024 * 1024;
const maxGrowth = 40 * 1024 * 1024;

/** Milliseconds without a write after which a log that is longer than this, in bytes, is emptied. */
const defaultQuietMs = 5_000;
const maxQuietLength = 4 * 1024 * 1024;

/** A worker without checkpoints is ended after this time, in milliseconds. */
const idleMs = 60_000;

/** What a checkpointer needs of the store. */
export interface CheckpointedStore {
  readonly dataDir: string;
  /** Called after each write transaction. */
  onCommit?: () => void;
  /** Who makes checkpoints: a worker, or SQLite within the write transactions of this thread. */
  leaveAllCheckpoints(isLeft: boolean): void;
}

/**
 * Makes the checkpoints of an engine's writes in a worker thread. A checkpoint waits for the disk, for 100 ms and more,
 * and SQLite makes it as part of a write transaction: of one in a hundred. Few are made: while one waits for the disk, the
 * writes of all engines are slower.
 */
export class Checkpointer {
  readonly #thread: WorkerThread;
  #commits = 0;
  /** The length of the log at the last checkpoint, and by how much it may grow until the next one, in bytes. */
  #length = 0;
  #growth = anyGrowth();
  #quiet: NodeJS.Timeout | undefined;
  /** Whether a checkpoint is under way, and what was asked for last in the meantime. */
  #isAsked = false;
  #due: { isQuiet: boolean } | undefined;

  /** `script` is the path of the built database worker. */
  constructor(
    private readonly store: CheckpointedStore,
    script: string,
    private readonly log: (message: string) => void,
    { commits = defaultCommits, quietMs = defaultQuietMs } = {},
  ) {
    const workerData: DatabaseTask = { dataDir: store.dataDir, kind: 'checkpoints' };
    this.#thread = new WorkerThread({ name: 'checkpoint', script, workerData, idleMs, log });
    store.onCommit = () => {
      this.#commits++;
      if (this.#quiet) this.#quiet.refresh();
      // Commits of an idle engine must not wake it up again.
      else if (this.#isLong()) this.#quiet = setTimeout(() => this.#emptyLog(), quietMs).unref();
      if (this.#commits >= commits || this.#hasGrown()) this.#ask();
    };
    store.leaveAllCheckpoints(true);
  }

  async close(): Promise<void> {
    this.#leaveToSqlite();
    await this.#thread.close();
  }

  #hasGrown(): boolean {
    if (this.#commits % commitsPerLook !== 0) return false;
    const length = this.#logLength();
    // It was emptied.
    if (length < this.#length) this.#length = length;
    return length - this.#length > this.#growth;
  }

  /** 0 if it cannot be read: a write that has succeeded must not fail for that. */
  #logLength(): number {
    try {
      return statSync(join(this.store.dataDir, `${databaseName}-wal`)).size;
    } catch {
      return 0;
    }
  }

  #isLong(): boolean {
    return this.#logLength() > maxQuietLength;
  }

  #emptyLog(): void {
    this.#quiet = undefined;
    if (this.#isLong()) this.#ask({ isQuiet: true });
  }

  #ask({ isQuiet } = { isQuiet: false }): void {
    this.#due = this.#isAsked ? { isQuiet } : undefined;
    if (this.#isAsked || this.store.onCommit === undefined) return;
    this.#isAsked = true;
    this.#commits = 0;
    this.#length = this.#logLength();
    this.#growth = anyGrowth();
    this.#thread
      .request('checkpoint', isQuiet, { isBackground: true, isRepeatable: true })
      .catch((error: unknown) => {
        if (this.store.onCommit === undefined) return;
        this.#leaveToSqlite();
        this.log(`Checkpoints are made without a worker from now on: ${String(error)}`);
      })
      .finally(() => {
        this.#isAsked = false;
        if (this.#due) this.#ask(this.#due);
      });
  }

  #leaveToSqlite(): void {
    clearTimeout(this.#quiet);
    this.store.onCommit = undefined;
    this.store.leaveAllCheckpoints(false);
  }
}

function anyGrowth(): number {
  return minGrowth + Math.random() * (maxGrowth - minGrowth);
}
