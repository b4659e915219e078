import { isForwardedPath, plainPath } from './api/addresses';
import type { EngineRegistry } from './engineRegistry';
import { ChangeSignal, type ChangeSignalWatcher } from './store/changeSignal';
import type { Store } from './store/store';

/** How often the log is read where changes of other engines are not signalled, in milliseconds. */
const pollInterval = 250;

/** Milliseconds until changes are recorded that could not be because other engines were writing: at first, and at most. */
const minRetryInterval = 5;
const maxRetryInterval = 250;

interface ChangeReader {
  /** Sequence number of the last change that was reported. */
  last: number;
  report: (path: string) => void;
  end: () => void;
}

/** Reports changes of the shared data between the engines of one data folder. */
export class ChangeLog {
  readonly #signal: ChangeSignal;
  readonly #readers = new Set<ChangeReader>();
  #watcher: ChangeSignalWatcher | undefined;
  /** `data_version`: changes when another connection commits. */
  #version: number | undefined;
  /** Paths of changes that are not recorded yet, because other engines were writing. */
  #unrecorded: string[] = [];
  #retry: NodeJS.Timeout | undefined;
  #retryInterval = minRetryInterval;

  constructor(
    private readonly store: Store,
    private readonly registry: EngineRegistry,
    private readonly log: (message: string) => void,
  ) {
    this.#signal = new ChangeSignal(store.dataDir);
    // A signal may be lost.
    registry.onTick(() => this.#watcher && this.#poll());
  }

  /** Records an answered request for the other engines, if it may have changed something. */
  note({ method, url }: Request, { ok }: Response): void {
    if (!ok || method === 'GET' || method === 'HEAD') return;
    const path = plainPath(new URL(url).pathname);
    if (isForwardedPath(path)) return;
    this.#unrecorded.push(path);
    this.#record();
  }

  /**
   * Records what is not recorded yet. Does not wait for its turn while other engines write: the answer would wait,
   * too, and the changes until then are written together.
   */
  #record(): void {
    clearTimeout(this.#retry);
    const paths = this.#unrecorded;
    if (paths.length === 0) return;
    try {
      const isRecorded = this.store.tryTransaction(() => this.#add(paths));
      if (!isRecorded) {
        this.#retry = setTimeout(() => this.#record(), this.#retryInterval).unref();
        this.#retryInterval = Math.min(this.#retryInterval * 2, maxRetryInterval);
        return;
      }
      this.#signal.send();
    } catch (error) {
      this.#logUnreported(error);
    }
    this.#unrecorded = [];
    this.#retryInterval = minRetryInterval;
  }

  #add(paths: readonly string[]): void {
    for (const path of paths) this.store.changes.add(this.registry.id, path);
  }

  /** The changes themselves are written; the others will see them when they read again. */
  #logUnreported(error: unknown): void {
    this.log(`A change could not be reported to other windows: ${String(error)}`);
  }

  /**
   * Calls `report` with the URL path of each change of another engine from now on, and `end` when the
   * log closes. Returns a function that stops reading.
   */
  read(report: (path: string) => void, end: () => void): () => void {
    const reader = { last: this.store.changes.last(), report, end };
    this.#readers.add(reader);
    this.#watcher ??= this.#signal.watch(() => this.#poll(), pollInterval);
    return () => this.#remove(reader);
  }

  /** Closes all readers, and records the last changes. */
  close(): void {
    clearTimeout(this.#retry);
    this.#closeReaders();
    const last = this.#unrecorded;
    this.#unrecorded = [];
    if (last.length === 0) return;
    try {
      this.store.transaction(() => this.#add(last));
      this.#signal.send();
    } catch (error) {
      this.#logUnreported(error);
    }
  }

  #closeReaders(): void {
    for (const reader of [...this.#readers]) {
      this.#remove(reader);
      reader.end();
    }
  }

  #poll(): void {
    try {
      const version = this.store.changes.version();
      if (version === this.#version) return;
      this.#version = version;
      for (const reader of this.#readers) {
        for (const { seq, path } of this.store.changes.since(reader.last, this.registry.id)) {
          reader.last = seq;
          reader.report(path);
        }
      }
    } catch (error) {
      this.log(`The changes of other windows could not be read: ${String(error)}`);
      this.#closeReaders();
    }
  }

  #remove(reader: ChangeReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
