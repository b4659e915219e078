import { setImmediate as breathe, setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../store/store';
import type { ReadingJob, StoredVectorStoreFile } from '../../store/vectorStoreTables';
import { cutDocument } from '../fileSearch/chunking';
import { type Chunk, type EmbeddedChunks, type FileWriting, UnreadableFileError } from '../fileSearch/types';
import { chunkingOptions } from './chunking';
import type { Embedder } from './embedder';
import type { Index, Reader } from './parts';

/** How many files are read at once: reading is work for processors, of which there are few. */
const atOnce = 2;

/** So many chunks are cut, or written, before other work of this thread has its turn: about 10 ms. */
const piece = 16;

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

  constructor(private readonly parts: IngestParts) {}

  /** Files were added, or are not wanted any more. To be called when that is written. */
  wake(): void {
    setImmediate(() => this.#look());
  }

  /** Takes up what other engines left. */
  tick(alive: ReadonlySet<string>): void {
    this.parts.store.vectorStoreFiles.releaseAllBut(alive);
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
        if (!stop.signal.aborted) this.#fail(job, file, error);
      })
      .catch((error: unknown) => this.parts.log(`Reading ${file.id}: ${String(error)}`))
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
    const { vectors, error } = await this.#embedded(file, chunks, signal);
    const writing = this.#begin(job, file);
    if (!writing) return;
    try {
      for (let at = 0; at < chunks.length; at += piece) {
        await breathe(undefined, { signal });
        store.transaction(() => writing.add(chunks.slice(at, at + piece)));
      }
    } catch (error) {
      writing.discard();
      throw error;
    }
    this.#finish(job, (current) => {
      writing.finish(vectors);
      return {
        ...current,
        status: 'completed',
        last_error: null,
        usage_bytes: index.bytes(file.vector_store_id, file.id),
        embedding_error: error,
      };
    });
  }

  /** Begins to write a file's chunks, as long as it is still wanted here. */
  #begin(job: number, file: StoredVectorStoreFile): FileWriting | undefined {
    const { store, index, owner } = this.parts;
    return store.transaction(() =>
      store.vectorStoreFiles.claimed(job, owner) ? index.begin(file.vector_store_id, file.id) : undefined,
    );
  }

  /**
   * The vectors of chunks, where an embeddings model is set and the store was indexed with no other
   * one. A file whose vectors cannot be made is found by its words.
   */
  async #embedded(
    file: StoredVectorStoreFile,
    chunks: readonly Chunk[],
    signal: AbortSignal,
  ): Promise<{ vectors?: EmbeddedChunks; error?: string }> {
    const { embedder, index, log } = this.parts;
    const { model } = embedder;
    if (model === undefined || chunks.length === 0) return {};
    const before = index.embeddingModel(file.vector_store_id);
    if (before !== undefined && before !== model) {
      return {
        error: `The vector store was made with the embeddings model ${before}. Rebuild it to use ${model}.`,
      };
    }
    try {
      const texts = chunks.map(({ text }) => text);
      return { vectors: { model, vectors: await embedder.embed(model, texts, signal) } };
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      log(`The file ${file.id} can be searched by its words alone: ${message}`);
      return { error: message };
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

  /** Writes how a reading ended, where it is still wanted. */
  #finish(job: number, end: (file: StoredVectorStoreFile) => StoredVectorStoreFile): void {
    const { store, owner } = this.parts;
    store.transaction(() => {
      const file = store.vectorStoreFiles.claimed(job, owner);
      if (file) store.vectorStoreFiles.update(end(file));
    });
  }
}
