import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { storeErrorOf } from '../../../store/storeErrors';
import type { Store } from '../../../store/store';
import type { ReadingJob, StoredVectorStoreFile } from '../../../store/vectorStoreTables';
import { cutDocument } from '../index/splitText';
import type { Chunk } from '../../../store/chunk';
import { type EmbeddedChunks, type FileWriter, UnreadableFileError } from '../searchTypes';
import { chunkingOptions } from './chunkingStrategy';
import type { Embedder } from './embedder';
import type { Index, Reader } from './parts';

/** Maximum number of files read at once: reading is CPU-bound. */
const maxReadings = 2;

/** Chunks that are cut or written before yielding to the event loop: about 10 ms of work. */
const chunksPerTurn = 16;

/** Maximum ticks between retries after a storage error, such as a full disk. */
const maxBackoffTicks = 60;

/** Polling interval of `settled`. */
const pollIntervalMs = 50;

export interface IngestParts {
  store: Store;
  index: Index;
  reader: Reader;
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
  vectors?: EmbeddedChunks;
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
    const { store, index, reader } = this.parts;
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
    const chunks: Chunk[] = [];
    for (const chunk of cutDocument(document, chunkingOptions(file))) {
      if (chunks.push(chunk) % chunksPerTurn === 0) await nextTurn(undefined, { signal });
    }
    const embedded = await this.#embed(file, chunks, signal);
    const writer = this.#begin(job, file);
    if (!writer) return;
    try {
      for (let at = 0; at < chunks.length; at += chunksPerTurn) {
        await nextTurn(undefined, { signal });
        const end = at + chunksPerTurn;
        store.transaction(() => writer.add(chunks.slice(at, end), embedded.vectors?.vectors.slice(at, end)));
      }
      const isWritten = this.#finish(job, (current) => {
        const outcome = this.#currentVectors(file, embedded);
        if (!outcome) return undefined;
        writer.finish(outcome.vectors?.model);
        return {
          ...current,
          status: 'completed',
          last_error: null,
          usage_bytes: index.bytes(file.vector_store_id, file.id),
          embedding_error: outcome.error,
        };
      });
      if (!isWritten) writer.discard();
    } catch (error) {
      writer.discard();
      throw error;
    }
  }

  /** Starts to write a file's chunks; undefined if this engine no longer owns the file. */
  #begin(job: number, file: StoredVectorStoreFile): FileWriter | undefined {
    const { store, index, owner } = this.parts;
    return store.transaction(() =>
      store.vectorStoreFiles.claimed(job, owner) ? index.begin(file.vector_store_id, file.id) : undefined,
    );
  }

  /**
   * The model to embed a store's files with: the current one, unless the store has vectors of another,
   * which is an error.
   */
  #chooseModel(storeId: string): { model?: string; error?: string } {
    const { model } = this.parts.embedder;
    const before = this.parts.index.embeddingModel(storeId);
    if (model === undefined || before === undefined || before === model) return { model };
    return {
      error: `The vector store was made with the embeddings model ${before}. Rebuild it to use ${model}.`,
    };
  }

  /** Embeds chunks. If that fails, the file is found by words only. */
  async #embed(
    file: StoredVectorStoreFile,
    chunks: readonly Chunk[],
    signal: AbortSignal,
  ): Promise<Embedded> {
    const { embedder, log } = this.parts;
    const { model } = this.#chooseModel(file.vector_store_id);
    if (model === undefined || chunks.length === 0) return { model };
    try {
      const texts = chunks.map(({ text }) => text);
      return { model, vectors: { model, vectors: await embedder.embed(model, texts, signal) } };
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      log(`The file ${file.id} can be searched by its words alone: ${message}`);
      return { model, error: message };
    }
  }

  /**
   * Checks a file's vectors against the current model of its store, which may have been rebuilt or have
   * received vectors of another model meanwhile. Undefined if the file must be embedded again.
   */
  #currentVectors(
    { vector_store_id: id }: StoredVectorStoreFile,
    { model, vectors, error }: Embedded,
  ): Omit<Embedded, 'model'> | undefined {
    const now = this.#chooseModel(id);
    const isOfStore = model !== undefined && this.parts.index.embeddingModel(id) === model;
    if (isOfStore || (now.model !== undefined && now.model === model)) return { vectors, error };
    return now.model === undefined ? { error: now.error } : undefined;
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
