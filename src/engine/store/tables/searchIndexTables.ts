import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Chunk } from '../chunk';

/** The index of a vector store. */
export interface SearchStore {
  number: number;
  /** Incremented at every change of the store's index. */
  version: number;
  /** Incremented when its vectors are removed. */
  generation: number;
  /** The embeddings model of its vectors; null if it has no vectors. */
  model: string | null;
}

/** A file of a store's index. */
export interface SearchFile {
  number: number;
  fileId: string;
  chunks: number;
  /** The row of its vectors' signs; null if it has none. */
  signsId: number | null;
  /** The row of its vectors if an earlier version wrote them; null otherwise. */
  oldVectorsId: number | null;
}

/** The signs of the vectors of a file's chunks, one bit a dimension. */
export interface StoredSigns {
  dimensions: number;
  signs: Uint8Array;
}

/** A vector, quantized to int8, and the factor of its values. */
export interface StoredVector {
  scale: number;
  vector: Uint8Array;
}

/** The vectors of a file as earlier versions stored them: int8 vectors one after the other, and the scale of each. */
export interface OldVectors {
  dimensions: number;
  vectors: Uint8Array;
  scales: Uint8Array;
}

/** Limits a search to chunks with an id from `first` to `last`. */
export interface ChunkRange {
  first: number;
  last: number;
}

/** A chunk that matches a word, and how much the word's frequency in it counts, from 0 to 1. */
export interface WordMatch {
  id: number;
  frequency: number;
}

export interface MatchOptions {
  /** The numbers of the files to which the search is limited. */
  files?: readonly number[];
  /** Returns that many of the highest frequency. */
  limit?: number;
}

/** A chunk and its 0-based index in its file. */
export type ChunkRow = Chunk & { ordinal: number };

/** A chunk's id is its file's number times this, plus its ordinal: finding its file needs no query. */
const chunksPerFile = 2 ** 20;

/**
 * How many pages of the full-text index are merged after a write, of 4 KB. A chunk makes up to one page, which is
 * merged about once for each four-fold growth of the index.
 */
const minMergedPages = 64;
const mergedPagesPerChunk = 4;

/**
 * Percentages of deleted rows from which on a part of the full-text index is merged. While chunks are being deleted it
 * is the half: a merge then reads about twice what it writes, while one of a part that is all deleted reads all of it
 * at once.
 */
export const deletedShares = { whileDeleting: 50, afterwards: 10 } as const;

export type DeletedShare = (typeof deletedShares)[keyof typeof deletedShares];

export function fileOfChunk(chunkId: number): number {
  return Math.floor(chunkId / chunksPerFile);
}

export function ordinalOfChunk(chunkId: number): number {
  return chunkId % chunksPerFile;
}

export function chunkIdOf(file: number, ordinal: number): number {
  return file * chunksPerFile + ordinal;
}

/** The tables of chunks, their words (full-text index) and their vectors. */
export class SearchIndexTables {
  readonly #statements = new Map<string, StatementSync>();

  constructor(private readonly db: DatabaseSync) {}

  /** Runs `work` in a savepoint: all of its writes are made or none, inside a transaction or outside. */
  atomically<R>(work: () => R): R {
    this.db.exec('SAVEPOINT search_index');
    try {
      return work();
    } catch (error) {
      this.db.exec('ROLLBACK TO search_index');
      throw error;
    } finally {
      this.db.exec('RELEASE search_index');
    }
  }

  store(storeId: string): SearchStore | undefined {
    return this.#row<SearchStore>(
      `SELECT number, version, generation, CASE WHEN model IS NOT NULL AND EXISTS (
         SELECT 1 FROM search_files f WHERE f.store = s.number AND f.generation = s.generation
           AND f.vector_store_id IS NOT NULL AND (
             EXISTS (SELECT 1 FROM search_signs WHERE file = f.number)
             OR EXISTS (SELECT 1 FROM search_vectors WHERE file = f.number)
           )
       ) THEN model END AS model
       FROM search_stores s WHERE vector_store_id = ?`,
      storeId,
    );
  }

  /** The store's row, created if needed. Throws if the vector store does not exist. */
  ensureStore(storeId: string): SearchStore {
    this.#run('INSERT INTO search_stores (vector_store_id) VALUES (?) ON CONFLICT DO NOTHING', storeId);
    return this.store(storeId)!;
  }

  setModel(store: number, model: string): void {
    this.#run('UPDATE search_stores SET model = ?, version = version + 1 WHERE number = ?', model, store);
  }

  /** Makes a store ignore the vectors that it has. They are deleted with their files. */
  removeVectors(store: number): void {
    this.#run(
      `UPDATE search_stores SET model = NULL, generation = generation + 1, version = version + 1 WHERE number = ?`,
      store,
    );
  }

  deleteStore(storeId: string): void {
    this.#run('DELETE FROM search_stores WHERE vector_store_id = ?', storeId);
  }

  /** Adds a file, not ready yet, and returns its number. Throws if the vector store has no such file. */
  insertFile(store: number, storeId: string, fileId: string): number {
    const { lastInsertRowid } = this.#run(
      `INSERT INTO search_files (store, vector_store_id, file_id, ready, outdated_from)
       VALUES (?, ?, ?, 0, NULL)`,
      store,
      storeId,
      fileId,
    );
    return Number(lastInsertRowid);
  }

  setReady(file: number, chunks: number): void {
    this.#run('UPDATE search_files SET ready = 1, chunks = ? WHERE number = ?', chunks, file);
  }

  /** Whether a file exists, ready or not, and was not removed. */
  has(file: number): boolean {
    const sql = 'SELECT 1 FROM search_files WHERE number = ? AND vector_store_id IS NOT NULL';
    return this.#row(sql, file) !== undefined;
  }

  /** Removes a file from the index. Its rows are deleted later, by `deleteRemoved`. */
  removeFile(storeId: string, fileId: string): void {
    this.#run(`${removeFile} WHERE vector_store_id = ? AND file_id = ?`, storeId, fileId);
  }

  removeFileNumber(file: number): void {
    this.#run(`${removeFile} WHERE number = ?`, file);
  }

  hasReadyFiles(): boolean {
    return this.#row('SELECT 1 FROM search_files WHERE ready = 1 LIMIT 1') !== undefined;
  }

  /** Whether there are removed files whose rows are still to be deleted. */
  hasRemoved(): boolean {
    return this.#row('SELECT 1 FROM search_files WHERE vector_store_id IS NULL LIMIT 1') !== undefined;
  }

  /** Deletes up to `limit` chunks of a removed file, and the file with the last of them. Returns whether there was one. */
  deleteRemoved(limit: number): boolean {
    const file = this.#row<{ number: number }>(
      'SELECT number FROM search_files WHERE vector_store_id IS NULL LIMIT 1',
    )?.number;
    if (file === undefined) return false;
    const { changes } = this.#run(
      `DELETE FROM search_chunks WHERE id IN (SELECT id FROM search_chunks WHERE file = ? LIMIT ?)`,
      file,
      limit,
    );
    if (changes < limit) this.#run('DELETE FROM search_files WHERE number = ?', file);
    return true;
  }

  /** The number of a file that is ready. */
  file(storeId: string, fileId: string): number | undefined {
    return this.#row<{ number: number }>(
      'SELECT number FROM search_files WHERE vector_store_id = ? AND file_id = ? AND ready = 1',
      storeId,
      fileId,
    )?.number;
  }

  /**
   * Drops deleted rows from the parts of the full-text index of which at least this share is deleted; it otherwise
   * keeps their words. `pages`: about how many pages of it are written. Returns whether there was anything to do.
   */
  mergeWords(pages: number, minDeleted: DeletedShare): boolean {
    if (this.#count('SELECT EXISTS (SELECT 1 FROM search_chunks) AS count') === 0) {
      this.#run(`INSERT INTO search_words (search_words) VALUES ('delete-all')`);
      return false;
    }
    // Not bound: numbers are bound as floating point, which FTS5 rejects here.
    this.#run(`INSERT INTO search_words (search_words, rank) VALUES ('deletemerge', ${minDeleted})`);
    const before = this.#count('SELECT total_changes() AS count');
    this.#run(`INSERT INTO search_words (search_words, rank) VALUES ('merge', ?)`, pages);
    const changes = this.#count('SELECT total_changes() AS count') - before;
    this.#run(`INSERT INTO search_words (search_words, rank) VALUES ('deletemerge', 0)`);
    // A merge without anything to do counts as one change.
    return changes > 1;
  }

  /** The files of a store that are ready, in the order they were added. */
  files({ number, generation }: SearchStore): SearchFile[] {
    return this.#all(
      `SELECT f.number, f.file_id AS fileId, f.chunks, s.id AS signsId, v.id AS oldVectorsId
       FROM search_files f
       LEFT JOIN search_signs s ON s.file = f.number AND f.generation = ?2
       LEFT JOIN search_vectors v ON v.file = f.number AND f.generation = ?2
       WHERE f.store = ?1 AND f.ready = 1 AND f.vector_store_id IS NOT NULL ORDER BY f.number`,
      number,
      generation,
    );
  }

  /** The files of a store that are not to be found: not ready yet, or removed and not deleted yet. */
  hiddenFiles(store: number): number[] {
    const sql = 'SELECT number FROM search_files WHERE store = ? AND (ready = 0 OR vector_store_id IS NULL)';
    return this.#all<{ number: number }>(sql, store).map(({ number }) => number);
  }

  insertChunk(store: number, file: number, ordinal: number, chunk: Chunk, words: string): void {
    const id = chunkIdOf(file, ordinal);
    this.#run(
      `INSERT INTO search_chunks (id, file, ordinal, start_offset, end_offset, line, page, text)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      file,
      ordinal,
      chunk.start,
      chunk.end,
      chunk.line,
      chunk.page ?? null,
      chunk.text,
    );
    this.#run('INSERT INTO search_words (rowid, store, words) VALUES (?, ?, ?)', id, String(store), words);
  }

  /** Whether the words of a file that is ready are of an earlier version. */
  hasOutdatedFiles(): boolean {
    return this.outdatedFile() !== undefined;
  }

  countOutdatedFiles(): number {
    return this.#count(
      'SELECT count(*) AS count FROM search_files WHERE outdated_from IS NOT NULL AND ready = 1',
    );
  }

  /** A file whose words are of an earlier version, from the chunk of this ordinal on. */
  outdatedFile(): { file: number; ordinal: number } | undefined {
    return this.#row(
      `SELECT number AS file, outdated_from AS ordinal FROM search_files
       WHERE outdated_from IS NOT NULL AND ready = 1 LIMIT 1`,
    );
  }

  /** Records from which chunk on a file's words are of an earlier version; null if none are. */
  setOutdated(file: number, ordinal: number | null): void {
    this.#run('UPDATE search_files SET outdated_from = ? WHERE number = ?', ordinal, file);
  }

  /** Replaces the words of a file's chunk. */
  setWords(store: number, file: number, ordinal: number, words: string): void {
    this.#run(
      'UPDATE search_words SET store = ?, words = ? WHERE rowid = ?',
      String(store),
      words,
      chunkIdOf(file, ordinal),
    );
  }

  /** Merges parts of the full-text index that earlier writes have left, as far as a write of these chunks makes it due. */
  mergeAfterWrite(chunks: number): void {
    const pages = Math.max(minMergedPages, chunks * mergedPagesPerChunk);
    this.#run(`INSERT INTO search_words (search_words, rank) VALUES ('merge', ?)`, pages);
  }

  /** The number of a file's store. */
  storeOf(file: number): number {
    return this.#row<{ store: number }>('SELECT store FROM search_files WHERE number = ?', file)!.store;
  }

  chunks(file: number): ChunkRow[] {
    return this.#all<StoredChunk>(`${selectChunk} WHERE file = ? ORDER BY ordinal`, file).map(chunkOf);
  }

  chunk(id: number): ChunkRow | undefined {
    const row = this.#row<StoredChunk>(`${selectChunk} WHERE id = ?`, id);
    return row && chunkOf(row);
  }

  countChunks(file: number): number {
    return this.#count('SELECT count(*) AS count FROM search_chunks WHERE file = ?', file);
  }

  /** The size of a file's chunks and vectors, in bytes. */
  bytes(file: number): number {
    return this.#count(
      `SELECT coalesce(sum(octet_length(text)), 0)
            + count(*) * coalesce((SELECT dimensions + ${scaleBytes} FROM search_signs WHERE file = ?1), 0)
            + coalesce((SELECT octet_length(vectors) + octet_length(scales) FROM search_vectors WHERE file = ?1), 0)
         AS count FROM search_chunks WHERE file = ?1`,
      file,
    );
  }

  putVector(chunk: number, { scale, vector }: StoredVector): void {
    this.#run(
      'INSERT OR REPLACE INTO search_chunk_vectors (chunk, scale, vector) VALUES (?, ?, ?)',
      chunk,
      scale,
      vector,
    );
  }

  /** Makes the vectors of a file's chunks, which were put before, those of the file. */
  putSigns(file: number, generation: number, { dimensions, signs }: StoredSigns): void {
    this.#run('UPDATE search_files SET generation = ? WHERE number = ?', generation, file);
    this.#run('DELETE FROM search_vectors WHERE file = ?', file);
    this.#run('DELETE FROM search_signs WHERE file = ?', file);
    this.#run('INSERT INTO search_signs (file, dimensions, signs) VALUES (?, ?, ?)', file, dimensions, signs);
  }

  signs(id: number): StoredSigns | undefined {
    return this.#row<StoredSigns>('SELECT dimensions, signs FROM search_signs WHERE id = ?', id);
  }

  /** The vectors of chunks, of those that have one. */
  vectors(chunks: readonly number[]): (StoredVector & { chunk: number })[] {
    return this.#arrays<[number, number, Uint8Array]>(
      `SELECT chunk, scale, vector FROM search_chunk_vectors
       WHERE chunk IN (SELECT value FROM json_each(?))`,
      JSON.stringify(chunks),
    ).map(([chunk, scale, vector]) => ({ chunk, scale, vector }));
  }

  oldVectors(id: number): OldVectors | undefined {
    return this.#row<OldVectors>('SELECT dimensions, vectors, scales FROM search_vectors WHERE id = ?', id);
  }

  /** A file whose vectors an earlier version wrote. */
  nextOldVectors(): { id: number; file: number } | undefined {
    return this.#row('SELECT id, file FROM search_vectors ORDER BY id LIMIT 1');
  }

  /** The number of files whose vectors an earlier version wrote. */
  countOldVectors(): number {
    return this.#count('SELECT count(*) AS count FROM search_vectors');
  }

  /** Replaces the old form of a file's vectors, all of which were put before, by their signs. */
  replaceOldVectors(file: number, { dimensions, signs }: StoredSigns): void {
    this.#run('DELETE FROM search_vectors WHERE file = ?', file);
    this.#run('INSERT INTO search_signs (file, dimensions, signs) VALUES (?, ?, ?)', file, dimensions, signs);
  }

  /**
   * A text that changes with the full-text index: FTS5's own records of totals (1), which still count rows that were
   * deleted, and of the index's structure (10).
   */
  wordsVersion(): string {
    return this.#all<{ block: Uint8Array }>(
      'SELECT block FROM search_words_data WHERE id IN (1, 10) ORDER BY id',
    )
      .map(({ block }) => Buffer.from(block).toString('base64'))
      .join(' ');
  }

  /** The number of chunks that a full-text query matches. */
  countMatches(match: string): number {
    return this.#count('SELECT count(*) AS count FROM search_words WHERE search_words MATCH ?', match);
  }

  /**
   * The number of chunks that a full-text query matches, but not more than `limit`, which saves reading the rest, and
   * the last of them.
   */
  countMatchesUpTo(match: string, limit: number, range?: ChunkRange): { count: number; last?: number } {
    const row = this.#row<{ count: number; last: number | null }>(
      `SELECT count(*) AS count, max(id) AS last FROM (
         SELECT rowid AS id FROM search_words WHERE search_words MATCH ? ${inRange(range)} LIMIT ?
       )`,
      match,
      ...boundsOf(range),
      limit,
    );
    return { count: row?.count ?? 0, last: row?.last ?? undefined };
  }

  /** Whether files with a number from `first` to `last` belong to other stores than these. */
  hasOtherFiles(first: number, last: number, stores: readonly number[]): boolean {
    const sql = `SELECT 1 FROM search_files WHERE number BETWEEN ? AND ?
                 AND store NOT IN (SELECT value FROM json_each(?)) LIMIT 1`;
    return this.#row(sql, first, last, JSON.stringify(stores)) !== undefined;
  }

  /**
   * The chunks that a full-text query for one word matches, and how much its frequency in each counts: BM25's term without
   * the rarity, from 0 to 1. FTS5's bm25() is that times the rarity in the whole index times a constant; the frequency's
   * own limit, at an infinite weight of the column, is the divisor that cancels both.
   */
  matches(match: string, range: ChunkRange, { files, limit }: MatchOptions = {}): WordMatch[] {
    const within = files ? `AND rowid / ${chunksPerFile} IN (SELECT value FROM json_each(?))` : '';
    const best = limit === undefined ? '' : 'ORDER BY frequency DESC, id LIMIT ?';
    return this.#arrays<[number, number]>(
      `SELECT rowid AS id, bm25(search_words, 0.0, 1.0) / bm25(search_words, 0.0, 1e100) AS frequency
       FROM search_words WHERE search_words MATCH ? ${inRange(range)} ${within} ${best}`,
      match,
      ...boundsOf(range),
      ...(files ? [JSON.stringify(files)] : []),
      ...(limit === undefined ? [] : [limit]),
    ).map(([id, frequency]) => ({ id, frequency }));
  }

  #row<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.#prepare(sql).get(...values) as T | undefined;
  }

  #all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.#prepare(sql).all(...values) as unknown as T[];
  }

  /** For thousands of rows: `node:sqlite` takes a quarter less time to make arrays of them. Before Node 22.16 it cannot. */
  #arrays<T extends unknown[]>(sql: string, ...values: SQLInputValue[]): T[] {
    const statement = this.#prepare(sql);
    if ('setReturnArrays' in statement) statement.setReturnArrays(true);
    const rows: unknown[] = statement.all(...values);
    return rows.map((row) => (Array.isArray(row) ? row : Object.values(row as object)) as T);
  }

  #count(sql: string, ...values: SQLInputValue[]): number {
    return this.#row<{ count: number }>(sql, ...values)?.count ?? 0;
  }

  #run(sql: string, ...values: SQLInputValue[]) {
    return this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.db.prepare(sql)));
    return statement;
  }
}

function inRange(range: ChunkRange | undefined): string {
  return range ? 'AND rowid BETWEEN ? AND ?' : '';
}

/** Big integers, because other numbers are bound as floating point, with which FTS5 does not skip to the first. */
function boundsOf(range: ChunkRange | undefined): bigint[] {
  return range ? [BigInt(range.first), BigInt(range.last)] : [];
}

const removeFile = 'UPDATE search_files SET vector_store_id = NULL, file_id = NULL';

/** What the scale of a vector counts in the size of a file. */
const scaleBytes = 4;

const selectChunk =
  'SELECT ordinal, start_offset AS start, end_offset AS end, line, page, text FROM search_chunks';

type StoredChunk = Omit<ChunkRow, 'page'> & { page: number | null };

function chunkOf({ page, ...row }: StoredChunk): ChunkRow {
  return { ...row, ...(page !== null && { page }) };
}
