import { isForwardedPath, plainPath } from './api/addresses';
import type { EngineRegistry } from './engineRegistry';
import { ChangeSignal, type ChangeSignalWatcher } from './store/changeSignal';
import type { Store } from './store/store';

/** How often the log is read where changes of other engines are not signalled, in milliseconds. */
const pollInterval = 250;

/** Milliseconds between two records of changes: at first, and at most while other engines are writing. */
const minRecordInterval = 5;
const maxRecordInterval = 250;

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
  /** Paths of changes that are not recorded yet: they follow others closely, or other engines were writing. */
  #unrecorded: string[] = [];
  /** Runs until the next changes are recorded. */
  #pause: NodeJS.Timeout | undefined;
  #recordInterval = minRecordInterval;

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
    // A program that ends now waits for the record.
    if (this.#pause) this.#pause.ref();
    else this.#record();
  }

  /**
   * Records what is not recorded yet, and later changes together after a pause. Does not wait for its turn while other
   * engines write: the answer would wait, too.
   */
  #record(): void {
    this.#pause = undefined;
    const paths = this.#unrecorded;
    if (paths.length === 0) return;
    let isDone = true;
    try {
      isDone = this.store.tryTransaction(() => this.#add(paths));
      if (isDone) this.#signal.send();
    } catch (error) {
      this.#logUnreported(error);
    }
    if (isDone) this.#unrecorded = [];
    this.#recordInterval = isDone ? minRecordInterval : Math.min(this.#recordInterval * 2, maxRecordInterval);
    this.#pause = setTimeout(() => this.#record(), this.#recordInterval).unref();
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
    clearTimeout(this.#pause);
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
