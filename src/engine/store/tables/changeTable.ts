import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** One entry of the change log. */
export interface ChangeRow {
  seq: number;
  /** The API path of the write: `/v1/threads/thread_x/messages`. */
  path: string;
}

/** Entries stored; readers poll often enough never to fall this far behind. */
const maxRows = 1000;
/** Entries that are deleted at once: each deletion writes one more page. */
const deletedRows = 50;

/** The change log of the data folder: the latest writes of all its engines, which each reads to see the others' changes. */
export class ChangeTable {
  #insert: StatementSync | undefined;

  constructor(private readonly db: DatabaseSync) {}

  add(engine: string, path: string): void {
    this.#insert ??= this.db.prepare('INSERT INTO writes (engine, path) VALUES (?, ?)');
    const seq = Number(this.#insert.run(engine, path).lastInsertRowid);
    if (seq % deletedRows === 0) this.db.prepare('DELETE FROM writes WHERE seq <= ?').run(seq - maxRows);
  }

  /** The `seq` of the last write; 0 if there is none. */
  last(): number {
    return Number(this.db.prepare('SELECT MAX(seq) AS last FROM writes').get()?.['last'] ?? 0);
  }

  /** The writes after `seq`, except those of `engine` itself. */
  since(seq: number, engine: string): ChangeRow[] {
    return this.db
      .prepare('SELECT seq, path FROM writes WHERE seq > ? AND engine <> ? ORDER BY seq')
      .all(seq, engine) as unknown as ChangeRow[];
  }

  /** SQLite's `data_version`: changes when another connection commits. Cheap enough to poll. */
  version(): number {
    return Number(this.db.prepare('PRAGMA data_version').get()?.['data_version']);
  }
}
