import type { DatabaseSync } from 'node:sqlite';
import {
  chunkIdOf,
  type DeletedShare,
  deletedShares,
  fileOfChunk,
  type OldVectors,
  SearchIndexTables,
  type StoredVector,
} from '../../../store/tables/searchIndexTables';
import { type FileView, type StoreView, StoreViews } from './storeViews';
import type { Chunk } from '../../../store/chunk';
import type { EmbeddedChunks, FileWriter, QueryText, SearchHit, SearchQuery } from '../searchTypes';
import { bytesOf, packVector, queryVector, signsOf, unpackOldVectors, wordsOf } from './vectors';
import { grouped } from './grouped';
import { VectorSearch } from './vectorSearch';
import { indexedWords } from './words';
import { WordSearch } from './wordSearch';

/** Word search and vector search each contribute at least this many chunks to the ranking. */
const minCandidates = 200;

/** The length of a query that is made up to get ready for others, in UTF-16 code units: about a sentence. */
const sampleLength = 100;

/** Enough for some thousand chunks of usual files; the signs of their vectors stay in memory. */
const rehearsedFiles = 8;

export interface SearchIndexOptions {
  /** Maximum size of the signs of vectors cached in memory. */
  cacheBytes?: number;
}

/** The vectors that a file's writer was given. */
interface WrittenVectors {
  dimensions: number;
  signs: Int32Array[];
}

/**
 * The search index: chunks of vector stores' files, found by words and, if they have vectors, by
 * meaning. Calls are synchronous and may be part of a transaction. Files are removed with their vector
 * store, or with their row in it; what is left of them is deleted by `deletePiece`.
 */
export class SearchIndex {
  readonly #tables: SearchIndexTables;
  readonly #views: StoreViews;
  readonly #words: WordSearch;
  #conversion: Conversion | undefined;
  /**
   * The shares from which on the full-text index may have words of deleted or updated chunks. All at first: an engine
   * that has crashed leaves some.
   */
  readonly #deletedShares = new Set<DeletedShare>(Object.values(deletedShares));

  constructor(db: DatabaseSync, { cacheBytes = 128 * 1024 * 1024 }: SearchIndexOptions = {}) {
    this.#tables = new SearchIndexTables(db);
    this.#views = new StoreViews(this.#tables, cacheBytes);
    this.#words = new WordSearch(this.#tables);
  }

  /**
   * Indexes a file, replacing its earlier entries. A store holds vectors of one model: vectors of
   * another are ignored, and the file is found by words only. Throws if the vector store has no such
   * file.
   */
  put(storeId: string, fileId: string, chunks: readonly Chunk[], vectors?: EmbeddedChunks): void {
    this.#tables.atomically(() => {
      const writer = this.begin(storeId, fileId);
      writer.add(chunks, vectors?.vectors);
      writer.finish(vectors?.model);
    });
  }

  /**
   * Starts to index a file in several steps, each of which may be its own transaction. The file's
   * earlier entries are removed immediately, and it is not found before `finish`.
   */
  begin(storeId: string, fileId: string): FileWriter {
    this.#tables.removeFile(storeId, fileId);
    const store = this.#tables.ensureStore(storeId).number;
    const file = this.#tables.insertFile(store, storeId, fileId);
    const written: WrittenVectors = { dimensions: 0, signs: [] };
    let count = 0;
    const prepare: FileWriter['prepare'] = (chunks, vectors) => {
      const words = chunks.map(({ text }) => indexedWords(text));
      const packed = vectors && packVectors(chunks.length, vectors, written);
      return () => {
        if (!this.#tables.has(file)) return;
        packed?.forEach((vector, i) => this.#tables.putVector(chunkIdOf(file, count + i), vector));
        for (const [i, chunk] of chunks.entries()) {
          this.#tables.insertChunk(store, file, count++, chunk, words[i]!);
        }
        this.#tables.mergeAfterWrite(chunks.length);
      };
    };
    return {
      prepare,
      add: (chunks, vectors) => prepare(chunks, vectors)(),
      finish: (model) => {
        if (!this.#tables.has(file)) return;
        if (model !== undefined) this.#useVectors(storeId, file, count, model, written);
        this.#tables.setReady(file, count);
      },
      discard: () => this.#tables.removeFileNumber(file),
    };
  }

  /** Adds the vectors of a file's chunks, in the order of the chunks. Does nothing if the file was removed. */
  putVectors(storeId: string, fileId: string, { model, vectors }: EmbeddedChunks): void {
    this.#tables.atomically(() => {
      const file = this.#tables.file(storeId, fileId);
      if (file === undefined) return;
      const chunks = this.#tables.countChunks(file);
      const written: WrittenVectors = { dimensions: 0, signs: [] };
      for (const [i, vector] of packVectors(chunks, vectors, written).entries())
        this.#tables.putVector(chunkIdOf(file, i), vector);
      this.#useVectors(storeId, file, chunks, model, written);
    });
  }

  /** Removes the vectors of a store and the record of their model, so that another model's can be added. */
  removeVectors(storeId: string): void {
    const store = this.#tables.store(storeId);
    if (store) this.#tables.removeVectors(store.number);
  }

  remove(storeId: string, fileId: string): void {
    this.#tables.removeFile(storeId, fileId);
  }

  removeStore(storeId: string): void {
    this.#tables.deleteStore(storeId);
  }

  /** Whether there are files that can be found. */
  hasFiles(): boolean {
    return this.#tables.hasReadyFiles();
  }

  /** How many files have vectors, and words, as an earlier version wrote them. */
  filesToConvert(): number {
    return this.#tables.countOldVectors();
  }

  filesToUpdate(): number {
    return this.#tables.countOutdatedFiles();
  }

  /** Whether there is anything for `deletePiece` or `convertPiece`. */
  hasWork(): boolean {
    return this.#tables.hasRemoved() || this.#tables.nextOldVectors() !== undefined;
  }

  /** Deletes about `chunks` chunks of removed files. Returns whether there were any. */
  deletePiece(chunks: number): boolean {
    const wasAny = this.#tables.atomically(() => this.#tables.deleteRemoved(chunks));
    if (wasAny) this.#noteDeleted();
    return wasAny;
  }

  /**
   * Drops words of deleted chunks from the parts of the full-text index of which this share is deleted, about `pages`
   * pages. Returns whether there were any.
   */
  mergePiece(pages: number, share: DeletedShare): boolean {
    if (!this.#deletedShares.has(share)) return false;
    const wasAny = this.#tables.atomically(() => this.#tables.mergeWords(pages, share));
    if (!wasAny) this.#deletedShares.delete(share);
    return wasAny;
  }

  /** Call this when the transaction of `convertPiece` has failed: the file's conversion starts again. */
  restartConversion(): void {
    this.#conversion = undefined;
  }

  /** Converts about `chunks` vectors that an earlier version wrote. Returns whether there were any. */
  convertPiece(chunks: number): boolean {
    return this.#tables.atomically(() => {
      const next = this.#tables.nextOldVectors();
      if (this.#conversion?.id !== next?.id) this.#conversion = next && this.#beginConversion(next);
      const conversion = this.#conversion;
      if (!conversion) return false;
      const { file, old, count } = conversion;
      const end = Math.min(conversion.done + chunks, count);
      for (; conversion.done < end; conversion.done++) {
        this.#tables.putVector(chunkIdOf(file, conversion.done), conversion.vectors[conversion.done]!);
      }
      if (end < count) return true;
      const signs = signsOf(conversion.vectors, count, old.dimensions);
      this.#tables.replaceOldVectors(file, { dimensions: old.dimensions, signs: bytesOf(signs) });
      this.#conversion = undefined;
      return true;
    });
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
        // The words of before are dropped as those of deleted chunks are.
        this.#noteDeleted();
        return this.#tables.hasOutdatedFiles();
      }
      this.#tables.setWords(store, file, next++, indexedWords(chunk.text));
    } while (performance.now() < end);
    this.#tables.mergeAfterWrite(next - outdated.ordinal);
    this.#tables.setOutdated(file, next);
    return true;
  }

  /** The model of a store's vectors; undefined if it has none. */
  embeddingModel(storeId: string): string | undefined {
    return this.#tables.store(storeId)?.model ?? undefined;
  }

  /**
   * Reads what the first search in some stores would read beside the passages, in small steps, and makes a search like it:
   * what that loads and compiles is most of what a first search takes.
   */
  *warmUp(storeIds: readonly string[]): Generator<void, void> {
    yield* this.readSigns(storeIds);
    this.search({ storeIds, ...this.#sampleQuery(storeIds), limit: 1 });
  }

  /** Makes a search in the first files of a store: what that loads and compiles serves for searches in all stores. */
  rehearse(storeId: string): void {
    const files = [...(this.#views.get(storeId)?.files.values() ?? [])].slice(0, rehearsedFiles);
    const fileIds = new Set(files.map(({ fileId }) => fileId));
    this.search({ storeIds: [storeId], fileIds, ...this.#sampleQuery([storeId]), limit: 1 });
  }

  /** Reads the signs of the vectors of some stores that are not in memory, a file at each step. */
  *readSigns(storeIds: readonly string[]): Generator<void, void> {
    for (const id of storeIds) {
      const store = this.#views.get(id);
      if (store?.model === null) continue;
      for (const file of store?.files.values() ?? []) {
        if (file.signs || !this.#views.signsOf(file)) continue;
        if (!file.signs) return; // There is no room for more.
        yield;
      }
    }
  }

  /** A query like the first passage of some stores. */
  #sampleQuery(storeIds: readonly string[]): QueryText {
    for (const storeId of storeIds) {
      const store = this.#views.get(storeId);
      const [file] = store?.files.values() ?? [];
      const id = chunkIdOf(file?.number ?? 0, 0);
      const text = file && this.#tables.chunk(id)?.text.slice(0, sampleLength);
      if (text === undefined) continue;
      let vector: QueryText['vector'];
      const model = store?.model;
      const read = (_: number, { vector: values }: StoredVector): void => {
        if (model) vector = { model, vector: Float32Array.from(new Int8Array(values)) };
      };
      this.#views.readVectors([id], () => file, read);
      return { text, vector };
    }
    return { text: 'a' };
  }

  /** The best matching passages, best first; equal scores in the order they were added. */
  search({ text, vector, ...query }: SearchQuery): SearchHit[] {
    const steps = this.searchEach(query, [{ text, vector }]);
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value[0]!;
    }
  }

  /** The same for several queries, whose vectors are compared in one pass. The caller may do other work at each step. */
  *searchEach(
    { storeIds, limit, fileIds, ranking }: Omit<SearchQuery, 'text' | 'vector'>,
    queries: readonly QueryText[],
  ): Generator<void, SearchHit[][]> {
    const stores = [...new Set(storeIds)].flatMap((id) => this.#views.get(id) ?? []);
    const files = new Map<number, SearchedFile>();
    for (const store of stores) {
      for (const file of store.files.values()) {
        if (isWanted(fileIds, file.fileId, store.storeId)) files.set(file.number, { file, store });
      }
    }
    const wanted = Math.max(minCandidates, limit);
    const comparisons = this.#compare([...files.values()], queries);
    const found: SearchHit[][] = [];
    for (const [i, { text }] of queries.entries()) {
      if (i > 0) yield;
      const byWords = new Map(
        this.#words.search(stores, text, wanted, files).map(({ id, score }) => [id, score]),
      );
      const byMeaning = comparisons[i];
      const nearest = byMeaning?.search.nearest(byMeaning.query, wanted).map(({ id }) => id) ?? [];
      const ids = [...new Set([...byWords.keys(), ...nearest])].filter((id) => files.has(fileOfChunk(id)));
      const meanings = byMeaning?.search.scores(byMeaning.query, ids);
      const scored = ids.map((id) => ({ id, score: fuse(byWords.get(id) ?? 0, meanings?.get(id)) }));
      found.push(
        scored
          .filter(({ score }) => score >= (ranking?.scoreThreshold ?? 0))
          .sort((a, b) => b.score - a.score || a.id - b.id)
          .slice(0, limit)
          .flatMap(({ id, score }) => this.#hit(id, score, files)),
      );
    }
    return found;
  }

  #hit(id: number, score: number, files: ReadonlyMap<number, SearchedFile>): SearchHit[] {
    const found = files.get(fileOfChunk(id));
    const chunk = found && this.#tables.chunk(id);
    return chunk ? [{ storeId: found.store.storeId, fileId: found.file.fileId, chunk, score }] : [];
  }

  /** Compares the queries with the files of stores that were indexed with their model; undefined for those without vector. */
  #compare(
    files: readonly SearchedFile[],
    queries: readonly QueryText[],
  ): readonly ({ search: VectorSearch; query: number } | undefined)[] {
    const embedded = queries.flatMap(({ vector }, at) => {
      const query = vector && queryVector(vector.vector);
      return query ? [{ at, query, model: vector.model }] : [];
    });
    const comparisons: { search: VectorSearch; query: number }[] = [];
    const groups = grouped(embedded, ({ query, model }) => `${query.values.length} ${model}`);
    for (const alike of groups.values()) {
      const comparable = files.filter(({ store }) => store.model === alike[0]!.model);
      const search = new VectorSearch(
        this.#views,
        comparable.map(({ file }) => file),
        alike.map(({ query }) => query),
      );
      for (const [query, { at }] of alike.entries()) comparisons[at] = { search, query };
    }
    return comparisons;
  }

  /** Makes the vectors that were written for a file's chunks those of the file, if its store has none of another model. */
  #useVectors(
    storeId: string,
    file: number,
    chunks: number,
    model: string,
    { dimensions, signs }: WrittenVectors,
  ): void {
    if (signs.length !== chunks) {
      throw new RangeError(`There are ${signs.length} vectors for ${chunks} chunks.`);
    }
    const store = this.#tables.ensureStore(storeId);
    if (chunks === 0 || (store.model !== null && store.model !== model)) return;
    if (store.model === null) this.#tables.setModel(store.number, model);
    const words = wordsOf(dimensions);
    const all = new Int32Array(chunks * words);
    for (const [i, one] of signs.entries()) all.set(one, i * words);
    this.#tables.putSigns(file, store.generation, { dimensions, signs: bytesOf(all) });
  }

  #noteDeleted(): void {
    for (const share of Object.values(deletedShares)) this.#deletedShares.add(share);
  }

  #beginConversion({ id, file }: { id: number; file: number }): Conversion {
    const old = this.#tables.oldVectors(id)!;
    const vectors = [...unpackOldVectors(old)];
    return { id, file, old, vectors, count: vectors.length, done: 0 };
  }
}

/** The vectors of a file's next chunks as they are stored; notes their signs. Throws RangeError if they do not fit the others. */
function packVectors(
  chunks: number,
  vectors: readonly Float32Array[],
  written: WrittenVectors,
): StoredVector[] {
  if (vectors.length !== chunks) {
    throw new RangeError(`There are ${vectors.length} vectors for ${chunks} chunks.`);
  }
  return vectors.map((vector) => {
    if (written.signs.length === 0) written.dimensions = vector.length;
    if (vector.length !== written.dimensions) {
      throw new RangeError(
        `A vector has ${vector.length} dimensions where the first has ${written.dimensions}.`,
      );
    }
    const packed = packVector(vector);
    written.signs.push(signsOf([packed], 1, vector.length));
    return packed;
  });
}

/** The conversion of a file's vectors, between two of its pieces. */
interface Conversion {
  id: number;
  file: number;
  old: OldVectors;
  vectors: readonly StoredVector[];
  count: number;
  done: number;
}

interface SearchedFile {
  file: FileView;
  store: StoreView;
}

/** The mean of both scores; the words' score alone if the chunk has no vector. */
function fuse(words: number, meaning: number | undefined): number {
  return meaning === undefined ? words : (words + meaning) / 2;
}

function isWanted(fileIds: SearchQuery['fileIds'], fileId: string, storeId: string): boolean {
  if (fileIds === undefined) return true;
  return typeof fileIds === 'function' ? fileIds(fileId, storeId) : fileIds.has(fileId);
}
