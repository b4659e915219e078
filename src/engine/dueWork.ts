import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isAlive } from './process/isAlive';
import { processSpace } from './process/processSpace';
import { databaseName, openUnchecked, restoreJournalName } from './store/database';
import { networkFileSystemOf } from './store/networkFileSystem';

/** Milliseconds for which a look holds while the database is not written to: some work becomes due by itself. */
const maxAge = 60_000;

/**
 * The rows of what an engine does without a request, at its first tick and later, except for the copies of files at
 * providers: whether these can be deleted is known once the connections are. Written out here, and not asked of the tables:
 * their modules are a good part of the engine, which this is to save. Each condition is that of an index.
 */
const due = [
  `FROM runs WHERE status IN ('queued', 'in_progress', 'requires_action', 'cancelling')`,
  'FROM thread_words_queue',
  'FROM threads WHERE copied_by IS NOT NULL',
  'FROM threads WHERE trashed_at <= unixepoch() - 30 * 86400',
  `FROM files WHERE body ->> '$.expires_at' IS NOT NULL AND body ->> '$.expires_at' <= unixepoch()`,
  `FROM vector_store_files WHERE status = 'in_progress'`,
  'FROM vector_stores WHERE emptied > 0',
  `FROM vector_stores WHERE body ->> '$.expired' IS NULL
   AND body ->> '$.last_active_at' + (body ->> '$.expires_after.days') * 86400 <= unixepoch()`,
  'FROM search_files WHERE vector_store_id IS NULL',
  'FROM search_files WHERE outdated_from IS NOT NULL AND ready = 1',
  'FROM search_vectors',
];

/**
 * Tells whether an engine that opened a data folder would have something to do without a request: resume a run, read a file
 * or empty the trash, for example. It takes a few milliseconds; to load and open an engine takes fifty.
 */
export class DueWork {
  readonly #file: string;
  /** The time of the last look, and what the database's files were then. */
  #lookedAt = -Infinity;
  #seen = '';
  #isOnNetwork: boolean | undefined;

  constructor(private readonly dataDir: string) {
    this.#file = join(dataDir, databaseName);
  }

  /** Whether there is work that no engine does. True if that cannot be told: the engine reports why it cannot open the data. */
  isThere(): boolean {
    try {
      return this.#isThere();
    } catch {
      return true;
    }
  }

  #isThere(): boolean {
    const { dataDir } = this;
    if (existsSync(join(dataDir, restoreJournalName))) return true;
    if (!existsSync(this.#file)) return false;
    // Another computer may write there, and only an engine can claim the right to.
    if ((this.#isOnNetwork ??= networkFileSystemOf(dataDir) !== undefined)) return true;
    const files = this.#files();
    const now = performance.now();
    if (files === this.#seen && now - this.#lookedAt < maxAge) return false;
    this.#seen = files;
    this.#lookedAt = now;
    return this.#look();
  }

  /** The sizes and times of the database's files. An empty log is as good as none: a look leaves one. */
  #files(): string {
    const of = (file: string): string => {
      const found = statSync(file, { throwIfNoEntry: false });
      return found?.size ? `${found.size} ${found.mtimeMs}` : '';
    };
    return [this.#file, `${this.#file}-wal`].map(of).join(', ');
  }

  #look(): boolean {
    const db = openUnchecked(this.dataDir);
    // An engine brings it up to date, or says that it is too new.
    if (!db) return true;
    try {
      const sql = due.map((rows) => `EXISTS (SELECT 1 ${rows})`).join(' OR ');
      if (db.prepare(`SELECT ${sql} AS is_due`).get()?.['is_due'] !== 1) return false;
      // An engine that is killed changes nothing in the files: the next look must not rely on this one.
      this.#seen = '';
      return !hasLivingEngine(db);
    } finally {
      db.close();
    }
  }
}

/** Whether a process of this computer has an engine of the data folder, which does what is to be done. */
function hasLivingEngine(db: DatabaseSync): boolean {
  const rows = db.prepare('SELECT pid FROM engines WHERE host = ?').all(processSpace);
  return rows.some(({ pid }) => isAlive(pid as number));
}
