import type { DatabaseSync } from 'node:sqlite';

/** A write that an engine accepted. */
export interface ChangeRow {
  seq: number;
  /** What was written to, as the API names it: `/v1/threads/thread_x/messages`. */
  path: string;
}

/** Writes that are kept: those who read them are never further behind than moments. */
const maxRows = 1000;

/** The last writes of all engines on the data folder, by which each learns what the others did. */
export class ChangeTable {
  constructor(private readonly db: DatabaseSync) {}

  add(engine: string, path: string): void {
    const { lastInsertRowid } = this.db
      .prepare('INSERT INTO writes (engine, path) VALUES (?, ?)')
      .run(engine, path);
    this.db.prepare('DELETE FROM writes WHERE seq <= ?').run(Number(lastInsertRowid) - maxRows);
  }

  /** The number of the last write. */
  last(): number {
    return Number(this.db.prepare('SELECT MAX(seq) AS last FROM writes').get()?.['last'] ?? 0);
  }

  /** What came after a write, without what one engine wrote itself. */
  since(seq: number, engine: string): ChangeRow[] {
    return this.db
      .prepare('SELECT seq, path FROM writes WHERE seq > ? AND engine <> ? ORDER BY seq')
      .all(seq, engine) as unknown as ChangeRow[];
  }

  /** A number that is another one once somebody else has written to the database; asking costs next to nothing. */
  version(): number {
    return Number(this.db.prepare('PRAGMA data_version').get()?.['data_version']);
  }
}
