import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { errorOf, type FromWorker, type ToWorker } from './workerMessages';

/** A worker without requests is ended after this time, in milliseconds, which frees its memory. */
const idleMs = 10 * 60_000;
/** How long a worker may take to end by itself, in milliseconds. */
const maxClosingMs = 2_000;
/** How often a request is sent to another worker after one has ended with it. */
const maxRepetitions = 2;

/** The worker ended before it answered: it crashed, or was ended. */
export class WorkerEndedError extends Error {
  override readonly name = 'WorkerEndedError';
}

export interface WorkerThreadOptions {
  /** Path of the built script. */
  script: string;
  workerData: unknown;
  /** Called when a worker has ended. */
  onExit?: () => void;
  log: (message: string) => void;
}

export interface RequestOptions {
  signal?: AbortSignal;
  transfer?: readonly ArrayBuffer[];
  /** Whether another worker may be asked if the first one ends. Not for requests that transfer. */
  isRepeatable?: boolean;
  /** Whether the process may end without waiting for the answer. */
  isBackground?: boolean;
}

interface Pending {
  message: ToWorker & { type: 'request' };
  options: RequestOptions;
  repetitions: number;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Sends requests to a worker thread, which is started by the first one, and again after it has ended. */
export class WorkerThread {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(private readonly options: WorkerThreadOptions) {}

  /** Rejects with the worker's error, WorkerEndedError, or the signal's reason once the worker has stopped. */
  async request<R>(name: string, payload: unknown, options: RequestOptions = {}): Promise<R> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#isClosed) throw new WorkerEndedError('The worker was closed.');
    const id = this.#nextId++;
    const onAbort = () => this.#worker?.postMessage({ type: 'abort', id } satisfies ToWorker);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const result = await new Promise((resolve, reject) => {
        const message = { type: 'request', id, name, payload } as const;
        const pending = { message, options, repetitions: 0, resolve, reject };
        this.#pending.set(id, pending);
        this.#send(pending);
      });
      signal?.throwIfAborted();
      return result as R;
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
    await this.#end();
  }

  /** The worker that runs now, if there is one. */
  get worker(): Worker | undefined {
    return this.#worker;
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    const exit = once(worker, 'exit');
    worker.postMessage({ type: 'close' } satisfies ToWorker);
    await Promise.race([exit, sleep(maxClosingMs, undefined, { ref: false })]);
    await worker.terminate();
  }

  #send({ message, options }: Pending): void {
    const worker = (this.#worker ??= this.#start());
    clearTimeout(this.#idle);
    worker.postMessage(message, options.transfer ?? []);
    this.#updateRef();
  }

  #start(): Worker {
    const { script, workerData } = this.options;
    const worker = new Worker(script, { workerData, name: 'assistants-studio-search' });
    worker.on('message', (answer: FromWorker) => this.#settle(answer));
    worker.on('error', (error: Error) =>
      this.options.log(`The search worker failed: ${error.stack ?? error.message}`),
    );
    worker.on('exit', () => this.#exited(worker));
    return worker;
  }

  #settle(answer: FromWorker): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('error' in answer) pending?.reject(errorOf(answer.error));
    else pending?.resolve(answer.result);
    this.#updateRef();
    if (this.#pending.size > 0 || this.#isClosed) return;
    this.#idle = setTimeout(() => void this.#end(), idleMs).unref();
  }

  #exited(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.options.onExit?.();
    for (const [id, pending] of [...this.#pending]) {
      const isRepeated =
        !this.#isClosed &&
        pending.options.isRepeatable === true &&
        !pending.options.signal?.aborted &&
        pending.repetitions++ < maxRepetitions;
      if (isRepeated) this.#send(pending);
      else {
        this.#pending.delete(id);
        pending.reject(new WorkerEndedError('The search worker ended before it was done.'));
      }
    }
  }

  /** Keeps the process alive while an answer is awaited, and only then. */
  #updateRef(): void {
    const isAwaited = [...this.#pending.values()].some(({ options }) => !options.isBackground);
    if (isAwaited) this.#worker?.ref();
    else this.#worker?.unref();
  }
}
