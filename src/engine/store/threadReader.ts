import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { StepTurn } from './tables/runTables';

/** A message with its place in the order of creation, and the length of its JSON. */
export interface PlacedMessage {
  seq: number;
  message: Message;
  length: number;
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

  /** The steps of the runs that wrote messages from one to another, by run, oldest first, and the length of their JSON. */
  steps(threadId: string, from: number, to: number): { steps: Map<string, PromptStep[]>; length: number } {
    const sql = `SELECT run_id, seq, body, turn FROM run_steps WHERE thinking = 0 AND run_id IN (
      SELECT run_id FROM messages WHERE thread_id = ? AND seq BETWEEN ? AND ? AND run_id IS NOT NULL)`;
    const rows = this.#prepare(sql).all(threadId, from, to) as unknown as StepRow[];
    const steps = new Map<string, PromptStep[]>();
    let length = 0;
    for (const row of rows.sort((a, b) => a.seq - b.seq)) {
      const ofRun = steps.get(row.run_id) ?? [];
      steps.set(row.run_id, ofRun);
      ofRun.push(promptStep(row));
      length += row.body.length + row.turn.length;
    }
    return { steps, length };
  }

  #messages(sql: string, ...values: SQLInputValue[]): PlacedMessage[] {
    return this.#prepare(sql)
      .all(...values)
      .map((row) => {
        const body = row['body'] as string;
        return { seq: row['seq'] as number, message: JSON.parse(body) as Message, length: body.length };
      });
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}

const notOwn = "(run_id IS NOT ? OR body ->> '$.role' <> 'assistant')";

interface StepRow {
  run_id: string;
  seq: number;
  body: string;
  turn: string;
}

/** Of the many steps that only wrote a message, the turn is not parsed without need. */
function promptStep({ body, turn }: StepRow): PromptStep {
  const step = JSON.parse(body) as RunStep;
  const { step_details: details } = step;
  if (details.type === 'tool_calls') return { calls: step, turn: JSON.parse(turn) as StepTurn };
  const hasState = turn.includes('"providerState"');
  return {
    messageId: details.message_creation.message_id,
    turn: hasState ? (JSON.parse(turn) as StepTurn) : {},
  };
}
