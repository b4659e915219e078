import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openError, StoreError } from './storeErrors';
import { migrations } from './migrations';

export { StoreError } from './storeErrors';

/** The name of the database in the data folder. */
export const databaseName = 'assistants.db';

/** Databases up to this size are read through before they are used, in bytes: some 10 ms. One that is to be migrated always is. */
const maxCheckedBytes = 16 * 1024 * 1024;

/**
 * Opens the database of a data folder, made or migrated as needed. Throws StoreError, which names the
 * file and what to do, where it was written by a newer version, is damaged, or cannot be used. Such a
 * file is left as it is, to the byte.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  const file = join(dataDir, databaseName);
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true });
    inspect(file);
    db = new DatabaseSync(file, { timeout: 5000 });
    rejectNewer(db, file);
    // A commit in the WAL survives the death of the process; NORMAL leaves out the fsync a commit.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof StoreError ? error : openError(error, file, dataDir);
  }
}

/** Looks at what is there in a way that cannot change it: to open a database for writing may do so. */
function inspect(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5000 });
  try {
    rejectNewer(db, file);
    if (size > maxCheckedBytes && version(db) === migrations.length) return;
    const [found] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (found !== 'ok') throw Object.assign(new Error(String(found)), corrupt);
  } finally {
    db.close();
  }
}

/** As SQLite reports damage that it meets by itself. */
const corrupt = { code: 'ERR_SQLITE_ERROR', errcode: 11 };

function version(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

/** Throws where the database has a format that this version does not know, since it was opened perhaps. */
export function rejectNewer(db: DatabaseSync, file: string): void {
  const found = version(db);
  if (found <= migrations.length) return;
  throw new StoreError(
    `The database ${file} was written by a newer version of Assistants Studio (format ${found}, this one reads up to ` +
      `${migrations.length}). It was left as it is. Update Assistants Studio, or move the file away to start afresh.`,
    'newer',
    file,
  );
}

function migrate(db: DatabaseSync): void {
  if (version(db) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Asked again under the lock: another window may have migrated meanwhile.
    for (const sql of migrations.slice(version(db))) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** SQLite rolls back by itself where the disk is full or fails, and then there is nothing left to do. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // The error that led here says more.
  }
}
