import type { Store } from '../../store/store';
import type { StoredThread } from '../../store/tables/threadTable';

/** Messages that are read at once. */
const pageSize = 100;

/**
 * Which messages of an imported branch are copies of those of the thread that it was forked from, so that the places at
 * which they differ are found. They are the same up to the fork. None are if that thread is missing.
 */
export class Origins {
  readonly #source: string | undefined;
  /** By the `seq` of the messages: of the last that is a copy, and of the last that was read. */
  readonly #end: number = 0;
  #read = 0;
  #page: string[] = [];
  #last: string | undefined;

  constructor(
    private readonly store: Store,
    { forked_from: fork, conversation }: StoredThread,
  ) {
    if (!fork || conversation === undefined || !store.threads.get(fork.thread_id)) return;
    this.#source = fork.thread_id;
    if (fork.message_id === null) this.#last = '';
    else {
      const sql = 'SELECT seq FROM messages WHERE id = ? AND thread_id = ?';
      const row = store.messages.prepare(sql).get(fork.message_id, fork.thread_id);
      this.#end = (row?.['seq'] ?? 0) as number;
    }
  }

  /** The id of the last message that is a copy, where it was written; '' if none is. Undefined if that is not known. */
  get last(): string | undefined {
    return this.#last;
  }

  /** The id of the branch's next message where it was written; undefined after the fork. */
  next(): string | undefined {
    if (this.#page.length === 0 && this.#read < this.#end) this.#page = this.#nextPage();
    const origin = this.#page.pop();
    if (origin !== undefined) this.#last = origin;
    return origin;
  }

  /** In reverse order. */
  #nextPage(): string[] {
    const sql = `SELECT seq, coalesce(origin, id) AS origin FROM messages
      WHERE thread_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?`;
    const rows = this.store.messages.prepare(sql).all(this.#source ?? '', this.#read, this.#end, pageSize);
    this.#read = (rows.at(-1)?.['seq'] ?? this.#end) as number;
    return rows.map(({ origin }) => origin as string).reverse();
  }
}
