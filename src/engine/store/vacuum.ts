import type { DatabaseSync } from 'node:sqlite';

/** So many free pages stay in the file, for what is written next. */
const keptPages = 64;

/** Value of `PRAGMA auto_vacuum` for files that can be shrunk in pieces. */
const incremental = 2;

/**
 * Returns up to `limit` free pages of the database file to the disk, if it has many. Returns whether it did. The
 * file itself gets shorter at the next checkpoint.
 */
export function vacuumPiece(db: DatabaseSync, limit: number): boolean {
  const free = numberOf(db, 'freelist_count');
  if (free <= keptPages || numberOf(db, 'auto_vacuum') !== incremental) return false;
  db.exec(`PRAGMA incremental_vacuum(${Math.min(limit, free - keptPages)})`);
  if (free - limit <= keptPages) db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  return true;
}

function numberOf(db: DatabaseSync, pragma: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
}
