import { unlessAborted } from '../../process/abort';
import { PythonProcess, isBadOptionError, type PythonOptions } from './host/pythonProcess';

export interface PoolOptions {
  python: () => Promise<Omit<PythonOptions, 'permissions'>>;
  /**
   * Bytes of memory that all interpreters may take together, as measured; re-read on each use. Idle ones are evicted to
   * stay within it, running ones never; a single one may take more.
   */
  maxBytes: () => number;
  /** Maximum number of calls that run at the same time. */
  maxRunning: number;
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

/** A call that waits for its turn. */
interface Waiting {
  canGo: () => boolean;
  go: () => void;
}

/** What a new interpreter takes, until one was measured. */
const typicalBytes = 180 * 1024 * 1024;

/** Starts interpreters, keeps a spare one ready, and evicts idle ones: after a while, or when memory is needed. */
export class PythonPool {
  readonly #alive = new Set<PythonProcess>();
  readonly #starting = new Set<Promise<unknown>>();
  /** Interpreters that wait for their thread's next call, the least recently used first. */
  readonly #idle = new Map<PythonProcess, NodeJS.Timeout>();
  readonly #queue: Waiting[] = [];
  readonly #closing = new AbortController();
  #running = 0;
  /** Memory of the newest interpreter when it was started, in bytes. */
  #freshBytes = typicalBytes;
  #spare: Spare | undefined;
  #permissions: boolean;

  constructor(private readonly options: PoolOptions) {
    this.#permissions = options.permissions;
  }

  /** Starts a spare interpreter, unless there is one or there is no memory for it. */
  warmUp(): void {
    if (this.#spare || this.#closing.signal.aborted) return;
    if (this.#bytes() + this.#freshBytes > this.options.maxBytes() && this.#bytes() > 0) return;
    const python = this.#start(this.#closing.signal);
    const timer = setTimeout(() => {
      if (this.#spare?.python === python) this.#endSpare();
    }, this.options.idleMs);
    this.#spare = { python, timer: timer.unref() };
    python.catch((error: unknown) => {
      clearTimeout(timer);
      if (this.#spare?.python === python) this.#spare = undefined;
      if (!this.#closing.signal.aborted)
        this.options.log(`A Python interpreter could not be started: ${String(error)}`);
    });
  }

  /** Waits for its turn; returns the thread's current interpreter if it still works, else another. */
  acquire(current: PythonProcess | undefined, signal: AbortSignal): Promise<PythonProcess> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        canGo: () => this.#hasRoom(current),
        go: () => {
          signal.removeEventListener('abort', leave);
          this.#obtain(current, signal).then(resolve, (error: Error) => {
            this.#endTurn();
            reject(error);
          });
        },
      };
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        this.#nextTurns();
        reject(signal.reason as Error);
      };
      if (signal.aborted) return reject(signal.reason as Error);
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiting);
      this.#nextTurns();
    });
  }

  /** Ends a call: the interpreter stays with its thread until it is idle for too long or its memory is needed. */
  release(python: PythonProcess): void {
    if (!this.#closing.signal.aborted) this.#keep(python);
    this.#endTurn();
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

  /** Claims or starts an interpreter before the first await, so that the next call in the queue finds its memory counted. */
  async #obtain(current: PythonProcess | undefined, signal: AbortSignal): Promise<PythonProcess> {
    if (current && this.#idle.has(current) && !current.hasEnded) {
      clearTimeout(this.#idle.get(current));
      this.#idle.delete(current);
      if (await this.#isUsable(current, signal)) return current;
    }
    if (!this.#spare) this.#makeRoom(this.#freshBytes);
    return this.#takeSpareOrStart(AbortSignal.any([signal, this.#closing.signal]));
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
      this.#freshBytes = python.residentBytes;
      this.#alive.add(python);
      void python.exited().then(() => {
        this.#alive.delete(python);
        clearTimeout(this.#idle.get(python));
        this.#idle.delete(python);
        this.#nextTurns();
      });
      return python;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async #launch(signal: AbortSignal): Promise<PythonProcess> {
    // While a call runs, its memory may grow.
    const options = { ...(await this.options.python()), onMeasured: () => this.#makeRoom(0) };
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

  #keep(python: PythonProcess): void {
    if (python.isTooLargeToKeep) python.end('closed');
    if (python.hasEnded) return;
    // Before it is idle itself: the newest one stays, however large it is.
    this.#makeRoom(0);
    const timer = setTimeout(() => this.#evict(python), this.options.idleMs);
    this.#idle.set(python, timer.unref());
  }

  /** Makes room for a number of bytes: ends the spare interpreter, and idle ones from the least recently used on. */
  #makeRoom(bytes: number): void {
    const isFull = (): boolean => this.#bytes() + bytes > this.options.maxBytes();
    if (this.#spare && isFull()) this.#endSpare();
    for (const python of this.#idle.keys()) {
      if (!isFull()) return;
      this.#evict(python);
    }
  }

  /** Whether a call can run without another one's end, if all idle interpreters but its thread's own are evicted. */
  #hasRoom(current: PythonProcess | undefined): boolean {
    if (this.#running === 0) return true;
    if (this.#running >= this.options.maxRunning) return false;
    if (current && this.#idle.has(current) && !current.hasEnded) return true;
    const evictable = [...this.#idle.keys()].reduce((bytes, python) => bytes + bytesOf(python), 0);
    const spare = this.#spare ? this.#freshBytes : 0;
    return this.#bytes() - evictable - spare + this.#freshBytes <= this.options.maxBytes();
  }

  /** The memory of all interpreters, in bytes. */
  #bytes(): number {
    let bytes = this.#starting.size * this.#freshBytes;
    for (const python of this.#alive) bytes += bytesOf(python);
    return bytes;
  }

  #evict(python: PythonProcess): void {
    clearTimeout(this.#idle.get(python));
    this.#idle.delete(python);
    python.end('closed');
  }

  #endSpare(): void {
    const spare = this.#spare;
    this.#spare = undefined;
    clearTimeout(spare?.timer);
    spare?.python.then((python) => python.end('closed')).catch(() => {});
  }

  /** Starts waiting calls in their order, as far as there is room. */
  #nextTurns(): void {
    for (let next = this.#queue[0]; next?.canGo(); next = this.#queue[0]) {
      this.#queue.shift();
      this.#running += 1;
      next.go();
    }
  }

  #endTurn(): void {
    this.#running -= 1;
    this.#nextTurns();
  }
}

/** Memory of a process, in bytes; 0 once it was told to end. */
function bytesOf(python: PythonProcess): number {
  return python.hasEnded ? 0 : python.residentBytes;
}
