import type { DatabaseSync } from 'node:sqlite';

/** An engine that has the data folder open. */
export interface EngineRow {
  id: string;
  /** The host and, on Linux, its boot and PID namespace: where `pid` is unique. Version 0.1 stored the host alone. */
  host: string;
  pid: number;
  /** Heartbeats so far. */
  beats: number;
}

/** The engines that share the data folder, each with its count of heartbeats. */
export class EngineTable {
  constructor(private readonly db: DatabaseSync) {}

  /** Counts a heartbeat. The first one adds the engine, as does one after it was removed as dead. */
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
