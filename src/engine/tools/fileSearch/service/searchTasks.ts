import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Chunk } from '../../../store/chunk';
import type { StoredVectorStoreFile } from '../../../store/tables/vectorStoreTables';
import type { SearchIndex } from '../index/searchIndex';
import { decodeDocument, type EncodedDocument } from '../encodedDocument';
import { cutDocument } from '../index/splitText';
import type { ChunkingOptions, FileWriter, ReadDocument } from '../searchTypes';
import { chooseModel } from '../stores/embedder';
import { type Found, searchIndexed } from '../stores/search';
import type { OnIndexUpdate } from '../stores/filesProgress';
import { Upkeep, type UpkeepParts } from '../stores/upkeep';
import type { SearchData } from '../stores/parts';
import {
  type CutDocument,
  type EmbeddedSearch,
  type SearchService,
  UnknownSessionError,
  type WriteAsked,
} from './searchService';

/** Chunks, and their characters, that are cut or written before others take a turn: up to 15 ms of work. */
const chunksPerTurn = 32;
const charactersPerTurn = 128 * 1024;

/** Characters of the texts that are returned at once: copying them holds up the engine's thread. */
const maxTexts = 1024 * 1024;

/** The first one reads most of what there is to read, the others let V8 optimize: the search after them takes half as long. */
const rehearsals = 3;

export type TaskData = SearchData & Omit<UpkeepParts, 'index'>;

interface Session {
  chunks: readonly Chunk[];
  /** Those of the first chunks; of all, if the file is found by meaning. */
  vectors: Float32Array[];
}

/** Searches, indexes and cleans up on its own thread, yielding between short pieces of work. */
export class SearchTasks implements SearchService {
  readonly #sessions = new Map<string, Session>();
  readonly #upkeep: Upkeep;
  #hasSearched = false;
  #isClosed = false;

  constructor(
    private readonly data: TaskData,
    private readonly index: SearchIndex,
    log: (message: string) => void,
    onIndexUpdate?: OnIndexUpdate,
  ) {
    this.#upkeep = new Upkeep({ ...data, index }, log, onIndexUpdate);
  }

  search(asked: EmbeddedSearch, signal: AbortSignal): Promise<Found[]> {
    this.#hasSearched = true;
    return searchIndexed(this.data, this.index, asked, signal);
  }

  warmUp(storeIds: readonly string[]): void {
    // The search reads what could not be read, and reports the error.
    this.warmedUp(storeIds).catch(() => undefined);
  }

  readAhead(storeIds: readonly string[]): void {
    this.signsRead(storeIds).catch(() => undefined);
  }

  /** Resolves once it is ready for searches in these stores. */
  warmedUp(storeIds: readonly string[]): Promise<void> {
    return this.#inTurns(this.index.warmUp(storeIds));
  }

  /** Resolves once it is ready for searches in whatever store, by those that it made in the one that was used last. */
  async rehearsed(): Promise<void> {
    const storeId = this.data.vectorStores.lastUsed();
    if (storeId === undefined) return;
    for (let i = 0; i < rehearsals; i++) {
      // A search that has come meanwhile goes first, and makes this needless.
      await nextTurn();
      if (this.#hasSearched || this.#isClosed) return;
      this.index.rehearse(storeId);
    }
  }

  /** Resolves once it has read the signs of these stores' vectors. */
  signsRead(storeIds: readonly string[]): Promise<void> {
    return this.#inTurns(this.index.readSigns(storeIds));
  }

  async #inTurns(steps: Generator<void, void>): Promise<void> {
    while (!this.#isClosed && !steps.next().done) await nextTurn();
  }

  async cut(
    document: ReadDocument | EncodedDocument,
    options: ChunkingOptions,
    signal: AbortSignal,
  ): Promise<CutDocument> {
    const chunks: Chunk[] = [];
    const decoded = 'pieces' in document ? decodeDocument(document) : document;
    for (const chunk of cutDocument(decoded, options)) {
      if (chunks.push(chunk) % chunksPerTurn === 0) await nextTurn(undefined, { signal });
    }
    // Not needed by a search, whose worker would take milliseconds longer to start.
    const { randomUUID } = await import('node:crypto');
    // Not a number, which could be one of another worker.
    const session = randomUUID();
    this.#sessions.set(session, { chunks, vectors: [] });
    return { session, chunks: chunks.length };
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async texts(session: string, from: number, to: number): Promise<string[]> {
    const { chunks } = this.#session(session);
    let characters = 0;
    return chunks
      .slice(from, to)
      .filter(({ text }, i) => (characters += text.length) <= maxTexts || i === 0)
      .map(({ text }) => text);
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async addVectors(session: string, vectors: readonly Float32Array[]): Promise<void> {
    this.#session(session).vectors.push(...vectors);
  }

  async write(session: string, asked: WriteAsked, signal: AbortSignal): Promise<void> {
    const { chunks, vectors } = this.#session(session);
    const isEmbedded = asked.error === undefined && asked.model !== undefined && vectors.length > 0;
    const writer = this.#begin(asked);
    if (!writer) return;
    try {
      for (let at = 0, end = 0; at < chunks.length; at = end) {
        await nextTurn(undefined, { signal });
        end = endOfTurn(chunks, at);
        const write = writer.prepare(chunks.slice(at, end), isEmbedded ? vectors.slice(at, end) : undefined);
        // The engine's thread waits for the end of a transaction if it wants to write.
        this.data.transaction(write);
      }
      if (!this.#finish(asked, writer, isEmbedded)) this.#discard(writer);
    } catch (error) {
      this.#discard(writer);
      throw error;
    }
  }

  end(session: string): void {
    this.#sessions.delete(session);
  }

  cleanUp(): void {
    this.#upkeep.wake();
  }

  /** Resolves once there is nothing left to clean up. */
  cleaned(): Promise<void> {
    return this.#upkeep.idle();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#upkeep.close();
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id);
    if (!session) throw new UnknownSessionError('The document has to be cut again.');
    return session;
  }

  /** Starts to write a file's chunks; undefined if its engine no longer owns the file. */
  #begin({ job, owner, storeId, fileId }: WriteAsked): FileWriter | undefined {
    const { transaction, vectorStoreFiles } = this.data;
    return transaction(() =>
      vectorStoreFiles.claimed(job, owner) ? this.index.begin(storeId, fileId) : undefined,
    );
  }

  /** Removes what was written. If that fails, the next attempt at the file does it. */
  #discard(writer: FileWriter): void {
    try {
      this.data.transaction(() => writer.discard());
    } catch {
      // The error that is reported is the one before.
    }
  }

  /** Completes a file, if its engine still owns it, or releases it to be embedded again. Returns whether it was completed. */
  #finish(asked: WriteAsked, writer: FileWriter, isEmbedded: boolean): boolean {
    const { transaction, vectorStoreFiles } = this.data;
    const { job, owner, storeId, fileId } = asked;
    return transaction(() => {
      const file = vectorStoreFiles.claimed(job, owner);
      const outcome = file && this.#currentVectors(asked, isEmbedded);
      if (!outcome) {
        vectorStoreFiles.release(job, owner);
        return false;
      }
      writer.finish(outcome.isEmbedded ? asked.model : undefined);
      const completed: StoredVectorStoreFile = {
        ...file,
        status: 'completed',
        last_error: null,
        usage_bytes: this.index.bytes(storeId, fileId),
        embedding_error: outcome.error,
      };
      vectorStoreFiles.update(completed);
      return true;
    });
  }

  /**
   * Checks a file's vectors against the current model of its store, which may have been rebuilt or have
   * received vectors of another model meanwhile. Undefined if the file must be embedded again.
   */
  #currentVectors(
    { storeId, model, error, currentModel }: WriteAsked,
    isEmbedded: boolean,
  ): { isEmbedded: boolean; error?: string } | undefined {
    const before = this.index.embeddingModel(storeId);
    const now = chooseModel(currentModel, before);
    const isOfStore = model !== undefined && before === model;
    if (isOfStore || (now.model !== undefined && now.model === model)) return { isEmbedded, error };
    return now.model === undefined ? { isEmbedded: false, error: now.error } : undefined;
  }
}

/** The end of the chunks that are written in one turn, one at least. */
function endOfTurn(chunks: readonly Chunk[], start: number): number {
  let characters = chunks[start]!.text.length;
  let end = start + 1;
  while (end < chunks.length && end - start < chunksPerTurn) {
    characters += chunks[end]!.text.length;
    if (characters > charactersPerTurn) break;
    end++;
  }
  return end;
}
