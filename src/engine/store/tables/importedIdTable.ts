import type { DatabaseSync } from 'node:sqlite';

/** An object that was imported under another id than its own. */
export interface ImportedId {
  id: string;
  /** In seconds; null if the object did not say. */
  createdAt: number | null;
}

/** The objects that were imported under new ids, by where they came from and their ids there. */
export class ImportedIdTable {
  constructor(private readonly db: DatabaseSync) {}

  get(source: string, sourceId: string): ImportedId | undefined {
    const row = this.db
      .prepare('SELECT id, created_at FROM imported_ids WHERE source = ? AND source_id = ?')
      .get(source, sourceId);
    return row && { id: row['id'] as string, createdAt: row['created_at'] as number | null };
  }

  set(source: string, sourceId: string, { id, createdAt }: ImportedId): void {
    this.db
      .prepare('INSERT OR REPLACE INTO imported_ids (source, source_id, created_at, id) VALUES (?, ?, ?, ?)')
      .run(source, sourceId, createdAt, id);
  }
}
