import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { StepTurn } from './runTables';

/** A message with its place in the order of creation. */
export interface PlacedMessage {
  seq: number;
  message: Message;
}

/** A step as a prompt needs it, with the data of its model turn: what wrote a message, or calls. */
export type PromptStep = ({ messageId: string } | { calls: RunStep }) & { turn: StepTurn };

/**
 * Reads threads for prompts: many messages or steps by one query. Answers of a run that is executed are left out
 * as its `own`: they are read as its steps.
 */
export class ThreadReader {
  readonly #statements = new Map<string, StatementSync>();

  constructor(private readonly db: DatabaseSync) {}

  /** Messages before one of them, or from the end; newest first. */
  older(threadId: string, before: number, limit: number, own: string): PlacedMessage[] {
    const sql = `SELECT seq, body FROM messages WHERE thread_id = ? AND seq < ? AND ${notOwn}
      ORDER BY seq DESC LIMIT ?`;
    return this.#messages(sql, threadId, before, own, limit);
  }

  /** Messages after one of them, oldest first. */
  newer(threadId: string, after: number, own: string): PlacedMessage[] {
    const sql = `SELECT seq, body FROM messages WHERE thread_id = ? AND seq > ? AND ${notOwn} ORDER BY seq`;
    return this.#messages(sql, threadId, after, own);
  }

  /** The number of messages from one to another, both included. */
  count(threadId: string, from: number, to: number): number {
    const sql = 'SELECT COUNT(*) AS count FROM messages WHERE thread_id = ? AND seq BETWEEN ? AND ?';
    return this.#prepare(sql).get(threadId, from, to)?.['count'] as number;
  }

  /** The ids of the messages that a run has written. */
  idsOfRun(runId: string): Set<string> {
    const rows = this.#prepare('SELECT id FROM messages WHERE run_id = ?').all(runId);
    return new Set(rows.map((row) => row['id'] as string));
  }

  /** The steps of the runs that wrote messages from one to another, by run, oldest first. */
  steps(threadId: string, from: number, to: number): Map<string, PromptStep[]> {
    const sql = `SELECT run_id, seq, ${stepColumns} FROM run_steps WHERE thinking = 0 AND run_id IN (
      SELECT run_id FROM messages WHERE thread_id = ? AND seq BETWEEN ? AND ? AND run_id IS NOT NULL)`;
    const byRun = new Map<string, { seq: number; step: PromptStep }[]>();
    for (const row of this.#prepare(sql).all(threadId, from, to)) {
      const runId = row['run_id'] as string;
      const steps = byRun.get(runId) ?? [];
      steps.push({ seq: row['seq'] as number, step: promptStep(row) });
      byRun.set(runId, steps);
    }
    const inOrder = [...byRun].map(([id, steps]) => [id, steps.sort((a, b) => a.seq - b.seq)] as const);
    return new Map(inOrder.map(([id, steps]) => [id, steps.map(({ step }) => step)]));
  }

  /** The steps of a run, oldest first. */
  stepsOfRun(runId: string): PromptStep[] {
    const sql = `SELECT ${stepColumns} FROM run_steps WHERE run_id = ? AND thinking = 0 ORDER BY seq`;
    return this.#prepare(sql).all(runId).map(promptStep);
  }

  #messages(sql: string, ...values: SQLInputValue[]): PlacedMessage[] {
    return this.#prepare(sql)
      .all(...values)
      .map(({ seq, body }) => ({ seq: seq as number, message: JSON.parse(body as string) as Message }));
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}

const notOwn = "(run_id IS NOT ? OR body ->> '$.role' <> 'assistant')";

/** Of the many steps that only wrote a message, neither the step nor its turn is parsed without need. */
const stepColumns = `body ->> '$.step_details.message_creation.message_id' AS message_id,
  iif(body ->> '$.type' = 'tool_calls', body, NULL) AS calls,
  iif(body ->> '$.type' = 'tool_calls' OR instr(turn, '"providerState"') > 0, turn, NULL) AS turn`;

function promptStep({ message_id, calls, turn }: Record<string, unknown>): PromptStep {
  const parsed = typeof turn === 'string' ? (JSON.parse(turn) as StepTurn) : {};
  if (typeof calls === 'string') return { calls: JSON.parse(calls) as RunStep, turn: parsed };
  return { messageId: message_id as string, turn: parsed };
}
