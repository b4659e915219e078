import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { unixTime } from '../../ids';

/** How many runs there were, and their tokens. */
export interface UsageCounts {
  runs: number;
  /** Those of them whose model server did not say what all of their turns used. */
  runs_without_usage: number;
  prompt_tokens: number;
  completion_tokens: number;
  /** Of the prompt's tokens, as far as servers say. */
  cached_tokens: number;
  /** Of the completion's tokens, as far as servers say. */
  reasoning_tokens: number;
}

/** What one model has used of a group: of a day, an assistant, a model or a thread. */
export interface UsageRow extends UsageCounts {
  key: string;
  model: string;
}

/** Days as `YYYY-MM-DD`, both included. */
export interface UsageRange {
  start: string;
  end: string;
}

const counts = [
  'runs',
  'runs_without_usage',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
] as const satisfies readonly (keyof UsageCounts)[];

const sums = counts.map((name) => `SUM(${name}) AS ${name}`).join(', ');
const added = counts.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');

/** Threads whose rows are read at once. */
const threadsPerPage = 400;

/** What runs have used, by day, and by day and thread. A deleted thread's part is that of the thread ''. */
export class UsageTables {
  readonly #statements = new Map<string, StatementSync>();

  constructor(private readonly db: DatabaseSync) {}

  /** Adds a run that has ended, or is deleted. One that has made no step has used nothing. Call it in a transaction. */
  add(run: Run): void {
    const used = this.#countsOf(run.id);
    if (used) this.#add(run, used);
  }

  /** Adds the tokens of a turn that a run made after its end. Call it in a transaction. */
  addTokens(run: Run, used: Omit<UsageCounts, 'runs' | 'runs_without_usage'>): void {
    this.#add(run, { ...used, runs: 0, runs_without_usage: 0 });
  }

  #add(run: Run, used: UsageCounts): void {
    const at = run.completed_at ?? run.failed_at ?? run.cancelled_at ?? unixTime();
    const values = [run.assistant_id, run.model, ...counts.map((name) => used[name])];
    this.#insert('usage_days', ['day', 'assistant_id', 'model'], [at, ...values]);
    this.#insert(
      'usage_threads',
      ['day', 'assistant_id', 'model', 'thread_id'],
      [at, ...values, run.thread_id],
    );
  }

  /** What each model has used of each day, or of each assistant or model, in a range. */
  byColumn(column: 'day' | 'assistant_id' | 'model', { start, end }: UsageRange): UsageRow[] {
    const sql = `SELECT ${column} AS key, model, ${sums} FROM usage_days
      WHERE day BETWEEN ? AND ? GROUP BY key, model`;
    return this.#prepare(sql).all(start, end) as unknown as UsageRow[];
  }

  /** The same of threads, in pages, between which other work can be done. Threads come whole. */
  *byThread({ start, end }: UsageRange): Generator<UsageRow[]> {
    // The threads of a page first: a page of rows could end within one.
    const next = `SELECT MAX(thread_id) AS last FROM (
      SELECT DISTINCT thread_id FROM usage_threads WHERE thread_id > ? ORDER BY thread_id LIMIT ${threadsPerPage})`;
    const rows = `SELECT thread_id AS key, model, ${sums} FROM usage_threads
      WHERE thread_id > ? AND thread_id <= ? AND day BETWEEN ? AND ? GROUP BY key, model`;
    const deleted = rows.replace('thread_id > ? AND thread_id <= ?', "thread_id = ''");
    yield this.#prepare(deleted).all(start, end) as unknown as UsageRow[];
    for (let after = ''; ;) {
      const last = this.#prepare(next).get(after)?.['last'] as string | null;
      if (last === null) return;
      yield this.#prepare(rows).all(after, last, start, end) as unknown as UsageRow[];
      after = last;
    }
  }

  /** The sum over the steps of a run, those that only reasoned included; undefined if it has none. */
  #countsOf(runId: string): UsageCounts | undefined {
    const sql = `SELECT COUNT(*) AS steps, SUM(usage IS NULL) AS unknown,
        SUM(usage ->> '$.prompt_tokens') AS prompt, SUM(usage ->> '$.completion_tokens') AS completion,
        SUM(details ->> '$.cached_tokens') AS cached, SUM(details ->> '$.reasoning_tokens') AS reasoning
      FROM (
        SELECT CASE body ->> '$.status' WHEN 'in_progress' THEN turn -> '$.usage'
          ELSE nullif(body -> '$.usage', 'null') END AS usage, turn -> '$.details.usage' AS details
        FROM run_steps WHERE run_id = ?)`;
    const row = this.#prepare(sql).get(runId) as Record<string, number | null>;
    if (row['steps'] === 0) return undefined;
    return {
      runs: 1,
      runs_without_usage: row['unknown'] ? 1 : 0,
      prompt_tokens: row['prompt'] ?? 0,
      completion_tokens: row['completion'] ?? 0,
      cached_tokens: row['cached'] ?? 0,
      reasoning_tokens: row['reasoning'] ?? 0,
    };
  }

  /** The first value is the time whose day it is. */
  #insert(table: string, keys: readonly string[], values: readonly SQLInputValue[]): void {
    const [day, assistant, model, ...more] = keys;
    const columns = [day, assistant, model, ...counts, ...more];
    const places = columns.map((_, index) => (index === 0 ? "date(?, 'unixepoch', 'localtime')" : '?'));
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})
      ON CONFLICT DO UPDATE SET ${added}`;
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}
