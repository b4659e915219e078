import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../../../store/store';
import { storeErrorOf } from '../../../store/storeErrors';
import { FilesProgress, type OnIndexUpdate } from './filesProgress';
import type { Index } from './parts';

/** Milliseconds of work in a step, which blocks the process, without the commit. */
const stepTime = 3;
/** A step is followed by a pause of this many times its duration, so that the update takes a small part of the time. */
const pauseRatio = 9;

export interface WordsUpdateParts {
  store: Store;
  index: Index;
  /** Id of the engine. */
  owner: string;
  log: (message: string) => void;
  onIndexUpdate?: OnIndexUpdate;
}

/** Maximum ticks between retries after an error, such as a full disk. */
const maxBackoffTicks = 60;

/**
 * Brings the words of files that an earlier version has indexed up to date, in short steps. Progress is in the
 * database: after a crash, or when the engine is closed, another one resumes.
 */
export class WordsUpdate {
  readonly #stop = new AbortController();
  #isDone = false;
  /** Ticks until the next retry, and the length of the next delay. */
  #ticksToWait = 0;
  #backoffTicks = 1;
  #running: Promise<void> | undefined;

  readonly #progress: FilesProgress;

  constructor(private readonly parts: WordsUpdateParts) {
    const left = (): number => parts.index.filesToUpdate();
    this.#progress = new FilesProgress('words', left, parts.log, parts.onIndexUpdate);
  }

  /** Starts the update if there is anything to do, and if no other of the engines that are alive does it. */
  tick(alive: ReadonlySet<string>): void {
    if (this.#isDone || this.#running || this.#stop.signal.aborted) return;
    if ([...alive].sort()[0] !== this.parts.owner || this.#ticksToWait-- > 0) return;
    this.#ticksToWait = 0;
    this.#running = this.#run()
      .catch((error: unknown) => this.#postpone(error))
      .finally(() => (this.#running = undefined));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#progress.stop();
  }

  #postpone(error: unknown): void {
    this.#progress.stop();
    if (this.#stop.signal.aborted) return;
    const reason = storeErrorOf(error, this.parts.store.dataDir)?.message ?? String(error);
    this.parts.log(`Updating the words of the search index is postponed: ${reason}`);
    this.#ticksToWait = this.#backoffTicks;
    this.#backoffTicks = Math.min(maxBackoffTicks, this.#backoffTicks * 2);
  }

  async #run(): Promise<void> {
    const { store, index } = this.parts;
    const { signal } = this.#stop;
    this.#progress.update();
    // The next tick resumes if another program has the database locked.
    while (!store.isSealed && store.canLock()) {
      const start = performance.now();
      const isMore = store.transaction(() => index.updateWords(stepTime));
      this.#progress.update();
      if (!isMore) {
        this.#isDone = true;
        return;
      }
      await delay(pauseRatio * (performance.now() - start), undefined, { signal, ref: false });
    }
    if (store.isSealed) this.#progress.stop();
  }
}
