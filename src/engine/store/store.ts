import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { FileObject } from 'openai/resources/files';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { databaseName, openDatabase, rejectNewer } from './database';
import { FileContents } from './fileContents';
import { EngineTable } from './engineTable';
import { isDatabaseError, storeErrorOf, StoreError } from './storeErrors';
import { HostedTables } from './hostedTables';
import { RunTable, StepTable } from './runTables';
import { Table } from './table';
import { ChangeTable } from './changeTable';
import { type StoredFileBatch, VectorStoreFileTable, VectorStoreTable } from './vectorStoreTables';

/** Everything the engine keeps, in the SQLite database of its data folder. Calls are synchronous. */
export class Store {
  readonly #db: DatabaseSync;
  readonly #file: string;
  #depth = 0;
  /** Why nothing is written any more. */
  #sealed?: StoreError;

  readonly assistants: Table<Assistant>;
  readonly threads: Table<Thread>;
  readonly messages: Table<Message>;
  readonly runs: RunTable;
  readonly steps: StepTable;
  readonly files: Table<FileObject>;
  readonly contents: FileContents;
  readonly engines: EngineTable;
  readonly changes: ChangeTable;
  readonly vectorStores: VectorStoreTable;
  readonly vectorStoreFiles: VectorStoreFileTable;
  readonly fileBatches: Table<StoredFileBatch>;
  readonly hosted: HostedTables;

  constructor(
    /** The folder of all of it. */
    readonly dataDir: string,
  ) {
    const db = (this.#db = openDatabase(dataDir));
    this.#file = join(dataDir, databaseName);
    this.assistants = new Table(db, 'assistants');
    this.threads = new Table(db, 'threads');
    this.messages = new Table(db, 'messages', { thread_id: (m) => m.thread_id, run_id: (m) => m.run_id });
    this.runs = new RunTable(db);
    this.steps = new StepTable(db);
    this.files = new Table(db, 'files', { purpose: (file) => file.purpose });
    this.contents = new FileContents(dataDir);
    this.engines = new EngineTable(db);
    this.changes = new ChangeTable(db);
    this.vectorStores = new VectorStoreTable(db);
    this.vectorStoreFiles = new VectorStoreFileTable(db);
    this.fileBatches = new Table(db, 'vector_store_file_batches', {
      vector_store_id: (batch) => batch.vector_store_id,
    });
    this.hosted = new HostedTables(db);
  }

  /** The database itself, for the index of file search, which has tables of its own. */
  get database(): DatabaseSync {
    return this.#db;
  }

  /** Runs `work` with the database to itself; all of it is written, or, where it throws, nothing. */
  transaction<R>(work: () => R): R {
    if (this.#depth > 0) return work();
    this.#db.exec('BEGIN IMMEDIATE');
    this.#depth++;
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** SQLite rolls back by itself where the disk is full or fails, and then there is nothing left to do. */
  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // The error that led here says more.
    }
  }

  /** Throws where another window has brought the database into a format that this version does not know. */
  rejectNewer(): void {
    rejectNewer(this.#db, this.#file);
  }

  /**
   * What an error says of the disk, in words for people; undefined where it says nothing of it. A database
   * that is damaged, or has become one of a newer version, is left as it is from then on, and can still be read.
   */
  storeErrorOf(error: unknown): StoreError | undefined {
    if (this.#sealed && isDatabaseError(error)) return this.#sealed;
    const storeError = error instanceof StoreError ? error : storeErrorOf(error, this.#file);
    if (storeError?.kind === 'damaged' || storeError?.kind === 'newer') this.#seal(storeError);
    return storeError;
  }

  /** Whether nothing is written any more. */
  get isSealed(): boolean {
    return this.#sealed !== undefined;
  }

  #seal(reason: StoreError): void {
    if (this.#db.isOpen) this.#db.exec('PRAGMA query_only = ON');
    this.#sealed = reason;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
