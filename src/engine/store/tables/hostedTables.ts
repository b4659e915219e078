import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A file in a provider's vector store. */
export interface HostedStoreFile {
  /** The provider's id of the file. */
  id: string;
  fileId: string;
  /** The settings it was added with, as JSON. */
  settings: string;
  /** Whether the provider has indexed it. */
  ready: boolean;
}

/** A file of a vector store that a provider rejected. */
export interface HostedFileError {
  storeId: string;
  fileId: string;
  /** The settings it was to be added with, as JSON. */
  settings: string;
  /** A message for the user. */
  reason: string;
}

/** Copies at a provider whose originals are gone; ids are the provider's. */
export interface Leftovers {
  stores: string[];
  files: string[];
}

/**
 * The copies of files and vector stores that providers hold for their hosted tools, by `place`: a connection
 * and its server. If two engines made the same copy, the first counts; the other is deleted with its original.
 */
export class HostedTables {
  /** Asked for each page of a store's files. */
  #errors: StatementSync | undefined;

  constructor(private readonly db: DatabaseSync) {}

  /** The provider's id of a file; undefined if it has no copy. */
  file(place: string, fileId: string): string | undefined {
    const sql = 'SELECT id FROM hosted_files WHERE place = ? AND file_id = ? ORDER BY rowid LIMIT 1';
    return this.db.prepare(sql).get(place, fileId)?.['id'] as string | undefined;
  }

  /** The id here of a provider's file. */
  localFile(place: string, id: string): string | undefined {
    const sql = 'SELECT file_id FROM hosted_files WHERE place = ? AND id = ?';
    return this.db.prepare(sql).get(place, id)?.['file_id'] as string | undefined;
  }

  addFile(place: string, id: string, fileId: string): void {
    this.db
      .prepare('INSERT OR REPLACE INTO hosted_files (place, id, file_id) VALUES (?, ?, ?)')
      .run(place, id, fileId);
  }

  removeFile(place: string, id: string): void {
    this.db.prepare('DELETE FROM hosted_files WHERE place = ? AND id = ?').run(place, id);
  }

  /** The provider's id of a vector store; undefined if it has no copy. */
  store(place: string, storeId: string): string | undefined {
    const sql = 'SELECT id FROM hosted_stores WHERE place = ? AND vector_store_id = ? ORDER BY rowid LIMIT 1';
    return this.db.prepare(sql).get(place, storeId)?.['id'] as string | undefined;
  }

  addStore(place: string, id: string, storeId: string): void {
    this.db
      .prepare('INSERT OR REPLACE INTO hosted_stores (place, id, vector_store_id) VALUES (?, ?, ?)')
      .run(place, id, storeId);
  }

  removeStore(place: string, id: string): void {
    this.db.prepare('DELETE FROM hosted_stores WHERE place = ? AND id = ?').run(place, id);
  }

  /** The files in a provider's vector store. */
  storeFiles(place: string, store: string): HostedStoreFile[] {
    return this.db
      .prepare('SELECT id, file_id, settings, ready FROM hosted_store_files WHERE place = ? AND store = ?')
      .all(place, store)
      .map((row) => ({
        id: row['id'] as string,
        fileId: row['file_id'] as string,
        settings: row['settings'] as string,
        ready: row['ready'] === 1,
      }));
  }

  putStoreFile(place: string, store: string, { id, fileId, settings, ready }: HostedStoreFile): void {
    this.db
      .prepare(
        `INSERT OR REPLACE INTO hosted_store_files (place, store, id, file_id, settings, ready)
         VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(place, store, id, fileId, settings, ready ? 1 : 0);
  }

  removeStoreFile(place: string, store: string, id: string): void {
    this.db
      .prepare('DELETE FROM hosted_store_files WHERE place = ? AND store = ? AND id = ?')
      .run(place, store, id);
  }

  /** Why a provider rejected a file with these settings; undefined if it accepted the file or was never sent it. */
  fileError(
    place: string,
    { storeId, fileId, settings }: Omit<HostedFileError, 'reason'>,
  ): string | undefined {
    const sql = `SELECT reason FROM hosted_refusals
      WHERE place = ? AND vector_store_id = ? AND file_id = ? AND settings = ?`;
    return this.db.prepare(sql).get(place, storeId, fileId, settings)?.['reason'] as string | undefined;
  }

  /** Why any provider rejected a file of a store, the latest reason; undefined if none did. */
  anyError(storeId: string, fileId: string): string | undefined {
    const sql = `SELECT reason FROM hosted_refusals WHERE vector_store_id = ? AND file_id = ? ORDER BY rowid DESC LIMIT 1`;
    return this.db.prepare(sql).get(storeId, fileId)?.['reason'] as string | undefined;
  }

  /** Whether any provider rejected a file of a store. */
  hasErrors(storeId: string): boolean {
    const sql = 'SELECT 1 FROM hosted_refusals WHERE vector_store_id = ? LIMIT 1';
    this.#errors ??= this.db.prepare(sql);
    return this.#errors.get(storeId) !== undefined;
  }

  /** Records that a provider rejected a file, until the file leaves its store. */
  putError(place: string, { storeId, fileId, settings, reason }: HostedFileError): void {
    this.db
      .prepare(
        `INSERT OR REPLACE INTO hosted_refusals (place, vector_store_id, file_id, settings, reason)
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS
           (SELECT 1 FROM vector_store_files WHERE vector_store_id = ?2 AND id = ?3)`,
      )
      .run(place, storeId, fileId, settings, reason);
  }

  removeError(place: string, storeId: string, fileId: string): void {
    this.db
      .prepare('DELETE FROM hosted_refusals WHERE place = ? AND vector_store_id = ? AND file_id = ?')
      .run(place, storeId, fileId);
  }

  /** Copies at a place whose originals were deleted or have expired here. */
  leftovers(place: string): Leftovers {
    const stores = this.db
      .prepare(
        `SELECT id FROM hosted_stores AS copy WHERE place = ? AND NOT EXISTS (
           SELECT 1 FROM vector_stores WHERE id = copy.vector_store_id AND emptied = 0 AND body ->> '$.expired' IS NULL)`,
      )
      .all(place);
    const files = this.db
      .prepare(
        `SELECT id FROM hosted_files AS copy
         WHERE place = ? AND NOT EXISTS (SELECT 1 FROM files WHERE id = copy.file_id)`,
      )
      .all(place);
    const ids = (rows: typeof files): string[] => rows.map((row) => row['id'] as string);
    return { stores: ids(stores), files: ids(files) };
  }
}
