import type { DatabaseSync } from 'node:sqlite';

/** So many free pages stay in the file, for what is written next. */
const keptPages = 64;

/** From so many free pages on, the file is shrunk even if no vector store was deleted: 8 MB. */
const manyPages = 2048;

/** Value of `PRAGMA auto_vacuum` for files that can be shrunk in pieces. */
export const incrementalVacuum = 2;

/**
 * Releases up to `limit` free pages of the database file, if it has many. Returns whether it did. Call it in a
 * transaction. The file itself gets shorter with the next checkpoint.
 */
export function vacuumPiece(db: DatabaseSync, limit: number): boolean {
  const free = numberOf(db, 'freelist_count');
  if (free <= keptPages || numberOf(db, 'auto_vacuum') !== incrementalVacuum) return false;
  db.exec(`PRAGMA incremental_vacuum(${Math.min(limit, free - keptPages)})`);
  return true;
}

/** Whether much of the database file is free and can be released. */
export function canShrink(db: DatabaseSync): boolean {
  return numberOf(db, 'freelist_count') > manyPages && numberOf(db, 'auto_vacuum') === incrementalVacuum;
}

/** Copies the log into the database file, as far as readers allow, without waiting for them. */
export function checkpoint(db: DatabaseSync): void {
  db.exec('PRAGMA wal_checkpoint(PASSIVE)');
}

/** Copies all of the log into the database file and empties it, if no other connection reads from it. */
export function shrinkLog(db: DatabaseSync): void {
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
}

export function numberOf(db: DatabaseSync, pragma: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
}
