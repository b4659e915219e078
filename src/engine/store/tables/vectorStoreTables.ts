import type { DatabaseSync } from 'node:sqlite';
import type { VectorStoreFile } from 'openai/resources/vector-stores/files';
import type { VectorStore } from 'openai/resources/vector-stores/vector-stores';
import { type JsonPage, type PageQuery, Table } from './table';

/** A vector store without the fields that are computed from its files. */
export interface StoredVectorStore extends Pick<
  VectorStore,
  'id' | 'created_at' | 'last_active_at' | 'metadata' | 'name' | 'expires_after'
> {
  description?: string;
  /** It has expired, and its files were removed. */
  expired?: true;
}

export const secondsADay = 24 * 60 * 60;

/** A file batch without the fields that are computed from its files. */
export interface StoredFileBatch {
  id: string;
  created_at: number;
  vector_store_id: string;
  cancelled?: true;
}

/** A file of a vector store; its `id` is the file's. */
export interface StoredVectorStoreFile extends VectorStoreFile {
  /** Why it has no vectors and can only be searched by words. */
  embedding_error?: string;
}

export type FileStatus = VectorStoreFile['status'];
export type FileCounts = VectorStore.FileCounts;

/**
 * A file that an engine has claimed for reading. `job` identifies the attempt: a file that is added again
 * gets another one.
 */
export interface ReadingJob {
  job: number;
  file: StoredVectorStoreFile;
}

/** What is being deleted of a vector store: the files of one that has expired, or the store itself. */
const emptied = { no: 0, files: 1, all: 2 };

export class VectorStoreTable extends Table<StoredVectorStore> {
  constructor(db: DatabaseSync) {
    super(db, 'vector_stores', {}, `emptied < ${emptied.all}`);
  }

  /** Marks a store as deleted: it is not found any more. Its rows are deleted by `deletePiece`. */
  override delete(id: string): boolean {
    return this.#empty(id, emptied.all);
  }

  /** Marks a store as one without files. Their rows are deleted by `deletePiece`. */
  removeFiles(id: string): void {
    this.#empty(id, emptied.files);
  }

  #empty(id: string, what: number): boolean {
    return this.prepare('UPDATE vector_stores SET emptied = ? WHERE id = ?').run(what, id).changes > 0;
  }

  /** Whether there is anything for `deletePiece`. */
  hasEmptied(): boolean {
    return this.prepare('SELECT 1 FROM vector_stores WHERE emptied > 0 LIMIT 1').get() !== undefined;
  }

  /** Deletes up to `limit` rows of a store that was deleted or emptied. Returns whether there was one. Call it in a transaction. */
  deletePiece(limit: number): boolean {
    const store = this.prepare('SELECT id, emptied FROM vector_stores WHERE emptied > 0 LIMIT 1').get();
    if (!store) return false;
    const id = store['id'] as string;
    for (const table of ['vector_store_files', 'vector_store_file_batches']) {
      const { changes } = this.prepare(
        `DELETE FROM ${table} WHERE seq IN (SELECT seq FROM ${table} WHERE vector_store_id = ? LIMIT ?)`,
      ).run(id, limit);
      if (changes > 0) return true;
    }
    if (store['emptied'] === emptied.all) super.delete(id);
    else this.#empty(id, emptied.no);
    return true;
  }

  /** The store that was used last, of those that have files to be searched. */
  lastUsed(): string | undefined {
    const row = this.prepare(
      `SELECT id FROM vector_stores WHERE emptied = ${emptied.no} AND files_completed > 0
       ORDER BY body ->> '$.last_active_at' DESC, seq DESC LIMIT 1`,
    ).get();
    return row?.['id'] as string | undefined;
  }

  /** The stores that have expired at `now` (seconds) but are not marked so yet. */
  due(now: number): StoredVectorStore[] {
    const sql = `SELECT body FROM vector_stores WHERE emptied = ${emptied.no} AND body ->> '$.expired' IS NULL
      AND body ->> '$.last_active_at' + (body ->> '$.expires_after.days') * ${secondsADay} <= ?`;
    return this.prepare(sql)
      .all(now)
      .map((row) => this.parse(row) as StoredVectorStore);
  }
}

/** Whether the store of a file is neither deleted nor emptied. */
const isInStore = `NOT EXISTS (
  SELECT 1 FROM vector_stores s WHERE s.id = vector_store_id AND s.emptied > ${emptied.no}
)`;

/** The files of vector stores, each with the engine that is reading it (null if none is). */
export class VectorStoreFileTable {
  readonly #table: Table<StoredVectorStoreFile>;

  constructor(db: DatabaseSync) {
    this.#table = new Table(db, 'vector_store_files', {
      vector_store_id: (file) => file.vector_store_id,
      status: (file) => file.status,
    });
  }

  /** Adds a file; an existing one is replaced and read again. */
  put(file: StoredVectorStoreFile, batchId: string | null): void {
    this.remove(file.vector_store_id, file.id);
    this.#table.insert(file, { batch_id: batchId });
  }

  get(storeId: string, fileId: string): StoredVectorStoreFile | undefined {
    const row = this.#table
      .prepare('SELECT body FROM vector_store_files WHERE vector_store_id = ? AND id = ?')
      .get(storeId, fileId);
    return row && parsed(row['body']);
  }

  update(file: StoredVectorStoreFile): StoredVectorStoreFile {
    this.#table
      .prepare('UPDATE vector_store_files SET status = ?, body = ? WHERE vector_store_id = ? AND id = ?')
      .run(file.status, JSON.stringify(file), file.vector_store_id, file.id);
    return file;
  }

  remove(storeId: string, fileId: string): void {
    this.#table
      .prepare('DELETE FROM vector_store_files WHERE vector_store_id = ? AND id = ?')
      .run(storeId, fileId);
  }

  /** Queues all completed files of a store to be read again. */
  restart(storeId: string): void {
    this.#table
      .prepare(
        `UPDATE vector_store_files
         SET status = 'in_progress', owner = NULL, body = json_set(body, '$.status', 'in_progress')
         WHERE vector_store_id = ? AND status = 'completed'`,
      )
      .run(storeId);
  }

  page(where: Record<string, string>, query: PageQuery): { data: StoredVectorStoreFile[]; hasMore: boolean } {
    return this.#table.page(where, query);
  }

  jsonPage(where: Record<string, string>, query: PageQuery): JsonPage {
    return this.#table.jsonPage(where, query);
  }

  /** All files with these column values, oldest first. */
  all(where: Record<string, string>): StoredVectorStoreFile[] {
    return this.#table.all(where);
  }

  /** The ids of the stores that contain a file. */
  storesOf(fileId: string): string[] {
    return this.#table
      .prepare('SELECT vector_store_id FROM vector_store_files WHERE id = ?')
      .all(fileId)
      .map((row) => row['vector_store_id'] as string);
  }

  /** The number of files in each status, and their size in the index, in bytes. */
  counts(column: 'vector_store_id' | 'batch_id', id: string): { counts: FileCounts; bytes: number } {
    const table = column === 'batch_id' ? 'vector_store_file_batches' : 'vector_stores';
    const row = this.#table
      .prepare(
        `SELECT files_in_progress AS in_progress, files_completed AS completed, files_failed AS failed,
         files_cancelled AS cancelled, file_bytes FROM ${table} WHERE id = ?`,
      )
      .get(id) as (Omit<FileCounts, 'total'> & { file_bytes: number }) | undefined;
    if (!row)
      return { counts: { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 }, bytes: 0 };
    const { file_bytes: bytes, ...counts } = row;
    const total = counts.in_progress + counts.completed + counts.failed + counts.cancelled;
    return { counts: { ...counts, total }, bytes };
  }

  /** Whether any file waits to be read, or is being read. */
  areToRead(): boolean {
    const sql = `SELECT 1 FROM vector_store_files WHERE status = 'in_progress' LIMIT 1`;
    return this.#table.prepare(sql).get() !== undefined;
  }

  /** Claims the file that has waited longest to be read. Call it in a transaction. */
  claim(owner: string): ReadingJob | undefined {
    const row = this.#table
      .prepare(
        `SELECT seq, body FROM vector_store_files
         WHERE status = 'in_progress' AND owner IS NULL AND ${isInStore} ORDER BY seq LIMIT 1`,
      )
      .get();
    if (!row) return undefined;
    const job = row['seq'] as number;
    this.#table.prepare('UPDATE vector_store_files SET owner = ? WHERE seq = ?').run(owner, job);
    return { job, file: parsed(row['body']) };
  }

  /** The file of a job that is still in progress and still owned by this engine. */
  claimed(job: number, owner: string): StoredVectorStoreFile | undefined {
    const row = this.#table
      .prepare(
        `SELECT body FROM vector_store_files
         WHERE seq = ? AND owner = ? AND status = 'in_progress' AND ${isInStore}`,
      )
      .get(job, owner);
    return row && parsed(row['body']);
  }

  /** Releases a job, so that another engine can claim the file. */
  release(job: number, owner: string): void {
    this.#table
      .prepare('UPDATE vector_store_files SET owner = NULL WHERE seq = ? AND owner = ?')
      .run(job, owner);
  }

  /** Releases the engine's jobs that are not among `jobs`, those it is working on. */
  releaseStale(owner: string, jobs: ReadonlySet<number>): void {
    const rows = this.#table
      .prepare(`SELECT seq FROM vector_store_files WHERE status = 'in_progress' AND owner = ?`)
      .all(owner);
    for (const row of rows) if (!jobs.has(row['seq'] as number)) this.release(row['seq'] as number, owner);
  }

  /** Releases the jobs of engines that are gone. */
  releaseDeadOwners(liveEngines: ReadonlySet<string>): void {
    const owners = this.#table
      .prepare(
        `SELECT DISTINCT owner FROM vector_store_files WHERE status = 'in_progress' AND owner IS NOT NULL`,
      )
      .all()
      .map((row) => row['owner'] as string);
    for (const owner of owners.filter((id) => !liveEngines.has(id))) {
      this.#table
        .prepare(`UPDATE vector_store_files SET owner = NULL WHERE owner = ? AND status = 'in_progress'`)
        .run(owner);
    }
  }
}

function parsed(body: unknown): StoredVectorStoreFile {
  return JSON.parse(body as string) as StoredVectorStoreFile;
}
