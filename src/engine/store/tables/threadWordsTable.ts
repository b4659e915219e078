import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { visibleThread } from './threadTable';

/** A message or a thread in the full-text index, by its rowid there: the `seq` of a message, or the negative one of a thread. */
export type WordsItem = number;

/** A message as it is indexed. */
export interface IndexedMessage {
  /** JSON. */
  body: string;
  run_id: string | null;
}

/** A message, or a thread's title, that a search has found; bodies are JSON. */
export interface FoundWords {
  item: WordsItem;
  thread: string;
  /** Undefined if it is a title. */
  message?: string;
}

/** Pages of 4 KB of the full-text index that are merged for each indexed item, and at least. */
const mergedPagesPerItem = 2;
const minMergedPages = 16;

/** Columns of a thread with another name. */
const visible = (table: string): string =>
  visibleThread.replace(/\b(copied_by|trashed_at)\b/g, `${table}.$1`);

/** The full-text index of the messages and titles of threads, and the queue of what it has not taken up yet. */
export class ThreadWordsTable {
  readonly #statements = new Map<string, StatementSync>();

  constructor(private readonly db: DatabaseSync) {}

  /** Items of the queue: titles, then messages, both newest first. */
  queued(limit: number): WordsItem[] {
    const items = (sql: string): WordsItem[] => this.#all(sql, limit).map((row) => row['item'] as number);
    const titles = items('SELECT item FROM thread_words_queue WHERE item < 0 ORDER BY item LIMIT ?');
    if (titles.length > 0) return titles;
    return items('SELECT item FROM thread_words_queue ORDER BY item DESC LIMIT ?');
  }

  hasQueued(): boolean {
    return this.#get('SELECT 1 FROM thread_words_queue LIMIT 1') !== undefined;
  }

  message(item: WordsItem): IndexedMessage | undefined {
    return this.#get('SELECT body, run_id FROM messages WHERE seq = ?', item) as IndexedMessage | undefined;
  }

  title(item: WordsItem): string | undefined {
    const row = this.#get(`SELECT body ->> '$.metadata.title' AS title FROM threads WHERE seq = ?`, -item);
    return (row?.['title'] ?? undefined) as string | undefined;
  }

  /** The steps of a run, oldest first, as JSON. */
  steps(runId: string): string[] {
    return this.#all('SELECT body FROM run_steps WHERE run_id = ? ORDER BY seq', runId).map(
      (row) => row['body'] as string,
    );
  }

  /** The name of a file; undefined if it was deleted. */
  fileName(id: string): string | undefined {
    const row = this.#get(`SELECT body ->> '$.filename' AS name FROM files WHERE id = ?`, id);
    return (row?.['name'] ?? undefined) as string | undefined;
  }

  /** Replaces the words of an item, and takes it out of the queue. Call it in a transaction. */
  set(item: WordsItem, words: string | undefined): void {
    if (words === undefined) this.#run('DELETE FROM thread_words WHERE rowid = ?', item);
    else this.#run('INSERT OR REPLACE INTO thread_words (rowid, words) VALUES (?, ?)', item, words);
    this.skip(item);
  }

  /** Takes an item out of the queue. */
  skip(item: WordsItem): void {
    this.#run('DELETE FROM thread_words_queue WHERE item = ?', item);
  }

  /** Merges parts of the index, as far as the indexing of so many items makes it due. */
  merge(items: number): void {
    const pages = Math.max(minMergedPages, items * mergedPagesPerItem);
    this.#run(`INSERT INTO thread_words (thread_words, rank) VALUES ('merge', ?)`, pages);
  }

  /** The `seq` of a message or thread as an item; undefined if it does not exist. */
  itemOf(id: string): WordsItem | undefined {
    const message = this.#get('SELECT seq FROM messages WHERE id = ?', id);
    if (message) return message['seq'] as number;
    const thread = this.#get('SELECT seq FROM threads WHERE id = ?', id);
    return thread && -(thread['seq'] as number);
  }

  /**
   * Titles that match an FTS5 query, newest thread first, after an item. The branches of a conversation that have the same
   * title are found once.
   */
  findTitles(match: string, after: WordsItem | undefined, limit: number): FoundWords[] {
    const sql = `SELECT words.rowid AS item, threads.body AS thread
      FROM thread_words AS words CROSS JOIN threads ON threads.seq = -words.rowid
      WHERE thread_words MATCH ? AND words.rowid > ? AND words.rowid < 0 AND ${visible('threads')}
        AND (threads.conversation IS NULL OR NOT EXISTS (
          SELECT 1 FROM threads AS newer WHERE newer.conversation = threads.conversation AND newer.seq > threads.seq
            AND ${visible('newer')}
            AND newer.body ->> '$.metadata.title' IS threads.body ->> '$.metadata.title'))
      ORDER BY words.rowid LIMIT ?`;
    return this.#all(sql, match, after ?? -Number.MAX_SAFE_INTEGER, limit) as unknown as FoundWords[];
  }

  /** Messages that match an FTS5 query, newest first, before an item. Copies in branches of a conversation are found once. */
  findMessages(match: string, before: WordsItem | undefined, limit: number): FoundWords[] {
    const sql = `SELECT words.rowid AS item, threads.body AS thread, messages.body AS message
      FROM thread_words AS words
        CROSS JOIN messages ON messages.seq = words.rowid CROSS JOIN threads ON threads.id = messages.thread_id
      WHERE thread_words MATCH ? AND words.rowid < ? AND words.rowid > 0 AND ${visible('threads')}
        AND (threads.conversation IS NULL OR NOT EXISTS (
          SELECT 1 FROM messages AS copy JOIN threads AS branch ON branch.id = copy.thread_id
          WHERE copy.origin = coalesce(messages.origin, messages.id) AND copy.seq > messages.seq
            AND branch.conversation = threads.conversation AND ${visible('branch')}))
      ORDER BY words.rowid DESC LIMIT ?`;
    return this.#all(sql, match, before ?? Number.MAX_SAFE_INTEGER, limit) as unknown as FoundWords[];
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...values);
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#prepare(sql).all(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}
