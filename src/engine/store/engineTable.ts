import type { DatabaseSync } from 'node:sqlite';

/** A process at work on the data folder. */
export interface EngineRow {
  id: string;
  host: string;
  pid: number;
  /** Grows while the process lives. */
  beats: number;
}

/** The processes that share the data folder, each with a count that grows while it lives. */
export class EngineTable {
  constructor(private readonly db: DatabaseSync) {}

  /** Counts one more sign of life; the first one, or one after it was given up for dead, enters it anew. */
  heartbeat({ id, host, pid }: Omit<EngineRow, 'beats'>): void {
    this.db
      .prepare(
        `INSERT INTO engines (id, host, pid, beats) VALUES (?, ?, ?, 0)
         ON CONFLICT (id) DO UPDATE SET beats = beats + 1`,
      )
      .run(id, host, pid);
  }

  remove(id: string): void {
    this.db.prepare('DELETE FROM engines WHERE id = ?').run(id);
  }

  has(id: string): boolean {
    return this.db.prepare('SELECT 1 FROM engines WHERE id = ?').get(id) !== undefined;
  }

  all(): EngineRow[] {
    return this.db.prepare('SELECT id, host, pid, beats FROM engines').all() as unknown as EngineRow[];
  }
}
