import type { DatabaseSync } from 'node:sqlite';

/** A model of a connection, and the server that the connection leads to now. */
export interface ModelKey {
  connection: string;
  /** The provider's own id. */
  model: string;
  server: string;
}

/** What was learned about models, as JSON objects. What was learned from another server is not found. */
export class ModelTraitTable {
  constructor(private readonly db: DatabaseSync) {}

  get({ connection, model, server }: ModelKey): Record<string, unknown> {
    const row = this.db
      .prepare('SELECT traits FROM model_traits WHERE connection = ? AND model = ? AND server = ?')
      .get(connection, model, server);
    return row ? (JSON.parse(row['traits'] as string) as Record<string, unknown>) : {};
  }

  /** Sets traits of a model; an undefined one is removed. Call it in a transaction. */
  set(key: ModelKey, traits: Record<string, unknown>): void {
    const { connection, model, server } = key;
    this.db
      .prepare(
        `INSERT INTO model_traits (connection, model, server, traits) VALUES (?, ?, ?, ?)
         ON CONFLICT (connection, model) DO UPDATE SET server = excluded.server, traits = excluded.traits`,
      )
      .run(connection, model, server, JSON.stringify({ ...this.get(key), ...traits }));
  }
}
