import type { Store } from '../../../store/store';
import { WorkerEndedError, WorkerThread } from '../../../worker/workerThread';
import type { ChunkingOptions, ReadDocument } from '../searchTypes';
import type { Found } from '../stores/search';
import type { CutDocument, EmbeddedSearch, SearchService, WriteAsked } from './searchService';
import type { SearchWorkerData } from './searchWorker';

type OfSession = { session: string } & Record<string, unknown>;

/** Searches, indexes and cleans up in a worker thread, which is started by the first request. */
export class WorkerService implements SearchService {
  readonly thread: WorkerThread;
  #isCleaning = false;

  /** `local` searches on this thread if no worker can. */
  constructor(
    script: string,
    store: Store,
    private readonly local: SearchService,
    private readonly log: (message: string) => void,
  ) {
    const workerData: SearchWorkerData = { dataDir: store.dataDir, turns: store.turns.buffer };
    const onExit = () => store.turns.workerLeaves();
    this.thread = new WorkerThread({ script, workerData, onExit, log });
  }

  async search(asked: EmbeddedSearch, signal: AbortSignal): Promise<Found[]> {
    try {
      return await this.thread.request<Found[]>('search', asked, { signal, isRepeatable: true });
    } catch (error) {
      if (!(error instanceof WorkerEndedError)) throw error;
      return await this.local.search(asked, signal);
    }
  }

  cut(document: ReadDocument, options: ChunkingOptions, signal: AbortSignal): Promise<CutDocument> {
    return this.thread.request('cut', { document, options }, { signal });
  }

  texts(session: string, from: number, to: number): Promise<string[]> {
    return this.#inSession('texts', { session, from, to });
  }

  addVectors(session: string, vectors: readonly Float32Array[]): Promise<void> {
    return this.#inSession('addVectors', { session, vectors });
  }

  write(session: string, asked: WriteAsked, signal: AbortSignal): Promise<void> {
    return this.#inSession('write', { session, asked }, signal);
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

  end(session: string): void {
    this.thread.request('end', { session }).catch(() => undefined);
  }

  cleanUp(): void {
    if (this.#isCleaning) return;
    this.#isCleaning = true;
    this.thread
      .request('cleanUp', undefined, { isBackground: true, isRepeatable: true })
      .catch((error: unknown) => {
        if (!(error instanceof WorkerEndedError)) this.log(`Cleaning up failed: ${String(error)}`);
      })
      .finally(() => (this.#isCleaning = false));
  }

  async close(): Promise<void> {
    await this.thread.close();
    await this.local.close();
  }
}
