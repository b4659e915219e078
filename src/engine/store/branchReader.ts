import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type StoredThread, type ThreadTable, visibleThread } from './tables/threadTable';

/** A way that a conversation goes on. */
export interface Branch {
  thread_id: string;
  /** The first message of this way in that thread. */
  message_id: string;
}

/** A place at which the branches of a conversation differ. */
export interface BranchPoint {
  object: 'thread.branch_point';
  /** The message of the thread asked for that the others have others for; null if the thread ends before. */
  message_id: string | null;
  /** Oldest first, that of the thread asked for included. */
  branches: Branch[];
}

/** A message after the place, `origin`: its id where it was written. */
interface NextMessage {
  thread: string;
  id: string;
  origin: string;
  seq: number;
}

/** Finds where the branches of a conversation differ: copies of a message count as the same message. */
export class BranchReader {
  readonly #statements = new Map<string, StatementSync>();

  constructor(
    private readonly db: DatabaseSync,
    private readonly threads: ThreadTable,
  ) {}

  /** The threads of a thread's conversation, oldest first. */
  threadsOf(thread: StoredThread): StoredThread[] {
    const { conversation } = thread;
    return conversation === undefined ? [thread] : this.threads.all({ conversation });
  }

  /** The places at which other branches differ from a thread, in its order. */
  pointsOf({ id, conversation }: StoredThread): BranchPoint[] {
    if (conversation === undefined) return [];
    const sql = `SELECT DISTINCT slot FROM threads
      WHERE conversation = ? AND slot IS NOT NULL AND ${visibleThread}`;
    return this.#all(sql, conversation)
      .flatMap(({ slot }) => this.#point(id, conversation, slot as string) ?? [])
      .sort((one, other) => one.place - other.place)
      .map(({ point }) => point);
  }

  #point(
    thread: string,
    conversation: string,
    slot: string,
  ): { place: number; point: BranchPoint } | undefined {
    const place = slot === '' ? 0 : this.#placeIn(thread, slot);
    if (place === undefined) return undefined;
    const next = this.#nextMessages(conversation, slot);
    const own = next.find((message) => message.thread === thread);
    const ways = new Map<string, NextMessage[]>();
    for (const message of next) ways.set(message.origin, [...(ways.get(message.origin) ?? []), message]);
    if (ways.size === 0 || (own && ways.size === 1)) return undefined;
    const branches = [...ways.values()]
      .sort((one, other) => Math.min(...one.map(seqOf)) - Math.min(...other.map(seqOf)))
      .map((same) => same.find((message) => message === own) ?? this.#lastUsed(same))
      .map((message) => ({ thread_id: message.thread, message_id: message.id }));
    return { place, point: { object: 'thread.branch_point', message_id: own?.id ?? null, branches } };
  }

  /** The `seq` of a thread's copy of a message, or of the message itself. */
  #placeIn(thread: string, origin: string): number | undefined {
    const sql = `SELECT seq FROM messages WHERE (id = ?1 OR origin = ?1) AND thread_id = ?2`;
    return this.#all(sql, origin, thread)[0]?.['seq'] as number | undefined;
  }

  /** Of each thread of a conversation that has a message, or any for '': the one after it. */
  #nextMessages(conversation: string, slot: string): NextMessage[] {
    const places =
      slot === ''
        ? `SELECT id AS thread, 0 AS place FROM threads WHERE conversation = ?1 AND ${visibleThread} AND ?2 = ?2`
        : `SELECT thread_id AS thread, messages.seq AS place FROM messages JOIN threads ON threads.id = thread_id
            WHERE (messages.id = ?2 OR messages.origin = ?2) AND conversation = ?1 AND ${visibleThread}`;
    const sql = `WITH places AS (${places})
      SELECT thread, id, coalesce(origin, id) AS origin, seq FROM places JOIN messages ON seq = (
        SELECT MIN(seq) FROM messages WHERE thread_id = thread AND seq > place)`;
    return this.#all(sql, conversation, slot) as unknown as NextMessage[];
  }

  /** The message of the thread that was written to last. */
  #lastUsed(messages: readonly NextMessage[]): NextMessage {
    const sql = 'SELECT MAX(seq) AS last FROM messages WHERE thread_id = ?';
    const lastOf = ({ thread }: NextMessage): number => this.#all(sql, thread)[0]?.['last'] as number;
    return messages.reduce((one, other) => (lastOf(other) > lastOf(one) ? other : one));
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement.all(...values);
  }
}

function seqOf({ seq }: NextMessage): number {
  return seq;
}
