import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Message } from 'openai/resources/beta/threads/messages';
import { activityAt } from '../activity';
import { Table } from './table';

/** Messages. A new one is an activity of its thread. */
export class MessageTable extends Table<Message> {
  constructor(db: DatabaseSync) {
    super(db, 'messages', { thread_id: (message) => message.thread_id, run_id: (message) => message.run_id });
  }

  override insert(message: Message, more: Record<string, SQLInputValue> = {}): Message {
    super.insert(message, more);
    this.prepare('UPDATE threads SET activity = max(activity, ?) WHERE id = ?').run(
      activityAt(message.created_at),
      message.thread_id,
    );
    return message;
  }

  /** Whether a thread has a message of the user. */
  hasQuestion(threadId: string): boolean {
    const sql = `SELECT 1 FROM messages WHERE thread_id = ? AND body ->> '$.role' = 'user' LIMIT 1`;
    return this.prepare(sql).get(threadId) !== undefined;
  }
}
