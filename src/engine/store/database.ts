import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openError, StoreError } from './storeErrors';
import { migrations } from './migrations';

export { StoreError } from './storeErrors';

/** File name of the database in the data folder. */
export const databaseName = 'assistants.db';

/** Milliseconds that a write waits while another connection has the database locked. It blocks the process. */
export const busyTimeout = 5000;

/**
 * Up to this size in bytes, a database is checked for damage when opened (about 10 ms). One that needs
 * migration always is.
 */
const maxCheckedBytes = 16 * 1024 * 1024;

/**
 * Opens the database of a data folder and creates or migrates it if needed. Throws StoreError, which names
 * the file and what to do, if it was written by a newer version, is damaged or cannot be used. Such a
 * file is not changed by a single byte.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  const file = join(dataDir, databaseName);
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true });
    inspect(file);
    db = new DatabaseSync(file, { timeout: busyTimeout });
    rejectNewer(db, file);
    // Lets deletions shrink the file in pieces. It can be set only before there are tables.
    if (version(db) === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    // A commit in the WAL survives a crash of the process; NORMAL skips the fsync after each commit.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    // Migrations may replace a table that others refer to.
    db.exec('PRAGMA foreign_keys = OFF');
    migrate(db);
    db.exec('PRAGMA foreign_keys = ON');
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof StoreError ? error : openError(error, file, dataDir);
  }
}

/** Opens an existing database of this version for reading only. Throws StoreError as `openDatabase` does. */
export function openForReading(dataDir: string): DatabaseSync {
  const file = join(dataDir, databaseName);
  let db: DatabaseSync | undefined;
  try {
    inspect(file);
    db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeout });
    if (version(db) !== migrations.length) throw new Error('it was written by another version');
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof StoreError ? error : openError(error, file, dataDir);
  }
}

/** Checks an existing database on a read-only connection: opening it for writing could already change it. */
function inspect(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  const db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeout });
  try {
    rejectNewer(db, file);
    if (size > maxCheckedBytes && version(db) === migrations.length) return;
    const [found] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (found !== 'ok') throw Object.assign(new Error(String(found)), corrupt);
  } finally {
    db.close();
  }
}

/** The fields of the error that SQLite itself throws for a damaged file (SQLITE_CORRUPT). */
const corrupt = { code: 'ERR_SQLITE_ERROR', errcode: 11 };

function version(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

/**
 * Throws StoreError if the database has a newer format, which another window may have migrated it to after it
 * was opened here.
 */
export function rejectNewer(db: DatabaseSync, file: string): void {
  const found = version(db);
  if (found <= migrations.length) return;
  throw new StoreError(
    `The database ${file} was written by a newer version of Assistants Studio (format ${found}, this one reads up to ` +
      `${migrations.length}). It was left unchanged. Update Assistants Studio, or move the file away to start fresh.`,
    'newer',
    file,
  );
}

function migrate(db: DatabaseSync): void {
  if (version(db) === migrations.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another window may have migrated meanwhile.
    for (const sql of migrations.slice(version(db))) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec('COMMIT');
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** Rolls back, unless SQLite has already done so, as it does when the disk is full or fails. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // The error that caused the rollback is the one to report.
  }
}
