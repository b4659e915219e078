import { unlessAborted } from '../../process/abort';
import { PythonProcess, isBadOptionError, type PythonOptions } from './host/pythonProcess';

export interface PoolOptions {
  python: () => Promise<Omit<PythonOptions, 'permissions'>>;
  /** Maximum number of interpreters that threads hold at the same time; the spare one is not counted. */
  maxInterpreters: number;
  /** An interpreter that is idle for this long is closed. */
  idleMs: number;
  /** Whether to keep a started interpreter ready after the first call. */
  spare: boolean;
  /** Whether to start them with Node's permission model. */
  permissions: boolean;
  log: (message: string) => void;
}

interface Spare {
  python: Promise<PythonProcess>;
  timer: NodeJS.Timeout;
}

/** Starts interpreters, keeps a spare one ready, and evicts idle ones. */
export class PythonPool {
  readonly #alive = new Set<PythonProcess>();
  readonly #starting = new Set<Promise<unknown>>();
  /** Interpreters that wait for their thread's next call, the least recently used first. */
  readonly #idle = new Map<PythonProcess, NodeJS.Timeout>();
  readonly #queue: (() => void)[] = [];
  readonly #closing = new AbortController();
  #busy = 0;
  #spare: Spare | undefined;
  #permissions: boolean;

  constructor(private readonly options: PoolOptions) {
    this.#permissions = options.permissions;
  }

  /** Starts a spare interpreter, unless there is one. */
  warmUp(): void {
    if (this.#spare || this.#closing.signal.aborted) return;
    const python = this.#start(this.#closing.signal);
    const timer = setTimeout(() => {
      if (this.#spare?.python === python) this.#spare = undefined;
      python.then((started) => started.end('closed')).catch(() => {});
    }, this.options.idleMs);
    this.#spare = { python, timer: timer.unref() };
    python.catch((error: unknown) => {
      clearTimeout(timer);
      if (this.#spare?.python === python) this.#spare = undefined;
      if (!this.#closing.signal.aborted)
        this.options.log(`A Python interpreter could not be started: ${String(error)}`);
    });
  }

  /** Waits for a free slot; returns the thread's current interpreter if it still works, else another. */
  async acquire(current: PythonProcess | undefined, signal: AbortSignal): Promise<PythonProcess> {
    await this.#waitForSlot(signal);
    try {
      const timer = current && this.#idle.get(current);
      if (timer && !current.hasEnded) {
        clearTimeout(timer);
        this.#idle.delete(current);
        if (await this.#isUsable(current, signal)) return current;
      }
      this.#makeRoom();
      return await this.#takeSpareOrStart(AbortSignal.any([signal, this.#closing.signal]));
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  /** Ends a call: the interpreter stays with its thread until it is idle for too long or its slot is needed. */
  release(python: PythonProcess): void {
    this.#freeSlot();
    if (this.#closing.signal.aborted) return;
    if (python.isTooLargeToKeep) {
      python.end('closed');
    } else if (!python.hasEnded) {
      const timer = setTimeout(() => this.#evict(python), this.options.idleMs);
      this.#idle.set(python, timer.unref());
    }
    if (this.options.spare) this.warmUp();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#spare?.timer);
    for (const timer of this.#idle.values()) clearTimeout(timer);
    for (const python of this.#alive) python.end('closed');
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#alive].map((python) => python.exited()));
  }

  /** Whether the interpreter still works; ends it if not. */
  async #isUsable(python: PythonProcess, signal: AbortSignal): Promise<boolean> {
    const isUsable = await unlessAborted(python.isUsable(), signal).catch(() => false);
    if (!isUsable) python.end('closed');
    signal.throwIfAborted();
    return isUsable;
  }

  async #takeSpareOrStart(signal: AbortSignal): Promise<PythonProcess> {
    const spare = this.#spare;
    if (!spare) return this.#start(signal);
    this.#spare = undefined;
    clearTimeout(spare.timer);
    const stop = () => void spare.python.then((python) => python.end('closed')).catch(() => {});
    signal.addEventListener('abort', stop, { once: true });
    try {
      const python = await unlessAborted(spare.python, signal).catch(() => undefined);
      signal.throwIfAborted();
      return python && !python.hasEnded ? python : await this.#start(signal);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #start(signal: AbortSignal): Promise<PythonProcess> {
    const starting = this.#launch(signal);
    this.#starting.add(starting);
    try {
      const python = await starting;
      this.#alive.add(python);
      void python.exited().then(() => {
        this.#alive.delete(python);
        clearTimeout(this.#idle.get(python));
        this.#idle.delete(python);
      });
      return python;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async #launch(signal: AbortSignal): Promise<PythonProcess> {
    const options = await this.options.python();
    try {
      return await PythonProcess.start({ ...options, permissions: this.#permissions }, signal);
    } catch (error) {
      if (!this.#permissions || !isBadOptionError(error)) throw error;
      this.options.log(
        'This host does not support the permission model of Node; Python runs without that additional layer.',
      );
      this.#permissions = false;
      return PythonProcess.start({ ...options, permissions: false }, signal);
    }
  }

  #makeRoom(): void {
    for (const python of this.#idle.keys()) {
      if (this.#idle.size + this.#busy <= this.options.maxInterpreters) return;
      this.#evict(python);
    }
  }

  #evict(python: PythonProcess): void {
    clearTimeout(this.#idle.get(python));
    this.#idle.delete(python);
    python.end('closed');
  }

  /** Waits until fewer than `maxInterpreters` calls are running. */
  async #waitForSlot(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#busy < this.options.maxInterpreters) {
      this.#busy += 1;
      return;
    }
    let go: () => void;
    const turn = new Promise<void>((resolve) => this.#queue.push((go = resolve)));
    try {
      await unlessAborted(turn, signal);
    } catch (error) {
      const at = this.#queue.indexOf(go!);
      // If the slot was assigned at the same moment, pass it on.
      if (at < 0) this.#freeSlot();
      else this.#queue.splice(at, 1);
      throw error;
    }
  }

  #freeSlot(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#busy -= 1;
  }
}
