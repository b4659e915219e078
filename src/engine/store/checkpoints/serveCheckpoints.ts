import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { MessagePort } from 'node:worker_threads';
import { serveRequests } from '../../worker/serveRequests';
import { databaseName } from '../database';
import { lostError } from '../storeErrors';
import { checkpointLog } from './checkpointLog';

/** Milliseconds that a checkpoint under the lock for writing waits for readers; all who write wait, too. */
const readersTimeout = 50;

/** Makes checkpoints of a database that the host has open, in a worker thread, when the host asks for one. */
export function serveCheckpoints(port: MessagePort, dataDir: string): void {
  const file = join(dataDir, databaseName);
  // SQLite would create it.
  if (!existsSync(file)) throw lostError(file);
  const db = new DatabaseSync(file, { timeout: readersTimeout });
  db.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
  serveRequests(port, {
    handlers: { checkpoint: (isQuiet: boolean) => checkpointLog(db, isQuiet) },
    stop: () => Promise.resolve(),
    close: () => db.close(),
  });
}
