import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { busyTimeout, databaseName } from '../database';
import { lostError, storeErrorOf } from '../storeErrors';
import { checkpoint } from './vacuum';
import { WriteTurns } from '../writeTurns';

/** Milliseconds between attempts to lock the database while another program has it locked. */
const lockInterval = 5;

/** Milliseconds from a write to the checkpoint. */
const checkpointDelay = 200;

/** A worker's own connection to a database that the host has open. */
export interface WorkerDatabase {
  database: DatabaseSync;
  /** Runs `work` in a write transaction, in turns with the host. Keep it short: the host waits for its end. */
  transaction: <R>(work: () => R) => R;
  /** Whether the database can be written to now: no other program has it locked, and the host has not sealed it. */
  canLock: () => boolean;
  close: () => void;
}

/** Opens the database of a data folder in a worker. `turns` is the buffer of the host's `WriteTurns`. */
export function openForWorker(dataDir: string, buffer: SharedArrayBuffer): WorkerDatabase {
  const file = join(dataDir, databaseName);
  const inodeNow = () => statSync(file, { throwIfNoEntry: false })?.ino;
  const inode = inodeNow();
  // SQLite would create it.
  if (inode === undefined) throw lostError(file);
  const database = new DatabaseSync(file, { timeout: busyTimeout });
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON');
  const turns = new WriteTurns(buffer);
  const pause = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const tryBegin = (): void => {
    turns.workerEnters();
    try {
      // Without waiting: the host would wait too.
      database.exec('PRAGMA busy_timeout = 0; BEGIN IMMEDIATE');
    } catch (error) {
      turns.workerLeaves();
      throw error;
    } finally {
      database.exec(`PRAGMA busy_timeout = ${busyTimeout}`);
    }
  };
  const isBusy = (error: unknown): boolean => storeErrorOf(error, file)?.kind === 'busy';
  const begin = (): void => {
    for (const end = performance.now() + busyTimeout; ;) {
      try {
        return tryBegin();
      } catch (error) {
        if (!isBusy(error) || performance.now() > end) throw error;
        Atomics.wait(pause, 0, 0, lockInterval);
      }
    }
  };
  /** Errors of other kinds are left to the write. */
  const canLock = (): boolean => {
    if (turns.isSealed) return false;
    try {
      tryBegin();
    } catch (error) {
      return !isBusy(error);
    }
    rollBack(database);
    turns.workerLeaves();
    return true;
  };
  // Not as part of the commit, whose end the host waits for.
  let checkpointing: NodeJS.Timeout | undefined;
  const checkpointLater = (): void => {
    checkpointing ??= setTimeout(() => {
      checkpointing = undefined;
      checkpoint(database);
    }, checkpointDelay).unref();
  };
  let depth = 0;
  const transaction = <R>(work: () => R): R => {
    if (depth > 0) return work();
    if (turns.isSealed) throw new Error(`The database ${file} is not written to any more.`);
    if (inodeNow() !== inode) throw lostError(file);
    begin();
    depth++;
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      rollBack(database);
      throw error;
    } finally {
      depth--;
      turns.workerLeaves();
      checkpointLater();
    }
  };
  const close = (): void => {
    clearTimeout(checkpointing);
    database.close();
  };
  return { database, transaction, canLock, close };
}

/** Rolls back, unless SQLite has already done so, as it does when the disk is full or fails. */
function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // The error that caused the rollback is the one to report.
  }
}
