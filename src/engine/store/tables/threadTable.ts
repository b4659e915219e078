import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { type Shelf, shelfOf } from '../../threadShelf';
import { activityAt } from '../activity';
import { type PageQuery, Table, UnknownCursorError } from './table';

/** A thread with the fields that forks add to it, an extension of the API. */
export interface StoredThread extends Thread {
  /** The thread that it was copied from, and the last message that was copied; null if none was. */
  forked_from?: { thread_id: string; message_id: string | null };
  /** The oldest thread of the conversation that it is a branch of; unset if the conversation has no branches. */
  conversation?: string;
}

/** A thread in a list by last activity. */
export interface ActiveThread extends StoredThread {
  /** When it was last written to, in seconds since the epoch. */
  last_active_at: number;
}

/** A thread in the trash. */
export interface TrashedThread extends StoredThread {
  /** Seconds since the epoch. */
  trashed_at: number;
}

/** What a fork is inserted with. */
interface NewFork {
  /** The engine that copies the messages. */
  owner: string;
  /** Its last copied message, by the id that this had where it was written; '' if none is copied. */
  slot: string;
}

/** In place of the engine that copies a thread: it is being deleted. */
const deletedMark = 'deleted';

/** Tables with many rows of a thread, and their keys. Deleting the thread deletes the rest, too. */
const longTables = [
  ['model_requests', 'seq'],
  ['run_steps', 'seq'],
  ['messages', 'seq'],
  ['runs', 'seq'],
  ['thread_searches', 'thread_id, number'],
  ['thread_files', 'thread_id, name'],
];

/** SQL condition of the threads that the API shows. */
export const visibleThread = 'copied_by IS NULL AND trashed_at IS NULL';

/** Threads. Those whose messages are still being written or deleted, and those in the trash, are hidden. */
export class ThreadTable extends Table<StoredThread> {
  constructor(db: DatabaseSync) {
    const columns = {
      conversation: (thread: StoredThread) => thread.conversation ?? null,
      shelf: shelfOf,
    };
    super(db, 'threads', columns, visibleThread);
  }

  override insert(thread: StoredThread, more: Record<string, SQLInputValue> = {}): StoredThread {
    return super.insert(thread, { activity: activityAt(thread.created_at), ...more });
  }

  /** Inserts a fork, hidden until `show`. */
  insertFork(thread: StoredThread, { owner, slot }: NewFork): void {
    this.insert(thread, { copied_by: owner, slot });
  }

  /** Inserts a thread whose messages are written bit by bit, hidden until `show`. */
  insertHidden(thread: StoredThread, owner: string): void {
    this.insert(thread, { copied_by: owner });
  }

  /** Sets the last copied message of a fork that was imported, by the id that this had where it was written. */
  setSlot(id: string, slot: string): void {
    this.prepare('UPDATE threads SET slot = ? WHERE id = ?').run(slot, id);
  }

  /** Shows a thread whose messages are all there. */
  show(id: string): void {
    this.prepare('UPDATE threads SET copied_by = NULL WHERE id = ?').run(id);
  }

  /** Whether an engine is writing a hidden thread. Others delete it if they have counted that engine as dead. */
  isCopiedBy(id: string, owner: string): boolean {
    return this.prepare('SELECT 1 FROM threads WHERE id = ? AND copied_by = ?').get(id, owner) !== undefined;
  }

  /** Hides a thread, to be deleted by `deletePiece`. */
  markDeleted(id: string): void {
    this.prepare('UPDATE threads SET copied_by = ?, trashed_at = NULL WHERE id = ?').run(deletedMark, id);
  }

  /** Deletes up to `limit` rows of a thread, or the thread with the last of them. Returns whether it is deleted. */
  deletePiece(id: string, limit: number): boolean {
    for (const [table, key] of longTables) {
      const sql = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE thread_id = ? LIMIT ?)`;
      if (this.prepare(sql).run(id, limit).changes > 0) return false;
    }
    this.delete(id);
    return true;
  }

  /** Whether a thread is being deleted, so that its id is not free yet. */
  isBeingDeleted(id: string): boolean {
    return this.isCopiedBy(id, deletedMark);
  }

  /** A thread that is being deleted. */
  anyDeleted(): string | undefined {
    // The second condition is that of an index.
    const sql = 'SELECT id FROM threads WHERE copied_by = ? AND copied_by IS NOT NULL LIMIT 1';
    return this.prepare(sql).get(deletedMark)?.['id'] as string | undefined;
  }

  /** Threads that are being written, with the engines that do so. */
  unfinished(): { id: string; owner: string }[] {
    const sql =
      'SELECT id, copied_by AS owner FROM threads WHERE copied_by IS NOT NULL AND copied_by IS NOT ?';
    return this.prepare(sql)
      .all(deletedMark)
      .map((row) => ({ id: row['id'] as string, owner: row['owner'] as string }));
  }

  /** Whether a thread exists, hidden or not, and is not being deleted. */
  exists(id: string): boolean {
    const sql = 'SELECT 1 FROM threads WHERE id = ? AND copied_by IS NOT ?';
    return this.prepare(sql).get(id, deletedMark) !== undefined;
  }

  /** A page of the threads of a shelf, or of all, by last activity, newest first. Throws UnknownCursorError. */
  byActivity(
    shelf: Shelf | undefined,
    { limit, after }: Pick<PageQuery, 'limit' | 'after'>,
  ): { data: ActiveThread[]; hasMore: boolean } {
    const conditions = [visibleThread];
    const values: SQLInputValue[] = [];
    if (shelf !== undefined) {
      conditions.push('shelf = ?');
      values.push(shelf);
    }
    if (after !== undefined) {
      const row = this.prepare('SELECT activity, seq FROM threads WHERE id = ?').get(after);
      if (!row) throw new UnknownCursorError('after', after);
      conditions.push('(activity, seq) < (?, ?)');
      values.push(row['activity'] as number, row['seq'] as number);
    }
    const sql = `SELECT activity, body FROM threads WHERE ${conditions.join(' AND ')}
      ORDER BY activity DESC, seq DESC LIMIT ?`;
    const rows = this.prepare(sql).all(...values, limit + 1);
    const data = rows.slice(0, limit).map((row) => ({
      ...(this.parse(row) as StoredThread),
      last_active_at: Math.floor((row['activity'] as number) / 1000),
    }));
    return { data, hasMore: rows.length > limit };
  }

  /** Moves a thread to the trash, or out of it. Returns whether it was not there, or was. */
  setTrashed(id: string, at: number | null): boolean {
    const sql = `UPDATE threads SET trashed_at = ? WHERE id = ? AND copied_by IS NULL
      AND trashed_at IS ${at === null ? 'NOT NULL' : 'NULL'}`;
    return this.prepare(sql).run(at, id).changes > 0;
  }

  isTrashed(id: string): boolean {
    return (
      this.prepare('SELECT 1 FROM threads WHERE id = ? AND trashed_at IS NOT NULL').get(id) !== undefined
    );
  }

  /** A page of the threads in the trash, the newest there first. Throws UnknownCursorError. */
  trashed({ limit, after }: Pick<PageQuery, 'limit' | 'after'>): { data: TrashedThread[]; hasMore: boolean } {
    const values: SQLInputValue[] = [];
    let condition = 'trashed_at IS NOT NULL';
    if (after !== undefined) {
      const row = this.prepare(`SELECT trashed_at, seq FROM threads WHERE id = ? AND ${condition}`).get(
        after,
      );
      if (!row) throw new UnknownCursorError('after', after);
      condition += ' AND (trashed_at, seq) < (?, ?)';
      values.push(row['trashed_at'] as number, row['seq'] as number);
    }
    const rows = this.prepare(
      `SELECT trashed_at, body FROM threads WHERE ${condition} ORDER BY trashed_at DESC, seq DESC LIMIT ?`,
    ).all(...values, limit + 1);
    const data = rows
      .slice(0, limit)
      .map((row) => ({ ...(this.parse(row) as StoredThread), trashed_at: row['trashed_at'] as number }));
    return { data, hasMore: rows.length > limit };
  }

  /** The id of a thread that was moved to the trash at `before` (seconds) or earlier. */
  anyTrashed(before: number): string | undefined {
    const row = this.prepare('SELECT id FROM threads WHERE trashed_at <= ? LIMIT 1').get(before);
    return row?.['id'] as string | undefined;
  }
}
