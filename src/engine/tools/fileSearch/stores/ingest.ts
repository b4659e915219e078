import { setTimeout as sleep } from 'node:timers/promises';
import { storeErrorOf } from '../../../store/storeErrors';
import type { Store } from '../../../store/store';
import type { ReadingJob, StoredVectorStoreFile } from '../../../store/tables/vectorStoreTables';
import { WorkerEndedError } from '../../../worker/workerThread';
import type { CutDocument, SearchService } from '../service/searchService';
import { UnreadableFileError } from '../searchTypes';
import { chunkingOptions } from './chunkingStrategy';
import { chooseModel, type Embedder } from './embedder';
import type { Index, Reader } from './parts';

/** Maximum number of files read at once: reading is CPU-bound. */
const maxReadings = 2;

/** Chunks that are embedded at a time: their texts and vectors pass through this thread. */
const chunksPerEmbedding = 256;

/** How often a file is read again after a worker has ended with it. */
const maxWorkerEnds = 2;

/** Maximum ticks between retries after a storage error, such as a full disk. */
const maxBackoffTicks = 60;

/** Polling interval of `settled`. */
const pollIntervalMs = 50;

export interface IngestParts {
  store: Store;
  index: Index;
  reader: Reader;
  service: SearchService;
  embedder: Embedder;
  /** Id of the engine, which owns the files it claims. */
  owner: string;
  /** Called by `wake`. */
  onWake: () => void;
  log: (message: string) => void;
}

/** The result of embedding a file's chunks. */
interface Embedded {
  /** The embeddings model; undefined if none was set. */
  model?: string;
  /** Why there are no vectors. */
  error?: string;
}

interface Reading {
  stop: AbortController;
  done: Promise<void>;
}

/**
 * Reads the files that were added to vector stores, a few at a time. The queue is in the database:
 * each file is claimed by one of the engines that share it, and by another one if that engine dies.
 */
export class Ingest {
  readonly #readings = new Map<number, Reading>();
  /** How often workers have ended while they indexed a file, by its job. */
  readonly #workerEnds = new Map<number, number>();
  #closed = false;
  /** Ticks until the next retry, and the length of the next delay. */
  #ticksToWait = 0;
  #backoffTicks = 1;

  constructor(private readonly parts: IngestParts) {}

  /** Call this after files were added to stores or removed from them, once that is committed. */
  wake(): void {
    setImmediate(() => this.#readNext());
    this.parts.onWake();
  }

  /** Claims files of dead engines, and retries files whose result could not be written. */
  tick(alive: ReadonlySet<string>): void {
    const { store, owner } = this.parts;
    store.vectorStoreFiles.releaseDeadOwners(alive);
    if (this.#ticksToWait > 0) this.#ticksToWait--;
    store.vectorStoreFiles.releaseStale(owner, new Set(this.#readings.keys()));
    this.#readNext();
  }

  /** Waits until the files of stores are read, for at most `limit` milliseconds. Throws when aborted. */
  async settled(storeIds: readonly string[], limit: number, signal: AbortSignal): Promise<void> {
    const { vectorStores, vectorStoreFiles } = this.parts.store;
    const isReading = (id: string): boolean =>
      vectorStores.get(id) !== undefined &&
      vectorStoreFiles.counts('vector_store_id', id).counts.in_progress > 0;
    for (const end = performance.now() + limit; performance.now() < end;) {
      if (!storeIds.some(isReading)) return;
      await sleep(pollIntervalMs, undefined, { signal });
    }
  }

  /** Stops reading; unfinished files are released for the next engine. */
  async close(): Promise<void> {
    this.#closed = true;
    const readings = [...this.#readings];
    for (const [, { stop }] of readings) stop.abort();
    await Promise.all(readings.map(([, { done }]) => done));
    for (const [job] of readings) this.parts.store.vectorStoreFiles.release(job, this.parts.owner);
  }

  #readNext(): void {
    if (this.#closed) return;
    try {
      this.#stopUnwanted();
      if (this.#ticksToWait > 0) return;
      while (this.#readings.size < maxReadings) {
        const job = this.#claim();
        if (!job) return;
        this.#start(job);
      }
    } catch (error) {
      this.parts.log(`Looking for files to read failed: ${String(error)}`);
    }
  }

  /** Cancels files that were removed from their store, or whose batch was cancelled. */
  #stopUnwanted(): void {
    const { store, owner } = this.parts;
    for (const [job, { stop }] of this.#readings) {
      if (!store.vectorStoreFiles.claimed(job, owner)) stop.abort();
    }
  }

  #claim(): ReadingJob | undefined {
    const { store, owner } = this.parts;
    return store.transaction(() => store.vectorStoreFiles.claim(owner));
  }

  #start({ job, file }: ReadingJob): void {
    const stop = new AbortController();
    const done = this.#read(job, file, stop.signal)
      .catch((error: unknown) => {
        if (stop.signal.aborted) return;
        if (error instanceof WorkerEndedError && this.#isReadAgain(job)) return this.#release(job);
        // A storage error says nothing about the file.
        if (storeErrorOf(error, this.parts.store.dataDir)) throw error;
        this.#fail(job, file, error);
      })
      .catch((error: unknown) => this.#postpone(file, error))
      .finally(() => {
        this.#readings.delete(job);
        this.wake();
      });
    this.#readings.set(job, { stop, done });
  }

  async #read(job: number, file: StoredVectorStoreFile, signal: AbortSignal): Promise<void> {
    const { store, service, reader } = this.parts;
    const source = store.files.get(file.id);
    if (!source) throw new UnreadableFileError('invalid_file', `The file ${file.id} was deleted.`);
    const encoding = file.attributes?.['encoding'];
    const document = await reader.read(
      store.contents.checkedPath(source),
      source.filename,
      signal,
      typeof encoding === 'string' && encoding !== '' ? encoding : undefined,
    );
    signal.throwIfAborted();
    const cut = await service.cut(document, chunkingOptions(file), signal);
    try {
      const { model, error } = await this.#embed(file, cut, signal);
      const { owner, embedder } = this.parts;
      const { vector_store_id: storeId, id: fileId } = file;
      const asked = { storeId, fileId, job, owner, model, error, currentModel: embedder.model };
      await service.write(cut.session, asked, signal);
      this.#backoffTicks = 1;
    } finally {
      service.end(cut.session);
    }
  }

  #isReadAgain(job: number): boolean {
    const ends = (this.#workerEnds.get(job) ?? 0) + 1;
    this.#workerEnds.set(job, ends);
    return ends <= maxWorkerEnds;
  }

  #release(job: number): void {
    const { store, owner } = this.parts;
    store.transaction(() => store.vectorStoreFiles.release(job, owner));
  }

  /** Embeds the chunks of a document. If that fails, the file is found by words only. */
  async #embed(
    file: StoredVectorStoreFile,
    { session, chunks }: CutDocument,
    signal: AbortSignal,
  ): Promise<Embedded> {
    const { embedder, index, service, log } = this.parts;
    const { model } = chooseModel(embedder.model, index.embeddingModel(file.vector_store_id));
    if (model === undefined) return {};
    try {
      for (let from = 0; from < chunks;) {
        const texts = await service.texts(session, from, from + chunksPerEmbedding);
        from += texts.length;
        await service.addVectors(session, await embedder.embed(model, texts, signal));
      }
      return { model };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof WorkerEndedError) throw error;
      const { message } = error as Error;
      log(`The file ${file.id} can be searched by its words alone: ${message}`);
      return { model, error: message };
    }
  }

  #fail(job: number, file: StoredVectorStoreFile, error: unknown): void {
    const known = error instanceof UnreadableFileError;
    if (!known) this.parts.log(`Reading ${file.id} failed: ${(error as Error).stack ?? String(error)}`);
    const code = known ? error.code : 'server_error';
    const message = error instanceof Error ? error.message : String(error);
    this.#finish(job, (current) => {
      this.parts.index.remove(file.vector_store_id, file.id);
      return { ...current, status: 'failed', usage_bytes: 0, last_error: { code, message } };
    });
  }

  /** Leaves a file to a later tick, because its result cannot be written now. */
  #postpone(file: StoredVectorStoreFile, error: unknown): void {
    const reason = storeErrorOf(error, this.parts.store.dataDir)?.message ?? String(error);
    this.parts.log(`Reading ${file.id} is postponed: ${reason}`);
    this.#ticksToWait = this.#backoffTicks;
    this.#backoffTicks = Math.min(maxBackoffTicks, this.#backoffTicks * 2);
  }

  /**
   * Writes the result of reading a file, if this engine still owns it. If `end` returns undefined, the
   * file is released, to be read again. Returns whether a result was written.
   */
  #finish(job: number, end: (file: StoredVectorStoreFile) => StoredVectorStoreFile | undefined): boolean {
    const { store, owner } = this.parts;
    const isWritten = store.transaction(() => {
      const file = store.vectorStoreFiles.claimed(job, owner);
      const ended = file && end(file);
      if (ended) store.vectorStoreFiles.update(ended);
      else store.vectorStoreFiles.release(job, owner);
      return ended !== undefined;
    });
    this.#backoffTicks = 1;
    return isWritten;
  }
}
