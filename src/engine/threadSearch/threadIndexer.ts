import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../store/store';
import type { WordsItem } from '../store/tables/threadWordsTable';
import { indexedWords, indexedWordsByPieces } from '../tools/fileSearch/index/words';
import { indexedParts } from './indexedParts';

/** Milliseconds of work in a step of the background, which blocks the process, without the commit. */
const stepTime = 3;
/** A step is followed by a pause of this many times its duration, so that indexing takes a small part of the time. */
const pauseRatio = 4;

/** Milliseconds of work in a step for a search that waits for it. */
const urgentStepTime = 10;
/** Milliseconds that a search waits for messages that are not indexed yet. */
const maxWait = 500;

/** Items that are read from the queue at once. */
const itemsPerStep = 64;

/**
 * A longer text, in characters, is split into words in steps of their own, then written, then merged: all together take
 * 100 ms and more for the longest messages.
 */
const maxShortText = 16 * 1024;

/** Maximum ticks between retries after an error, such as a full disk. */
const maxBackoffTicks = 60;

/**
 * Brings the full-text index of the threads up to date with the queue that each write of a message fills. The queue
 * is in the database: after a crash, or when the engine is closed, another one resumes.
 */
export class ThreadIndexer {
  readonly #stop = new AbortController();
  #ticksToWait = 0;
  #backoffTicks = 1;
  #running: Promise<void> | undefined;
  /** The long text that is indexed next, and its words once it is split. */
  #long: { text: string; pieces: Generator<void, string>; words?: string } | undefined;
  /** Whether the words of a long text were written, but not merged. */
  #isUnmerged = false;

  constructor(
    private readonly store: Store,
    /** Id of the engine. */
    private readonly owner: string,
    private readonly log: (message: string) => void,
  ) {}

  /** Starts indexing if there is anything to do, and if no other of the engines that are alive does it. */
  tick(alive: ReadonlySet<string>): void {
    if (this.#running || this.#stop.signal.aborted) return;
    if ([...alive].sort()[0] !== this.owner || this.#ticksToWait-- > 0) return;
    this.#ticksToWait = 0;
    this.#running = this.#run()
      .catch((error: unknown) => this.#postpone(error))
      .finally(() => (this.#running = undefined));
  }

  /** Indexes what a search would miss, for half a second at most. Returns whether nothing is left. */
  async catchUp(): Promise<boolean> {
    const { store } = this;
    const end = performance.now() + maxWait;
    while (store.threadWords.hasQueued()) {
      if (performance.now() > end || store.isSealed || !store.canLock()) return false;
      this.#work(urgentStepTime);
      await nextTurn();
      this.#stop.signal.throwIfAborted();
    }
    return true;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('The engine was closed.'));
    await this.#running;
  }

  #postpone(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const reason = this.store.storeErrorOf(error)?.message ?? String(error);
    this.log(`Indexing the threads for the search is postponed: ${reason}`);
    this.#ticksToWait = this.#backoffTicks;
    this.#backoffTicks = Math.min(maxBackoffTicks, this.#backoffTicks * 2);
  }

  async #run(): Promise<void> {
    const { store } = this;
    const { signal } = this.#stop;
    // The next tick resumes if another program has the database locked.
    while (!store.isSealed && store.threadWords.hasQueued() && store.canLock()) {
      const start = performance.now();
      this.#work(stepTime);
      await delay(pauseRatio * (performance.now() - start), undefined, { signal, ref: false });
    }
    this.#backoffTicks = 1;
  }

  /** Splits a piece of a long text into words, or indexes some items of the queue. */
  #work(time: number): void {
    const long = this.#long;
    if (!long || long.words !== undefined) return this.store.transaction(() => this.#step(time));
    // If that fails, the text is split from its start again.
    this.#long = undefined;
    const end = performance.now() + time;
    do {
      const piece = long.pieces.next();
      if (piece.done) long.words = piece.value;
    } while (long.words === undefined && performance.now() < end);
    this.#long = long;
  }

  /** Indexes some items, until one has a long text; with that alone if it is the first and already split. */
  #step(time: number): void {
    const { threadWords } = this.store;
    if (this.#isUnmerged) {
      threadWords.merge(1);
      this.#isUnmerged = false;
      return;
    }
    const end = performance.now() + time;
    let count = 0;
    for (const item of threadWords.queued(itemsPerStep)) {
      const text = this.#textOf(item);
      let words: string | undefined;
      const isLong = text != null && text.length > maxShortText;
      if (isLong) {
        if (this.#long?.text !== text) this.#long = { text, pieces: indexedWordsByPieces(text) };
        words = this.#long.words;
        if (count > 0 || words === undefined) break;
        this.#long = undefined;
      } else {
        words = text == null ? undefined : indexedWords(text);
      }
      if (text === null) threadWords.skip(item);
      else threadWords.set(item, words);
      count++;
      if (isLong) {
        this.#isUnmerged = true;
        return;
      }
      if (performance.now() > end) break;
    }
    threadWords.merge(count);
  }

  /** What is indexed of an item; undefined if nothing is, null if it will be queued again. */
  #textOf(item: WordsItem): string | undefined | null {
    const { threadWords } = this.store;
    if (item < 0) return threadWords.title(item);
    const message = threadWords.message(item);
    if (!message) return undefined;
    // Its end puts it into the queue again.
    if (isBeingWritten(message.body)) return null;
    return indexedParts(threadWords, message)
      .map(({ text }) => text)
      .join('\n\n');
  }
}

function isBeingWritten(body: string): boolean {
  return (JSON.parse(body) as { status: string }).status === 'in_progress';
}
