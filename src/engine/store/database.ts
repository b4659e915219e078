import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openError, StoreError } from './storeErrors';
import { migrations } from './migrations';

export { StoreError } from './storeErrors';

/** File name of the database in the data folder. */
export const databaseName = 'assistants.db';

/** File name of the journal of a restore that has not ended. */
export const restoreJournalName = 'restore.json';

/** Milliseconds that a write waits while another connection has the database locked. It blocks the process. */
export const busyTimeout = 5000;

/**
 * Up to this size in bytes, a database is checked for damage when opened (about 10 ms). One that needs
 * migration always is.
 */
const maxCheckedBytes = 16 * 1024 * 1024;

/** Called while a database is migrated, with the share that is done, from 0 to 1. */
export type OnMigrating = (done: number) => void;

/**
 * Opens the database of a data folder and creates or migrates it if needed. A migration that is interrupted resumes with
 * the step that it was interrupted in. Throws StoreError, which names the file and what to do, if it was written by a newer
 * version, is damaged or cannot be used. Such a file is not changed by a single byte.
 */
export function openDatabase(dataDir: string, onMigrating: OnMigrating = () => {}): DatabaseSync {
  const file = join(dataDir, databaseName);
  let db: DatabaseSync | undefined;
  try {
    mkdirSync(dataDir, { recursive: true });
    inspect(file, onMigrating);
    db = new DatabaseSync(file, { timeout: busyTimeout });
    rejectNewer(db, file);
    // Lets deletions shrink the file in pieces. It can be set only before there are tables.
    if (version(db) === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    // A commit in the WAL survives a crash of the process; NORMAL skips the fsync after each commit.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    // Migrations may replace a table that others refer to.
    db.exec('PRAGMA foreign_keys = OFF');
    migrate(db, onMigrating);
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

/**
 * Opens an existing database for a short look, without the check for damage. Undefined if it has the format of another
 * version. Does not wait for a lock.
 */
export function openUnchecked(dataDir: string): DatabaseSync | undefined {
  const db = new DatabaseSync(join(dataDir, databaseName), { readOnly: true });
  try {
    if (version(db) === migrations.length) return db;
  } catch (error) {
    db.close();
    throw error;
  }
  db.close();
  return undefined;
}

/** Checks an existing database on a read-only connection: opening it for writing could already change it. */
function inspect(file: string, onMigrating: OnMigrating = () => {}): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return;
  const db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeout });
  try {
    rejectNewer(db, file);
    if (size > maxCheckedBytes && version(db) === migrations.length) return;
    if (version(db) !== migrations.length) onMigrating(0);
    const [found] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (found !== 'ok') throw Object.assign(new Error(String(found)), corrupt);
  } finally {
    db.close();
  }
}

/** The fields of the error that SQLite itself throws for a damaged file (SQLITE_CORRUPT). */
const corrupt = { code: 'ERR_SQLITE_ERROR', errcode: 11 };

/**
 * Whether a data folder has a database of an earlier version, by the file's header alone: it costs nothing, and is wrong
 * only for a migration whose last pages are still in the log.
 */
export function isOutdated(dataDir: string): boolean {
  const header = Buffer.alloc(versionOffset + 4);
  let file: number | undefined;
  try {
    file = openSync(join(dataDir, databaseName), 'r');
    if (readSync(file, header, 0, header.length, 0) < header.length) return false;
  } catch {
    // Reported when the database is opened.
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
  return header.readUInt32BE(versionOffset) < migrations.length;
}

/** Where the header of a database file has its `user_version`. */
const versionOffset = 60;

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

/** The share of the check for damage, which reads all of the file. */
const checkShare = 0.5;

function migrate(db: DatabaseSync, onMigrating: OnMigrating): void {
  const first = version(db);
  for (let at = first; at < migrations.length; at = version(db)) {
    onMigrating(checkShare + ((1 - checkShare) * (at - first)) / (migrations.length - first));
    // Each format is one that a version has left, so that the next step can be made later; a new database is made at once.
    migrateFrom(db, at === 0 ? migrations.length : 1);
  }
}

/** Makes the next steps in one transaction. */
function migrateFrom(db: DatabaseSync, steps: number): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    // Read again under the lock: another window may have migrated meanwhile.
    const at = version(db);
    const next = migrations.slice(at, at + steps);
    for (const sql of next) db.exec(sql);
    if (next.length > 0) db.exec(`PRAGMA user_version = ${at + next.length}`);
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
