import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { newId } from '../ids';
import type { LeftOut, StepTurn } from './tables/runTables';
import type { Store } from './store';

/** Rows that are read at once. */
const pageSize = 50;

/** The part of a thread that is copied. */
export interface CopiedPart {
  /** The first message that is not copied, or the last that is. Undefined: all messages are copied. */
  boundary?: { message: Message; isCopied: boolean };
  /** The active run of the thread, which is not copied, nor what it has written. */
  activeRun?: string;
}

/** Where the boundary lies, by the `seq` of the tables. */
interface Limits {
  /** Of the last message that is copied. */
  message: number;
  /** Runs without messages are copied if they were created before, in seconds since the epoch. */
  created: number;
  /** The run of the boundary's message: its steps are copied up to this one. */
  cutRun?: { id: string; step: number };
}

/** Copies the messages of a thread into a new one, with their runs and steps under new ids. */
export class ThreadCopy {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #ids = new Map<string, string>();
  readonly #limits: Limits;

  constructor(
    private readonly store: Store,
    private readonly from: string,
    private readonly to: string,
    private readonly part: CopiedPart,
  ) {
    this.#db = store.database;
    this.#limits = this.#readLimits();
  }

  /** The last message that is copied; `origin`: its id where it was written. Undefined if none is. */
  last(): { id: string; origin: string } | undefined {
    const sql = `SELECT id, coalesce(origin, id) AS origin FROM messages
      WHERE thread_id = ? AND seq <= ? AND run_id IS NOT ? ORDER BY seq DESC LIMIT 1`;
    const row = this.#all(sql, this.from, this.#limits.message, this.part.activeRun ?? '')[0];
    return row && { id: row['id'] as string, origin: row['origin'] as string };
  }

  /** Copies everything; yields after each row, so that the work can be spread over several transactions. */
  *rows(): Generator<void> {
    const runs = this.#copiedRuns();
    yield* this.#runs(runs);
    yield* this.#steps(runs);
    yield* this.#messages();
  }

  *#runs(copied: ReadonlySet<string>): Generator<void> {
    const sql =
      'SELECT seq, id, settings, body FROM runs WHERE thread_id = ? AND seq > ? ORDER BY seq LIMIT ?';
    for (const row of this.#pages(sql)) {
      if (!copied.has(row['id'] as string)) continue;
      const run = JSON.parse(row['body'] as string) as Run;
      const copy: Run = { ...run, id: this.#newId(run.id, 'run'), thread_id: this.to };
      this.store.runs.insert(copy, { settings: row['settings'] as string });
      yield;
    }
  }

  *#steps(copied: ReadonlySet<string>): Generator<void> {
    const sql = `SELECT seq, run_id, thinking, turn, body FROM run_steps
      WHERE thread_id = ? AND seq > ? ORDER BY seq LIMIT ?`;
    const { cutRun } = this.#limits;
    for (const row of this.#pages(sql)) {
      const runId = row['run_id'] as string;
      if (!copied.has(runId)) continue;
      if (runId === cutRun?.id && (row['seq'] as number) > cutRun.step) continue;
      const step = this.#step(JSON.parse(row['body'] as string) as RunStep);
      this.store.steps.insertCopy(step, this.#turn(row['turn'] as string), row['thinking'] as number);
      yield;
    }
  }

  *#messages(): Generator<void> {
    const sql = `SELECT seq, run_id, origin, body FROM messages
      WHERE thread_id = ? AND seq > ? ORDER BY seq LIMIT ?`;
    for (const row of this.#pages(sql)) {
      if ((row['seq'] as number) > this.#limits.message) return;
      const { activeRun } = this.part;
      if (activeRun !== undefined && row['run_id'] === activeRun) continue;
      const message = JSON.parse(row['body'] as string) as Message;
      const copy: Message = {
        ...message,
        id: this.#newId(message.id, 'msg'),
        thread_id: this.to,
        run_id: message.run_id === null ? null : this.#newId(message.run_id, 'run'),
      };
      this.store.messages.insert(copy, { origin: (row['origin'] as string | null) ?? message.id });
      yield;
    }
  }

  #step(step: RunStep): RunStep {
    const { step_details: details } = step;
    return {
      ...step,
      id: this.#newId(step.id, 'step'),
      run_id: this.#newId(step.run_id, 'run'),
      thread_id: this.to,
      step_details:
        details.type === 'message_creation'
          ? {
              ...details,
              message_creation: { message_id: this.#newId(details.message_creation.message_id, 'msg') },
            }
          : details,
    };
  }

  /** The data of a step's model turn. What it left out of its thread is named by the new ids. */
  #turn(json: string): string {
    if (!json.includes('"leftOut"')) return json;
    const turn = JSON.parse(json) as StepTurn;
    if (!turn.leftOut) return json;
    const { from, shortRun, shortStep, omittedStep } = turn.leftOut;
    const renamed: LeftOut = { ...turn.leftOut };
    if (from !== undefined) renamed.from = this.#newId(from, from.startsWith('run') ? 'run' : 'msg');
    if (shortRun !== undefined) renamed.shortRun = this.#newId(shortRun, 'run');
    if (shortStep !== undefined) renamed.shortStep = this.#newId(shortStep, 'step');
    if (omittedStep !== undefined) renamed.omittedStep = this.#newId(omittedStep, 'step');
    return JSON.stringify({ ...turn, leftOut: renamed });
  }

  #newId(id: string, prefix: 'msg' | 'run' | 'step'): string {
    let copy = this.#ids.get(id);
    if (copy === undefined) this.#ids.set(id, (copy = newId(prefix)));
    return copy;
  }

  /** Those that wrote a copied message, and those that wrote none and were created before the boundary. */
  #copiedRuns(): Set<string> {
    const { message, created } = this.#limits;
    const sql = `SELECT DISTINCT run_id AS id FROM messages WHERE thread_id = ?1 AND seq <= ?2 AND run_id IS NOT NULL
      UNION SELECT id FROM runs WHERE thread_id = ?1 AND body ->> '$.created_at' < ?3
        AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.run_id = runs.id)`;
    const ids = this.#all(sql, this.from, message, created).map((row) => row['id'] as string);
    return new Set(ids.filter((id) => id !== this.part.activeRun));
  }

  #readLimits(): Limits {
    const { boundary } = this.part;
    if (!boundary) {
      const [row] = this.#all('SELECT MAX(seq) AS seq FROM messages WHERE thread_id = ?', this.from);
      return { message: (row?.['seq'] as number | null) ?? 0, created: Number.MAX_SAFE_INTEGER };
    }
    const { message, isCopied } = boundary;
    const [row] = this.#all('SELECT seq FROM messages WHERE id = ?', message.id);
    const seq = (row?.['seq'] ?? 0) as number;
    const step = message.run_id === null ? undefined : this.#stepOf(message.run_id, message.id);
    return {
      message: isCopied ? seq : seq - 1,
      created: message.created_at,
      ...(message.run_id !== null &&
        step !== undefined && { cutRun: { id: message.run_id, step: isCopied ? step : step - 1 } }),
    };
  }

  /** The `seq` of the step that wrote a message. */
  #stepOf(runId: string, messageId: string): number | undefined {
    const sql = `SELECT seq FROM run_steps
      WHERE run_id = ? AND body ->> '$.step_details.message_creation.message_id' = ?`;
    return this.#all(sql, runId, messageId)[0]?.['seq'] as number | undefined;
  }

  /** The rows of the thread in a table, page by page: the writes between two rows must not meet an open query. */
  *#pages(sql: string): Generator<Record<string, unknown>> {
    let last = 0;
    for (;;) {
      const rows = this.#all(sql, this.from, last, pageSize);
      for (const row of rows) {
        last = row['seq'] as number;
        yield row;
      }
      if (rows.length < pageSize) return;
    }
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement.all(...values);
  }
}
