import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { StepTurn } from './runTables';

/** A passage that a file search has found. */
export interface FoundPassage {
  /** The number of the search in its thread. */
  search: number;
  /** The index of the passage among its results. */
  passage: number;
  fileName: string;
}

/** What the calls of a thread have found and written, for its answers to cite and link to. */
export class CallResultTables {
  readonly #statements = new Map<string, StatementSync>();

  constructor(private readonly db: DatabaseSync) {}

  /** Enters the searches and files of a step's turn. */
  note(stepId: string, { searches = {}, files = {} }: StepTurn): void {
    for (const [callId, { number, passages }] of Object.entries(searches)) {
      const found = passages.map(({ file_id, file_name }) => [file_id, file_name]);
      const sql = `INSERT OR REPLACE INTO thread_searches
        SELECT thread_id, ?, id, ?, ? FROM run_steps WHERE id = ?`;
      this.#prepare(sql).run(number, callId, JSON.stringify(found), stepId);
    }
    for (const [name, fileId] of Object.entries(files)) {
      const sql = 'INSERT OR REPLACE INTO thread_files SELECT thread_id, ?, ? FROM run_steps WHERE id = ?';
      this.#prepare(sql).run(name, fileId, stepId);
    }
  }

  nextNumber(threadId: string): number {
    const sql = 'SELECT MAX(number) + 1 AS next FROM thread_searches WHERE thread_id = ?';
    return (this.#get(sql, threadId)?.['next'] ?? 0) as number;
  }

  /** Where the results of a search are stored. */
  placeOf(threadId: string, number: number): { stepId: string; callId: string } | undefined {
    const sql = 'SELECT step_id, call_id FROM thread_searches WHERE thread_id = ? AND number = ?';
    const row = this.#get(sql, threadId, number);
    return row && { stepId: row['step_id'] as string, callId: row['call_id'] as string };
  }

  fileOf(threadId: string, search: number, passage: number): string | undefined {
    const sql = `SELECT files ->> ('$[' || CAST(? AS INTEGER) || '][0]') AS file_id FROM thread_searches
      WHERE thread_id = ? AND number = ?`;
    return (this.#get(sql, passage, threadId, search)?.['file_id'] ?? undefined) as string | undefined;
  }

  newestPassage(threadId: string, fileId: string): FoundPassage | undefined {
    const sql = `SELECT number, passage.key AS passage, passage.value ->> '$[1]' AS name
      FROM thread_searches, json_each(files) AS passage
      WHERE thread_id = ? AND passage.value ->> '$[0]' = ? ORDER BY number DESC, passage.key LIMIT 1`;
    const row = this.#get(sql, threadId, fileId);
    if (!row) return undefined;
    const { number, passage, name } = row;
    return { search: number as number, passage: passage as number, fileName: name as string };
  }

  writtenFiles(threadId: string): Map<string, string> {
    const rows = this.#prepare('SELECT name, file_id FROM thread_files WHERE thread_id = ?').all(threadId);
    return new Map(rows.map((row) => [row['name'] as string, row['file_id'] as string]));
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}
