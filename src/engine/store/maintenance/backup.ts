import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { busyTimeout, databaseName } from '../database';
import { filesFolder } from '../fileContents';
import { migrations } from '../migrations';
import { openError } from '../storeErrors';

/** What a snapshot of the database has. */
export interface Snapshot {
  /** The number of migrations that its format has. */
  format: number;
  /** The ids of the files, whose contents are beside the database. */
  fileIds: string[];
}

/** Writes the database as it is now to another file, while it is in use. */
export function snapshot(dataDir: string, target: string): Snapshot {
  const file = join(dataDir, databaseName);
  const db = new DatabaseSync(file, { readOnly: true, timeout: busyTimeout });
  try {
    db.prepare('VACUUM INTO ?').run(target);
  } catch (error) {
    throw openError(error, file, dataDir);
  } finally {
    db.close();
  }
  const copy = new DatabaseSync(target);
  try {
    // The copy is not open.
    copy.exec('DELETE FROM engines; DELETE FROM writes');
    return readSnapshot(copy);
  } finally {
    copy.close();
  }
}

function readSnapshot(db: DatabaseSync): Snapshot {
  const { user_version: format } = db.prepare('PRAGMA user_version').get() as { user_version: number };
  const rows = db.prepare('SELECT id FROM files ORDER BY seq').all();
  return { format, fileIds: rows.map((row) => row['id'] as string) };
}

/** What a check of a restored folder has found. */
export interface BackupCheck {
  /** Why it cannot be used. */
  error?: 'newer' | 'damaged' | 'notOurs';
  /** Ids of the files whose contents are missing or not as long as they were. */
  missing: string[];
}

/** The tables that every version has. */
const neededTables = ['assistants', 'threads', 'messages', 'runs', 'run_steps', 'files', 'engines'];

/** Checks the database of a folder that is to be restored, and the contents beside it. Changes nothing. */
export function checkBackup(folder: string): BackupCheck {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(folder, databaseName), { readOnly: true });
    const { user_version: format } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (format > migrations.length) return { error: 'newer', missing: [] };
    const [found] = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {});
    if (found !== 'ok') return { error: 'damaged', missing: [] };
    const tables = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
    const names = new Set(tables.map(({ name }) => name));
    if (format === 0 || neededTables.some((name) => !names.has(name)))
      return { error: 'notOurs', missing: [] };
    const files = db.prepare(`SELECT id, body ->> '$.bytes' AS bytes FROM files`).all();
    const missing = files.filter(({ id, bytes }) => sizeOf(folder, id as string) !== Number(bytes));
    return { missing: missing.map(({ id }) => id as string) };
  } catch {
    return { error: 'damaged', missing: [] };
  } finally {
    db?.close();
  }
}

function sizeOf(folder: string, id: string): number | undefined {
  // An id of another form could lead out of the folder.
  if (!/^[A-Za-z0-9_-]+$/.test(id)) return undefined;
  return statSync(join(folder, filesFolder, id), { throwIfNoEntry: false })?.size;
}

/** A process that has the data open. */
export interface DataUser {
  pid: number;
  host: string;
}

/** The engines that have registered with a database, perhaps of processes that have ended. */
export function usersOf(dataDir: string): DataUser[] {
  const db = new DatabaseSync(join(dataDir, databaseName), { readOnly: true, timeout: busyTimeout });
  try {
    return db.prepare('SELECT host, pid FROM engines').all() as unknown as DataUser[];
  } finally {
    db.close();
  }
}
