import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { migrations } from './migrations';

/** The name of the database in the data folder. */
export const databaseName = 'assistants.db';

/**
 * Opens the database of a data folder, made or migrated as needed.
 * Throws an error that names the file where it was written by a newer version, or cannot be read.
 */
export function openDatabase(dataDir: string): DatabaseSync {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, databaseName);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 5000 });
    refuseNewer(db, file);
    // A commit in the WAL survives the death of the process; NORMAL leaves out the fsync a commit.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    migrate(db);
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof StoreError) throw error;
    throw new StoreError(`The database ${file} could not be opened: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The database cannot be used; the message names it and says why. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

function version(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}

function refuseNewer(db: DatabaseSync, file: string): void {
  const found = version(db);
  if (found <= migrations.length) return;
  throw new StoreError(
    `The database ${file} was written by a newer version of Assistants Studio (format ${found}, this one reads up to ` +
      `${migrations.length}). It was left as it is. Update Assistants Studio, or move the file away to start afresh.`,
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
    db.exec('ROLLBACK');
    throw error;
  }
}
