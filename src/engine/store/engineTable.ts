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

  add(row: EngineRow): void {
    this.db
      .prepare('INSERT INTO engines (id, host, pid, beats) VALUES (?, ?, ?, ?)')
      .run(row.id, row.host, row.pid, row.beats);
  }

  /** Counts one more sign of life. False where the others have given this engine up. */
  beat(id: string): boolean {
    return this.db.prepare('UPDATE engines SET beats = beats + 1 WHERE id = ?').run(id).changes > 0;
  }

  remove(id: string): void {
    this.db.prepare('DELETE FROM engines WHERE id = ?').run(id);
  }

  all(): EngineRow[] {
    return this.db.prepare('SELECT id, host, pid, beats FROM engines').all() as unknown as EngineRow[];
  }
}
