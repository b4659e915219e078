import type { DatabaseSync } from 'node:sqlite';
import { chunkIdOf, fileOfChunk, SearchIndexTables } from '../../../store/searchIndexTables';
import { type FileView, type StoreView, StoreViews } from './storeViews';
import type { Chunk } from '../../../store/chunk';
import type { EmbeddedChunks, EmbeddedText, FileWriter, SearchHit, SearchQuery } from '../searchTypes';
import { packVectors, queryVector } from './vectors';
import { VectorSearch } from './vectorSearch';
import { indexedWords } from './words';
import { searchWords } from './wordSearch';

/** Word search and vector search each contribute at least this many chunks to the ranking. */
const minCandidates = 200;

export interface SearchIndexOptions {
  /** Maximum size of the vectors cached in memory. */
  cacheBytes?: number;
}

/**
 * The search index: chunks of vector stores' files, found by words and, if they have vectors, by
 * meaning. Calls are synchronous and may be part of a transaction. Entries are deleted with their
 * vector store, or with the file's row in it.
 */
export class SearchIndex {
  readonly #tables: SearchIndexTables;
  readonly #views: StoreViews;

  constructor(db: DatabaseSync, { cacheBytes = 128 * 1024 * 1024 }: SearchIndexOptions = {}) {
    this.#tables = new SearchIndexTables(db);
    this.#views = new StoreViews(this.#tables, cacheBytes);
  }

  /**
   * Indexes a file, replacing its earlier entries. A store holds vectors of one model: vectors of
   * another are ignored, and the file is found by words only. Throws if the vector store has no such
   * file.
   */
  put(storeId: string, fileId: string, chunks: readonly Chunk[], vectors?: EmbeddedChunks): void {
    this.#tables.atomically(() => {
      const writer = this.begin(storeId, fileId);
      writer.add(chunks);
      writer.finish(vectors);
    });
  }

  /**
   * Starts to index a file in several steps, each of which may be its own transaction. The file's
   * earlier entries are removed immediately, and it is not found before `finish`.
   */
  begin(storeId: string, fileId: string): FileWriter {
    this.#tables.deleteFile(storeId, fileId);
    const store = this.#tables.ensureStore(storeId).number;
    const file = this.#tables.insertFile(store, storeId, fileId);
    let count = 0;
    return {
      add: (chunks) => {
        if (!this.#tables.has(file)) return;
        for (const chunk of chunks) {
          this.#tables.insertChunk(store, file, count++, chunk, indexedWords(chunk.text));
        }
        this.#tables.mergeWords(chunks.length);
      },
      finish: (vectors) => {
        if (vectors) this.#putVectors(storeId, file, count, vectors);
        this.#tables.setReady(file);
      },
      discard: () => this.#tables.deleteFileNumber(file),
    };
  }

  /** Adds the vectors of a file's chunks, in the order of the chunks. Does nothing if the file was removed. */
  putVectors(storeId: string, fileId: string, vectors: EmbeddedChunks): void {
    this.#tables.atomically(() => {
      const file = this.#tables.file(storeId, fileId);
      if (file !== undefined) this.#putVectors(storeId, file, this.#tables.countChunks(file), vectors);
    });
  }

  /** Removes the vectors of a store and the record of their model, so that another model's can be added. */
  removeVectors(storeId: string): void {
    this.#tables.atomically(() => {
      const store = this.#tables.store(storeId);
      if (!store) return;
      this.#tables.deleteVectors(store.number);
      this.#tables.setModel(store.number, null);
    });
  }

  remove(storeId: string, fileId: string): void {
    this.#tables.deleteFile(storeId, fileId);
  }

  removeStore(storeId: string): void {
    this.#tables.deleteStore(storeId);
  }

  /** A file's chunks in order; empty if it is not indexed. */
  chunksOf(storeId: string, fileId: string): Chunk[] {
    const file = this.#tables.file(storeId, fileId);
    if (file === undefined) return [];
    return this.#tables.chunks(file).map(({ ordinal: _, ...chunk }) => chunk);
  }

  /** The size of a file's chunks and vectors. */
  bytes(storeId: string, fileId: string): number {
    const file = this.#tables.file(storeId, fileId);
    return file === undefined ? 0 : this.#tables.bytes(file);
  }

  /**
   * Brings words that an earlier version has split up to date, for about `milliseconds`; call it in a transaction.
   * Returns whether there is more to do.
   */
  updateWords(milliseconds: number): boolean {
    const outdated = this.#tables.outdatedFile();
    if (!outdated) return false;
    const { file } = outdated;
    const end = performance.now() + milliseconds;
    const store = this.#tables.storeOf(file);
    let next = outdated.ordinal;
    do {
      const chunk = this.#tables.chunk(chunkIdOf(file, next));
      if (!chunk) {
        this.#tables.setOutdated(file, null);
        return this.#tables.hasOutdatedFiles();
      }
      this.#tables.setWords(store, file, next++, indexedWords(chunk.text));
    } while (performance.now() < end);
    this.#tables.mergeWords(next - outdated.ordinal);
    this.#tables.setOutdated(file, next);
    return true;
  }

  /** The model of a store's vectors; undefined if it has none. */
  embeddingModel(storeId: string): string | undefined {
    return this.#tables.store(storeId)?.model ?? undefined;
  }

  /** The best matching passages, best first; equal scores in the order they were added. */
  search({ storeIds, text, vector, limit, fileIds, ranking }: SearchQuery): SearchHit[] {
    const stores = [...new Set(storeIds)].flatMap((id) => this.#views.get(id) ?? []);
    const files = new Map<number, { file: FileView; store: StoreView }>();
    for (const store of stores) {
      for (const file of store.files.values()) {
        if (isWanted(fileIds, file.fileId, store.storeId)) files.set(file.number, { file, store });
      }
    }
    const all = stores.reduce((sum, store) => sum + store.files.size, 0);
    const within = files.size === all ? undefined : [...files.keys()];
    const wanted = Math.max(minCandidates, limit);
    const byWords = new Map(
      searchWords(this.#tables, stores, text, wanted, within).map(({ id, score }) => [id, score]),
    );
    const byMeaning = this.#vectorSearch([...files.values()], vector);
    const nearest = byMeaning?.nearest(wanted).map(({ id }) => id) ?? [];
    const scored = [...new Set([...byWords.keys(), ...nearest])].flatMap((id) => {
      const found = files.get(fileOfChunk(id));
      return found ? { id, ...found, score: fuse(byWords.get(id) ?? 0, byMeaning?.score(id)) } : [];
    });
    return scored
      .filter(({ score }) => score >= (ranking?.scoreThreshold ?? 0))
      .sort((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, limit)
      .flatMap(({ id, file, store, score }) => {
        const chunk = this.#tables.chunk(id);
        return chunk ? { storeId: store.storeId, fileId: file.fileId, chunk, score } : [];
      });
  }

  /** Searches the files of stores that were indexed with the query's model. */
  #vectorSearch(
    files: readonly { file: FileView; store: StoreView }[],
    embedded: EmbeddedText | undefined,
  ): VectorSearch | undefined {
    const query = embedded && queryVector(embedded.vector);
    if (!query) return undefined;
    const comparable = files.filter(({ store }) => store.model === embedded.model);
    return new VectorSearch(
      this.#views,
      comparable.map(({ file }) => file),
      query,
    );
  }

  #putVectors(storeId: string, file: number, chunks: number, { model, vectors }: EmbeddedChunks): void {
    if (vectors.length !== chunks) {
      throw new RangeError(`There are ${vectors.length} vectors for ${chunks} chunks.`);
    }
    const store = this.#tables.ensureStore(storeId);
    if (vectors.length === 0 || (store.model !== null && store.model !== model)) return;
    if (store.model === null) this.#tables.setModel(store.number, model);
    this.#tables.deleteVectorsOf(file);
    this.#tables.insertVectors(file, packVectors(vectors));
  }
}

/** The mean of both scores; the words' score alone if the chunk has no vector. */
function fuse(words: number, meaning: number | undefined): number {
  return meaning === undefined ? words : (words + meaning) / 2;
}

function isWanted(fileIds: SearchQuery['fileIds'], fileId: string, storeId: string): boolean {
  if (fileIds === undefined) return true;
  return typeof fileIds === 'function' ? fileIds(fileId, storeId) : fileIds.has(fileId);
}
