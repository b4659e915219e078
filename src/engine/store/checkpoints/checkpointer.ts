import { WorkerThread } from '../../worker/workerThread';
import type { DatabaseTask } from '../maintenance/databaseTasks';

/**
 * Write transactions of this engine between two checkpoints: about 20 MB. While one waits for the disk, the writes of all
 * engines are slower.
 */
const defaultCommits = 1000;

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
 * and SQLite makes it as part of a write transaction: of one in a hundred.
 */
export class Checkpointer {
  readonly #thread: WorkerThread;
  #commits = 0;
  #isAsked = false;

  /** `script` is the path of the built database worker. */
  constructor(
    private readonly store: CheckpointedStore,
    script: string,
    private readonly log: (message: string) => void,
    private readonly commitsBetween = defaultCommits,
  ) {
    const workerData: DatabaseTask = { dataDir: store.dataDir, kind: 'checkpoints' };
    this.#thread = new WorkerThread({ name: 'checkpoint', script, workerData, idleMs, log });
    store.onCommit = () => {
      this.#commits++;
      this.#askIfDue();
    };
    store.leaveAllCheckpoints(true);
  }

  async close(): Promise<void> {
    this.#leaveToSqlite();
    await this.#thread.close();
  }

  #askIfDue(): void {
    const { onCommit } = this.store;
    if (onCommit === undefined || this.#commits < this.commitsBetween || this.#isAsked) return;
    this.#commits = 0;
    this.#isAsked = true;
    this.#thread
      .request('checkpoint', undefined, { isBackground: true, isRepeatable: true })
      .catch((error: unknown) => {
        if (this.store.onCommit === undefined) return;
        this.#leaveToSqlite();
        this.log(`Checkpoints are made without a worker from now on: ${String(error)}`);
      })
      .finally(() => {
        this.#isAsked = false;
        this.#askIfDue();
      });
  }

  #leaveToSqlite(): void {
    this.store.onCommit = undefined;
    this.store.leaveAllCheckpoints(false);
  }
}
