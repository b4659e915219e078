import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import { storeErrorOf } from '../../../store/storeErrors';
import type { Store } from '../../../store/store';
import type { ReadingJob, StoredVectorStoreFile } from '../../../store/vectorStoreTables';
import { cutDocument } from '../index/splitText';
import type { Chunk } from '../../../store/chunk';
import { type EmbeddedChunks, type FileWriting, UnreadableFileError } from '../searchTypes';
import { chunkingOptions } from './chunkingStrategy';
import type { Embedder } from './embedder';
import type { Index, Reader } from './parts';

/** How many files are read at once: reading is work for processors, of which there are few. */
const atOnce = 2;

/** So many chunks are cut, or written, before other work of this thread has its turn: about 10 ms. */
const piece = 16;

/** The most ticks until reading goes on after the disk was full, or busy for too long. */
const maxPause = 60;

/** How often somebody who waits looks whether the files are read, in milliseconds. */
const lookInterval = 50;

export interface IngestParts {
  store: Store;
  index: Index;
  reader: Reader;
  embedder: Embedder;
  /** The engine that reads. */
  owner: string;
  log: (message: string) => void;
}

/** What became of a file's vectors. */
interface Embedded {
  /** The model that they were to be made with; none: none was. */
  model?: string;
  vectors?: EmbeddedChunks;
  /** Why there are none. */
  error?: string;
}

interface Reading {
  stop: AbortController;
  done: Promise<void>;
}

/**
 * Reads the files that were put into vector stores, a few at a time. The queue is in the database:
 * each file is read by one of the engines that share it, and by another one where that is gone.
 */
export class Ingest {
  readonly #readings = new Map<number, Reading>();
  #closed = false;
  /** Ticks until reading goes on, and how many they are the next time. */
  #wait = 0;
  #pause = 1;

  constructor(private readonly parts: IngestParts) {}

  /** Files were added, or are not wanted any more. To be called when that is written. */
  wake(): void {
    setImmediate(() => this.#look());
  }

  /** Takes up what other engines left, and what could not be written down. */
  tick(alive: ReadonlySet<string>): void {
    const { store, owner } = this.parts;
    store.vectorStoreFiles.releaseDeadOwners(alive);
    if (this.#wait > 0) this.#wait--;
    store.vectorStoreFiles.releaseStale(owner, new Set(this.#readings.keys()));
    this.#look();
  }

  /** Waits until the files of stores are read, at most for a time given in milliseconds. */
  async settled(storeIds: readonly string[], limit: number, signal: AbortSignal): Promise<void> {
    const { vectorStoreFiles } = this.parts.store;
    const isReading = (id: string): boolean =>
      vectorStoreFiles.counts('vector_store_id', id).counts.in_progress > 0;
    for (const end = performance.now() + limit; performance.now() < end;) {
      if (!storeIds.some(isReading)) return;
      await sleep(lookInterval, undefined, { signal });
    }
  }

  /** Stops reading. What is under way is left to the next engine. */
  async close(): Promise<void> {
    this.#closed = true;
    const readings = [...this.#readings];
    for (const [, { stop }] of readings) stop.abort();
    await Promise.all(readings.map(([, { done }]) => done));
    for (const [job] of readings) this.parts.store.vectorStoreFiles.release(job, this.parts.owner);
  }

  #look(): void {
    if (this.#closed) return;
    try {
      this.#stopUnwanted();
      if (this.#wait > 0) return;
      while (this.#readings.size < atOnce) {
        const job = this.#claim();
        if (!job) return;
        this.#start(job);
      }
    } catch (error) {
      this.parts.log(`Looking for files to read failed: ${String(error)}`);
    }
  }

  /** A file that was taken out of its store, or whose batch was cancelled, need not be read to its end. */
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
        // That says nothing of the file.
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
    const document = await reader.read(store.contents.path(file.id), source.filename, signal);
    signal.throwIfAborted();
    const chunks: Chunk[] = [];
    for (const chunk of cutDocument(document, chunkingOptions(file))) {
      if (chunks.push(chunk) % piece === 0) await breathe(undefined, { signal });
    }
    const embedded = await this.#embedded(file, chunks, signal);
    const writing = this.#begin(job, file);
    if (!writing) return;
    try {
      for (let at = 0; at < chunks.length; at += piece) {
        await breathe(undefined, { signal });
        store.transaction(() => writing.add(chunks.slice(at, at + piece)));
      }
      const isWritten = this.#finish(job, (current) => {
        const outcome = this.#outcome(file, embedded);
        if (!outcome) return undefined;
        writing.finish(outcome.vectors);
        return {
          ...current,
          status: 'completed',
          last_error: null,
          usage_bytes: index.bytes(file.vector_store_id, file.id),
          embedding_error: outcome.error,
        };
      });
      if (!isWritten) writing.discard();
    } catch (error) {
      writing.discard();
      throw error;
    }
  }

  /** Begins to write a file's chunks, as long as it is still wanted here. */
  #begin(job: number, file: StoredVectorStoreFile): FileWriting | undefined {
    const { store, index, owner } = this.parts;
    return store.transaction(() =>
      store.vectorStoreFiles.claimed(job, owner) ? index.begin(file.vector_store_id, file.id) : undefined,
    );
  }

  /**
   * The model to make the vectors of a store's files with: the one that is set, where the store was
   * indexed with no other one.
   */
  #embedding(storeId: string): { model?: string; error?: string } {
    const { model } = this.parts.embedder;
    const before = this.parts.index.embeddingModel(storeId);
    if (model === undefined || before === undefined || before === model) return { model };
    return {
      error: `The vector store was made with the embeddings model ${before}. Rebuild it to use ${model}.`,
    };
  }

  /** The vectors of chunks. A file whose vectors cannot be made is found by its words. */
  async #embedded(
    file: StoredVectorStoreFile,
    chunks: readonly Chunk[],
    signal: AbortSignal,
  ): Promise<Embedded> {
    const { embedder, log } = this.parts;
    const { model } = this.#embedding(file.vector_store_id);
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
   * What of a file's vectors goes with it into its store, which may have been rebuilt for another model
   * meanwhile, or given vectors of another one. Undefined: they are to be made anew.
   */
  #outcome(
    { vector_store_id: id }: StoredVectorStoreFile,
    { model, vectors, error }: Embedded,
  ): Omit<Embedded, 'model'> | undefined {
    const now = this.#embedding(id);
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

  /** Leaves a file to a later tick, as nothing can be written down of it now. */
  #postpone(file: StoredVectorStoreFile, error: unknown): void {
    const reason = storeErrorOf(error, this.parts.store.dataDir)?.message ?? String(error);
    this.parts.log(`Reading ${file.id} is put off: ${reason}`);
    this.#wait = this.#pause;
    this.#pause = Math.min(maxPause, this.#pause * 2);
  }

  /**
   * Writes how a reading ended, where it is still wanted; where there is no end, the file is read anew.
   * Returns whether it was written.
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
    this.#pause = 1;
    return isWritten;
  }
}
