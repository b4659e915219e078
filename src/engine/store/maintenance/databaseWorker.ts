/**
 * Entry point of the worker thread for what holds up its thread: migrating a database and compacting it, for seconds, and
 * its checkpoints.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { checkBackup, snapshot, usersOf } from './backup';
import { serveCheckpoints } from '../checkpoints/serveCheckpoints';
import { compact, sizes } from './compact';
import { openDatabase } from '../database';
import { StoreError } from '../storeErrors';
import { shrinkLog } from './vacuum';
import type { DatabaseTask, FromDatabaseWorker } from './databaseTasks';

/** Milliseconds that it waits for another window, which may migrate the same database. */
const maxWaitMs = 120_000;

const { dataDir, kind, target = '' } = workerData as DatabaseTask;

function send(message: FromDatabaseWorker): void {
  parentPort!.postMessage(message);
}

/** Migrates the database; the engine that opens it next finds nothing to do, and no long log to read. */
function migrate(): void {
  for (const end = performance.now() + maxWaitMs; ;) {
    try {
      const db = openDatabase(dataDir, (done) => send({ type: 'progress', done }));
      shrinkLog(db);
      db.close();
      return;
    } catch (error) {
      const isBusy = error instanceof StoreError && error.kind === 'busy';
      if (!isBusy || performance.now() > end) throw error;
    }
  }
}

const tasks: Record<Exclude<DatabaseTask['kind'], 'checkpoints'>, () => unknown> = {
  migrate,
  sizes: () => sizes(dataDir),
  compact: () => compact(dataDir),
  snapshot: () => snapshot(dataDir, target),
  checkBackup: () => checkBackup(dataDir),
  users: () => usersOf(dataDir),
};

function runTask(kind: keyof typeof tasks): void {
  try {
    send({ type: 'done', result: tasks[kind]() });
  } catch (error) {
    const { message } = error as Error;
    const { kind: reason, path } = error as Partial<StoreError>;
    send({ type: 'failed', message, ...(error instanceof StoreError && { reason, path }) });
  }
}

if (kind === 'checkpoints') serveCheckpoints(parentPort!, dataDir);
else runTask(kind);
