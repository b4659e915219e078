import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Answer, errorOf, type FromWorker, type ToWorker } from './workerMessages';

/** A worker without requests is ended after this time, in milliseconds, which frees its memory. */
const defaultIdleMs = 10 * 60_000;
/** How long a worker may take to end by itself, in milliseconds. */
const maxClosingMs = 2_000;
/** How often a request is sent to another worker after one has ended with it. */
const maxRepetitions = 2;

/** The worker ended before it answered: it crashed, or was ended. */
export class WorkerEndedError extends Error {
  override readonly name: string = 'WorkerEndedError';
}

/** No worker could be started. */
export class WorkerStartError extends WorkerEndedError {
  override readonly name = 'WorkerStartError';
}

export interface WorkerThreadOptions {
  /** What it is for, in the log: `search`. */
  name: string;
  /** Path of the built script. */
  script: string;
  workerData: unknown;
  /** Called when the first of some requests is sent, and when all of them are answered. */
  onBusy?: (isBusy: boolean) => void;
  /** Called with what a worker reports without being asked. */
  onNews?: (news: unknown) => void;
  /** Called when a worker has ended. */
  onExit?: () => void;
  log: (message: string) => void;
  /** A worker without requests is ended after this time, in milliseconds. */
  idleMs?: number;
}

export interface RequestOptions {
  signal?: AbortSignal;
  /** Whether another worker may be asked if the first one ends. */
  isRepeatable?: boolean;
  /** Whether the process may end without waiting for the answer. */
  isBackground?: boolean;
  /** Buffers of the payload that are moved to the worker instead of copied. Not for requests that are repeatable. */
  transfer?: readonly ArrayBuffer[];
}

interface Pending {
  message: ToWorker & { type: 'request' };
  options: RequestOptions;
  repetitions: number;
  /** The worker that it was sent to. */
  worker?: Worker;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** Sends requests to a worker thread, which is started by the first one, and again after it has ended. */
export class WorkerThread {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isBusy = false;

  constructor(private readonly options: WorkerThreadOptions) {}

  /**
   * Rejects with the worker's error, WorkerEndedError, WorkerStartError, or the signal's reason once the worker has
   * stopped. Resolves if it was aborted too late.
   */
  async request<R>(name: string, payload: unknown, options: RequestOptions = {}): Promise<R> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#isClosed) throw new WorkerEndedError('The worker was closed.');
    const id = this.#nextId++;
    const onAbort = () => post(this.#pending.get(id)?.worker, { type: 'abort', id });
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return (await new Promise<unknown>((resolve, reject) => {
        const message = { type: 'request', id, name, payload } as const;
        const pending = { message, options, repetitions: 0, resolve, reject };
        this.#pending.set(id, pending);
        this.#send(pending);
      })) as R;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the worker. Pending requests reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    if (this.#worker) await end(this.#worker);
  }

  /** The worker that runs now, if there is one. */
  get worker(): Worker | undefined {
    return this.#worker;
  }

  #send(pending: Pending): void {
    clearTimeout(this.#idle);
    try {
      pending.worker = this.#worker ??= this.#start();
      post(pending.worker, pending.message, pending.options.transfer);
    } catch (error) {
      this.#pending.delete(pending.message.id);
      pending.reject(error);
    }
    this.#update();
  }

  #start(): Worker {
    const { name, log } = this.options;
    const worker = createWorker(this.options);
    let isReady = false;
    let startError: Error | undefined;
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'ready') isReady = true;
      else if (message.type === 'log') log(message.message);
      else if (message.type === 'news') this.options.onNews?.(message.news);
      else this.#settle(message);
    });
    worker.on('messageerror', () => void worker.terminate());
    worker.on('error', (error: Error) => {
      if (isReady) log(`The ${name} worker failed: ${error.stack ?? error.message}`);
      else startError = error;
    });
    worker.on('exit', () => this.#exited(worker, startError));
    return worker;
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('error' in answer) pending?.reject(errorOf(answer.error));
    else pending?.resolve(answer.result);
    this.#update();
    if (this.#pending.size > 0 || this.#isClosed) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#endIdle(), this.options.idleMs ?? defaultIdleMs).unref();
  }

  /** Ends the worker. The next request starts another one, even while this one is ending. */
  #endIdle(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker) void end(worker);
  }

  #exited(worker: Worker, startError: Error | undefined): void {
    if (this.#worker === worker) this.#worker = undefined;
    this.options.onExit?.();
    for (const [id, pending] of [...this.#pending]) {
      if (pending.worker !== worker) continue;
      const isRepeated =
        !this.#isClosed &&
        !startError &&
        pending.options.isRepeatable === true &&
        !pending.options.signal?.aborted &&
        pending.repetitions++ < maxRepetitions;
      if (isRepeated) this.#send(pending);
      else {
        this.#pending.delete(id);
        pending.reject(
          startError
            ? startFailure(this.options.name, startError)
            : new WorkerEndedError(`The ${this.options.name} worker ended before it was done.`),
        );
      }
    }
    this.#update();
  }

  /** Notifies of a change of `isBusy`. Keeps the process alive while an answer is awaited, and only then. */
  #update(): void {
    if (this.#isBusy !== this.#pending.size > 0) this.options.onBusy?.((this.#isBusy = !this.#isBusy));
    const isAwaited = [...this.#pending.values()].some(({ options }) => !options.isBackground);
    if (isAwaited) this.#worker?.ref();
    else if (!this.#isClosed) this.#worker?.unref();
  }
}

function createWorker({ name, script, workerData }: WorkerThreadOptions): Worker {
  try {
    return new Worker(script, { workerData, name: `assistants-studio-${name}` });
  } catch (error) {
    throw startFailure(name, error);
  }
}

function startFailure(name: string, cause: unknown): WorkerStartError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WorkerStartError(`The ${name} worker could not be started: ${reason}`, { cause });
}

function post(worker: Worker | undefined, message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
  worker?.postMessage(message, transfer);
}

/** Lets a worker finish what it is writing and end; ends it if that takes too long. */
async function end(worker: Worker): Promise<void> {
  // The process must not end before its owner has gone on.
  worker.ref();
  const exit = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
  post(worker, { type: 'close' });
  await Promise.race([exit, sleep(maxClosingMs, undefined, { ref: false })]);
  await worker.terminate();
}
