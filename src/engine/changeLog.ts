import { isForwardedPath, plainPath } from './api/addresses';
import type { EngineRegistry } from './engineRegistry';
import type { Store } from './store/store';

/** How often the log is read for changes of other engines, in milliseconds. */
const interval = 250;

interface ChangeReader {
  /** Sequence number of the last change that was reported. */
  last: number;
  report: (path: string) => void;
  end: () => void;
}

/** Reports changes of the shared data between the engines of one data folder. */
export class ChangeLog {
  readonly #readers = new Set<ChangeReader>();
  #timer: NodeJS.Timeout | undefined;
  /** `data_version`: changes when another connection commits. */
  #version: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly registry: EngineRegistry,
    private readonly log: (message: string) => void,
  ) {}

  /** Records an answered request for the other engines, if it may have changed something. */
  note({ method, url }: Request, { ok }: Response): void {
    if (!ok || method === 'GET' || method === 'HEAD') return;
    const path = plainPath(new URL(url).pathname);
    if (isForwardedPath(path)) return;
    try {
      this.store.transaction(() => this.store.changes.add(this.registry.id, path));
    } catch (error) {
      // The change itself is written; the others will see it when they read again.
      this.log(`A change could not be reported to other windows: ${String(error)}`);
    }
  }

  /**
   * Calls `report` with the URL path of each change of another engine from now on, and `end` when the
   * log closes. Returns a function that stops reading.
   */
  read(report: (path: string) => void, end: () => void): () => void {
    const reader = { last: this.store.changes.last(), report, end };
    this.#readers.add(reader);
    this.#timer ??= setInterval(() => this.#poll(), interval).unref();
    return () => this.#remove(reader);
  }

  /** Closes all readers. */
  close(): void {
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
      this.close();
    }
  }

  #remove(reader: ChangeReader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
