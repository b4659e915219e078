import type { Store } from '../../../store/store';
import { WorkerEndedError, WorkerStartError, WorkerThread } from '../../../worker/workerThread';
import type { EncodedDocument } from '../encodedDocument';
import type { ChunkingOptions, ReadDocument } from '../searchTypes';
import type { OnIndexUpdate } from '../stores/filesProgress';
import type { Found } from '../stores/search';
import type { CutDocument, EmbeddedSearch, SearchService, WriteAsked } from './searchService';
import type { SearchWorkerData } from './searchWorker';

type OfSession = { session: string } & Record<string, unknown>;

/** After a worker could not be started, the next attempt is made this much later, in milliseconds. */
const restartMs = 60_000;

/** Milliseconds after which an idle worker has made its last checkpoint. */
const checkpointsAfterMs = 1_000;

export interface WorkerServiceOptions {
  /** Path of the built script. */
  script: string;
  store: Store;
  /** Works on this thread while no worker can be started. */
  local: SearchService;
  log: (message: string) => void;
  onIndexUpdate?: OnIndexUpdate;
  idleMs?: number;
}

/** Searches, indexes and cleans up in a worker thread, which is started by the first request. */
export class WorkerService implements SearchService {
  readonly thread: WorkerThread;
  readonly #local: SearchService;
  readonly #log: (message: string) => void;
  readonly #localSessions = new Set<string>();
  #isCleaning = false;
  /** Whether there was more to clean up while that was under way. */
  #isWoken = false;
  #restartsAt = 0;
  #isClosed = false;

  constructor({ script, store, local, log, onIndexUpdate, idleMs }: WorkerServiceOptions) {
    this.#local = local;
    this.#log = log;
    const workerData: SearchWorkerData = { dataDir: store.dataDir, turns: store.turns.buffer };
    const onNews = (news: unknown) => onIndexUpdate?.(...(news as Parameters<OnIndexUpdate>));
    const onExit = () => {
      store.turns.workerLeaves();
      onIndexUpdate?.('vectors', 1);
    };
    let resuming: NodeJS.Timeout | undefined;
    const onBusy = (isBusy: boolean) => {
      clearTimeout(resuming);
      if (isBusy) store.leaveCheckpoints(true);
      else resuming = setTimeout(() => store.leaveCheckpoints(false), checkpointsAfterMs).unref();
    };
    const events = { onBusy, onNews, onExit };
    this.thread = new WorkerThread({ name: 'search', script, workerData, ...events, log, idleMs });
  }

  async search(asked: EmbeddedSearch, signal: AbortSignal): Promise<Found[]> {
    const here = () => this.#local.search(asked, signal);
    const inWorker = async (): Promise<Found[]> => {
      try {
        return await this.thread.request<Found[]>('search', asked, { signal, isRepeatable: true });
      } catch (error) {
        if (!isEnd(error) || this.#isClosed) throw error;
        return here();
      }
    };
    return this.#inWorkerOr(here, inWorker);
  }

  /** Starts the worker, and gets it ready for searches in whatever store. */
  rehearse(): void {
    this.#prepare('rehearse');
  }

  warmUp(storeIds: readonly string[]): void {
    this.#prepare('warmUp', storeIds);
  }

  readAhead(storeIds: readonly string[]): void {
    this.#prepare('readAhead', storeIds);
  }

  #prepare(name: 'rehearse' | 'warmUp' | 'readAhead', storeIds?: readonly string[]): void {
    if (this.#isClosed || performance.now() < this.#restartsAt) return;
    // The search that comes next starts another worker, or reports why there is none.
    this.thread.request(name, storeIds, { isBackground: true }).catch(() => undefined);
  }

  cut(
    document: ReadDocument | EncodedDocument,
    options: ChunkingOptions,
    signal: AbortSignal,
  ): Promise<CutDocument> {
    const transfer = 'pieces' in document ? document.pieces.map(({ buffer }) => buffer) : [];
    const here = async (): Promise<CutDocument> => {
      // They went to a worker that could not be started: the file has to be read again.
      if (transfer.some(({ byteLength }) => byteLength === 0))
        throw new WorkerEndedError('The document was lost.');
      const cut = await this.#local.cut(document, options, signal);
      this.#localSessions.add(cut.session);
      return cut;
    };
    return this.#inWorkerOr(here, () =>
      this.thread.request('cut', { document, options }, { signal, transfer }),
    );
  }

  async texts(session: string, from: number, to: number): Promise<string[]> {
    if (this.#localSessions.has(session)) return this.#local.texts(session, from, to);
    return this.#inSession('texts', { session, from, to });
  }

  async addVectors(session: string, vectors: readonly Float32Array[]): Promise<void> {
    if (this.#localSessions.has(session)) return this.#local.addVectors(session, vectors);
    return this.#inSession('addVectors', { session, vectors });
  }

  async write(session: string, asked: WriteAsked, signal: AbortSignal): Promise<void> {
    if (this.#localSessions.has(session)) return this.#local.write(session, asked, signal);
    return this.#inSession('write', { session, asked }, signal);
  }

  end(session: string): void {
    if (this.#localSessions.delete(session)) this.#local.end(session);
    else if (this.thread.worker) this.thread.request('end', { session }).catch(() => undefined);
  }

  cleanUp(): void {
    if (this.#isClosed) return;
    this.#isWoken = true;
    if (this.#isCleaning) return;
    this.#isCleaning = true;
    this.#cleanUpAll()
      .catch((error: unknown) => {
        if (!isEnd(error)) this.#log(`Cleaning up failed: ${String(error)}`);
      })
      .finally(() => (this.#isCleaning = false));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.thread.close();
    await this.#local.close();
  }

  async #cleanUpAll(): Promise<void> {
    const options = { isBackground: true, isRepeatable: true };
    while (this.#isWoken && !this.#isClosed) {
      this.#isWoken = false;
      await this.#inWorkerOr(
        () => this.#local.cleanUp(),
        () => this.thread.request<void>('cleanUp', undefined, options),
      );
    }
  }

  /** Does something in the worker, or here if none can be started. */
  async #inWorkerOr<R>(here: () => R | Promise<R>, inWorker: () => Promise<R>): Promise<R> {
    if (performance.now() < this.#restartsAt) return here();
    try {
      return await inWorker();
    } catch (error) {
      if (!(error instanceof WorkerStartError)) throw error;
      this.#restartsAt = performance.now() + restartMs;
      this.#log(`${error.message} Files are searched and indexed without it.`);
      return here();
    }
  }

  /** Throws WorkerEndedError if the session's worker has ended. */
  async #inSession<R>(name: string, payload: OfSession, signal?: AbortSignal): Promise<R> {
    try {
      return await this.thread.request<R>(name, payload, { signal });
    } catch (error) {
      if ((error as Error).name !== 'UnknownSessionError') throw error;
      throw new WorkerEndedError((error as Error).message, { cause: error });
    }
  }
}

/** Whether a worker ended before it answered, after it had started. */
function isEnd(error: unknown): boolean {
  return error instanceof WorkerEndedError && !(error instanceof WorkerStartError);
}
