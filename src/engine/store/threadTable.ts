import type { DatabaseSync } from 'node:sqlite';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { Table } from './table';

/** A thread with the fields that forks add to it, an extension of the API. */
export interface StoredThread extends Thread {
  /** The thread that it was copied from, and the last message that was copied; null if none was. */
  forked_from?: { thread_id: string; message_id: string | null };
  /** The oldest thread of the conversation that it is a branch of; unset if the conversation has no branches. */
  conversation?: string;
}

/** What a fork is inserted with. */
interface NewFork {
  /** The engine that copies the messages. */
  owner: string;
  /** Its last copied message, by the id that this had where it was written; '' if none is copied. */
  slot: string;
}

/** Threads. Those whose messages are still being copied are hidden. */
export class ThreadTable extends Table<StoredThread> {
  constructor(db: DatabaseSync) {
    super(db, 'threads', { conversation: (thread) => thread.conversation ?? null }, 'copied_by IS NULL');
  }

  /** Inserts a fork, hidden until `show`. */
  insertFork(thread: StoredThread, { owner, slot }: NewFork): void {
    this.insert(thread, { copied_by: owner, slot });
  }

  /** Inserts a thread that is being imported, hidden until `show`. */
  insertHidden(thread: StoredThread, owner: string): void {
    this.insert(thread, { copied_by: owner });
  }

  /** Sets the last copied message of a fork that was imported, by the id that this had where it was written. */
  setSlot(id: string, slot: string): void {
    this.prepare('UPDATE threads SET slot = ? WHERE id = ?').run(slot, id);
  }

  /** Shows a fork whose messages are all there. */
  show(id: string): void {
    this.prepare('UPDATE threads SET copied_by = NULL WHERE id = ?').run(id);
  }

  /** Forks that are being copied, with the engines that do so. */
  unfinished(): { id: string; owner: string }[] {
    return this.prepare('SELECT id, copied_by AS owner FROM threads WHERE copied_by IS NOT NULL')
      .all()
      .map((row) => ({ id: row['id'] as string, owner: row['owner'] as string }));
  }
}
