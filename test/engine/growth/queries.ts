import {
  DatabaseSync,
  type SQLOutputValue,
  type StatementResultingChanges,
  StatementSync,
} from 'node:sqlite';
import { afterTest } from '../support';

/** What the engines of this process have asked SQLite since the counting began. */
export interface Queries {
  /** The statements that were executed, in order. */
  readonly sql: string[];
  /** Rows that were returned, and the characters of their texts. */
  rows: number;
  characters: number;
}

type Row = Record<string, SQLOutputValue>;

/** Counts until the end of the test. */
export function countQueries(): Queries {
  const queries: Queries = { sql: [], rows: 0, characters: 0 };
  const note = (statement: StatementSync, rows: readonly (Row | undefined)[]): void => {
    queries.sql.push(statement.sourceSQL);
    for (const row of rows) {
      if (!row) continue;
      queries.rows++;
      for (const value of Object.values(row))
        if (typeof value === 'string') queries.characters += value.length;
    }
  };
  /* eslint-disable @typescript-eslint/unbound-method */
  const { all, get, run } = StatementSync.prototype;
  const { exec } = DatabaseSync.prototype;
  /* eslint-enable @typescript-eslint/unbound-method */
  StatementSync.prototype.all = function (this: StatementSync, ...values: unknown[]) {
    const rows = Reflect.apply(all, this, values) as Row[];
    note(this, rows);
    return rows;
  };
  StatementSync.prototype.get = function (this: StatementSync, ...values: unknown[]) {
    const row = Reflect.apply(get, this, values) as Row | undefined;
    note(this, [row]);
    return row;
  };
  StatementSync.prototype.run = function (this: StatementSync, ...values: unknown[]) {
    note(this, []);
    return Reflect.apply(run, this, values) as StatementResultingChanges;
  };
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
    queries.sql.push(sql);
    exec.call(this, sql);
  };
  afterTest(() => {
    Object.assign(StatementSync.prototype, { all, get, run });
    DatabaseSync.prototype.exec = exec;
  });
  return queries;
}

/** What `work` asks SQLite. `queries` has to be counting. */
export async function askedIn(queries: Queries, work: () => Promise<unknown>): Promise<Queries> {
  const before = { ...queries, from: queries.sql.length };
  await work();
  return {
    sql: queries.sql.slice(before.from),
    rows: queries.rows - before.rows,
    characters: queries.characters - before.characters,
  };
}

/** Watches a count that grows; the function returned ends that, and returns by how much it grew at most in one turn. */
export function mostInOneTurn(count: () => number): () => number {
  let most = 0;
  let before = 0;
  let isOver = false;
  const watch = (): void => {
    most = Math.max(most, count() - before);
    before = count();
    if (!isOver) setImmediate(watch);
  };
  watch();
  return () => {
    isOver = true;
    watch();
    return most;
  };
}
