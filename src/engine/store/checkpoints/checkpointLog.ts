import type { DatabaseSync } from 'node:sqlite';
import { shrinkLog } from '../maintenance/vacuum';

/** Pages of a log that is too long: 64 MB. */
const maxLogPages = 16_384;

/**
 * Copies the log into the database file while others write. The log starts over once all of it was copied, which does
 * not happen while engines write all the time; one that is too long is then copied under the lock for writing, and its file
 * emptied. So is any if the engine `isQuiet`.
 */
export function checkpointLog(db: DatabaseSync, isQuiet = false): void {
  const pages = db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.['log'] as number;
  if (isQuiet || pages > maxLogPages) shrinkLog(db);
}
