import type { EngineRegistry } from './engineRegistry';
import type { Store } from './store/store';

/** How often an engine looks for what the others wrote, in milliseconds. */
const interval = 250;

/** What engines on one data folder tell each other of their writes. */
export class ChangeLog {
  readonly #readers = new Set<{ told: number; tell: (path: string) => void; end: () => void }>();
  #timer: NodeJS.Timeout | undefined;
  #version: number | undefined;

  constructor(
    private readonly store: Store,
    private readonly registry: EngineRegistry,
    private readonly log: (message: string) => void,
  ) {}

  /** Tells the others of a request that was answered, if it wrote something. */
  note({ method, url }: Request, { ok }: Response): void {
    if (!ok || method === 'GET' || method === 'HEAD') return;
    try {
      const { pathname } = new URL(url);
      this.store.transaction(() => this.store.changes.add(this.registry.id, pathname));
    } catch (error) {
      // What was asked for is done; the others see it when they look again.
      this.log(`A write could not be told to other windows: ${String(error)}`);
    }
  }

  /** Tells of each write of another engine from now on, by its path. Returns the way to stop. */
  read(tell: (path: string) => void, end: () => void): () => void {
    const reader = { told: this.store.changes.last(), tell, end };
    this.#readers.add(reader);
    this.#timer ??= setInterval(() => this.#look(), interval).unref();
    return () => this.#drop(reader);
  }

  /** Lets all readers go. */
  close(): void {
    for (const reader of [...this.#readers]) {
      this.#drop(reader);
      reader.end();
    }
  }

  #look(): void {
    try {
      const version = this.store.changes.version();
      if (version === this.#version) return;
      this.#version = version;
      for (const reader of this.#readers) {
        for (const { seq, path } of this.store.changes.since(reader.told, this.registry.id)) {
          reader.told = seq;
          reader.tell(path);
        }
      }
    } catch (error) {
      this.log(`The writes of other windows could not be read: ${String(error)}`);
      this.close();
    }
  }

  #drop(reader: { told: number; tell: (path: string) => void; end: () => void }): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
