import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { BackupCheck, DataUser, Snapshot } from './backup';
import type { DataSizes } from './compact';
import { isOutdated, type OnMigrating } from '../database';
import { networkFileSystemOf } from '../networkFileSystem';
import { finishRestore } from './restore';
import { StoreError, type StoreErrorKind } from '../storeErrors';

export type { BackupCheck, DataUser, Snapshot } from './backup';
export type { DataSizes } from './compact';
export { replaceData, restoringFolder, undoRestore } from './restore';

/** What the database worker is started with. */
export interface DatabaseTask {
  dataDir: string;
  /** `checkpoints`: answers requests until it is closed. */
  kind: 'migrate' | 'sizes' | 'compact' | 'snapshot' | 'checkBackup' | 'users' | 'checkpoints';
  /** Of `snapshot`: the file to write. */
  target?: string;
}

export type FromDatabaseWorker =
  | { type: 'progress'; done: number }
  | { type: 'done'; result: unknown }
  | { type: 'failed'; message: string; reason?: StoreErrorKind; path?: string };

export interface DatabaseTaskOptions {
  dataDir: string;
  /** Path of the built worker. */
  script: string;
  /** Ends the worker. Nothing of what it did is left half done: it works in transactions. */
  signal?: AbortSignal;
}

/**
 * Brings the database of a data folder to the current format in a worker thread, if it has an earlier one. Call it before
 * `createEngine`, which would do the same on its own thread. If it is interrupted, the next call resumes with the step that
 * it was interrupted in. Throws StoreError.
 */
export async function migrateDatabase(
  options: DatabaseTaskOptions,
  onMigrating: OnMigrating = () => undefined,
): Promise<void> {
  const { dataDir } = options;
  // On a network file system, another computer may have the right to write.
  if (existsSync(dataDir) && networkFileSystemOf(dataDir) !== undefined) return;
  finishRestore(dataDir);
  if (!isOutdated(dataDir)) return;
  await run('migrate', options, onMigrating);
}

/** The size of the database, and how much of it is not used. Throws StoreError. */
export async function databaseSizes(options: DatabaseTaskOptions): Promise<DataSizes> {
  return (await run('sizes', options)) as DataSizes;
}

/**
 * Rewrites the database without its unused pages, in a worker thread. Other engines can read meanwhile, and their writes
 * fail as busy. Does nothing if an engine has something to do. Returns the sizes afterwards. Throws StoreError.
 */
export async function compactDatabase(options: DatabaseTaskOptions): Promise<DataSizes> {
  return (await run('compact', options)) as DataSizes;
}

/** Writes the database as it is now to the file `target`, while it is in use. Throws StoreError. */
export async function snapshotDatabase(options: DatabaseTaskOptions & { target: string }): Promise<Snapshot> {
  return (await run('snapshot', options)) as Snapshot;
}

/** Checks the database of the folder `dataDir`, which is to be restored, and the contents of its files. */
export async function checkBackup(options: DatabaseTaskOptions): Promise<BackupCheck> {
  return (await run('checkBackup', options)) as BackupCheck;
}

/** The processes that have registered with a database, perhaps long ago. */
export async function dataUsers(options: DatabaseTaskOptions): Promise<DataUser[]> {
  return (await run('users', options)) as DataUser[];
}

function run(
  kind: Exclude<DatabaseTask['kind'], 'checkpoints'>,
  { dataDir, script, signal, target }: DatabaseTaskOptions & { target?: string },
  onMigrating: OnMigrating = () => undefined,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const task: DatabaseTask = { dataDir, kind, ...(target !== undefined && { target }) };
    const worker = new Worker(script, { workerData: task });
    const stop = (): void => void worker.terminate();
    signal?.addEventListener('abort', stop, { once: true });
    worker.on('message', (message: FromDatabaseWorker) => {
      if (message.type === 'progress') onMigrating(message.done);
      else if (message.type === 'done') resolve(message.result);
      else if (message.reason === undefined) reject(new Error(message.message));
      else reject(new StoreError(message.message, message.reason, message.path ?? dataDir));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      reject((signal?.reason as Error) ?? new Error(`The database worker ended with code ${code}.`));
    });
  });
}
