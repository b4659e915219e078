import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { databaseName, openDatabase, openForReading, rejectNewer } from './database';
import { AssistantTable } from './tables/assistantTable';
import { FileContents, filesFolder } from './fileContents';
import { FileTable } from './tables/fileTable';
import { HostLease } from './hostLease';
import { ImportedIdTable } from './tables/importedIdTable';
import { networkFileSystemOf, type NetworkFileSystemOf } from './networkFileSystem';
import { EngineTable } from './tables/engineTable';
import { MessageTable } from './tables/messageTable';
import { ModelRequestTable } from './tables/modelRequestTable';
import { ModelTraitTable } from './tables/modelTraitTable';
import { isDatabaseError, lostError, openError, sharedError, storeErrorOf, StoreError } from './storeErrors';
import { HostedTables } from './tables/hostedTables';
import { endRestore, finishRestore, undoRestore } from './maintenance/restore';
import { RunTable, StepTable } from './tables/runTables';
import { Table } from './tables/table';
import { BranchReader } from './branchReader';
import { ThreadTable } from './tables/threadTable';
import { ThreadReader } from './threadReader';
import { ThreadWordsTable } from './tables/threadWordsTable';
import { ChangeTable } from './tables/changeTable';
import { UsageTables } from './usage/usageTables';
import { WriteTurns } from './writeTurns';
import { WriteLock } from './locks/writeLock';
import { type StoredFileBatch, VectorStoreFileTable, VectorStoreTable } from './tables/vectorStoreTables';

/** Pages of the log from which on a commit copies them into the database file; SQLite's default. */
const checkpointPages = 1000;

/** All data of the engine, in the SQLite database of its data folder. Calls are synchronous. */
export class Store {
  readonly #db: DatabaseSync;
  readonly #file: string;
  /** Inode of the database file when it was opened. */
  readonly #inode: number | undefined;
  #depth = 0;
  /** Turns with a worker that writes to the same database. */
  readonly turns = new WriteTurns();
  readonly #lock: WriteLock;
  readonly #areLeft = { whileWorking: false, always: false };
  /** Called after each write transaction. */
  onCommit?: () => void;
  /** On a network file system: this computer's right to write. */
  #lease: HostLease | undefined;
  /** Why the database is no longer written to. */
  #sealed?: StoreError;

  readonly assistants: AssistantTable;
  readonly threads: ThreadTable;
  readonly branches: BranchReader;
  readonly messages: MessageTable;
  readonly runs: RunTable;
  readonly steps: StepTable;
  readonly threadReader: ThreadReader;
  readonly threadWords: ThreadWordsTable;
  readonly files: FileTable;
  readonly contents: FileContents;
  readonly engines: EngineTable;
  readonly changes: ChangeTable;
  readonly vectorStores: VectorStoreTable;
  readonly vectorStoreFiles: VectorStoreFileTable;
  readonly fileBatches: Table<StoredFileBatch>;
  readonly hosted: HostedTables;
  readonly modelRequests: ModelRequestTable;
  readonly modelTraits: ModelTraitTable;
  readonly usage: UsageTables;
  readonly importedIds: ImportedIdTable;

  constructor(
    /** The data folder. */
    readonly dataDir: string,
    fileSystemOf: NetworkFileSystemOf = networkFileSystemOf,
  ) {
    const shared = this.#claim(fileSystemOf);
    const db = (this.#db = this.#open(shared));
    this.#file = join(dataDir, databaseName);
    this.#inode = this.#currentInode();
    this.#lock = new WriteLock(db, this.#file, this.turns);
    this.assistants = new AssistantTable(db);
    this.threads = new ThreadTable(db);
    this.branches = new BranchReader(db, this.threads);
    this.messages = new MessageTable(db);
    this.runs = new RunTable(db);
    this.steps = new StepTable(db);
    this.threadReader = new ThreadReader(db);
    this.threadWords = new ThreadWordsTable(db);
    this.files = new FileTable(db);
    this.contents = openContents(dataDir, db);
    this.engines = new EngineTable(db);
    this.changes = new ChangeTable(db);
    this.vectorStores = new VectorStoreTable(db);
    this.vectorStoreFiles = new VectorStoreFileTable(db);
    this.fileBatches = new Table(db, 'vector_store_file_batches', {
      vector_store_id: (batch) => batch.vector_store_id,
    });
    this.hosted = new HostedTables(db);
    this.modelRequests = new ModelRequestTable(db);
    this.modelTraits = new ModelTraitTable(db);
    this.usage = new UsageTables(db);
    this.importedIds = new ImportedIdTable(db);
  }

  /** On a network file system, claims the folder for this computer. Returns an error if another one has it. */
  #claim(fileSystemOf: NetworkFileSystemOf): StoreError | undefined {
    const { dataDir } = this;
    try {
      mkdirSync(dataDir, { recursive: true });
      const fileSystem = fileSystemOf(dataDir);
      if (fileSystem === undefined) return undefined;
      const error = (owner: string): StoreError => sharedError(dataDir, fileSystem, owner);
      const lease = new HostLease(dataDir);
      const owner = lease.claim((other) => this.#seal(error(other)));
      if (owner !== undefined) return error(owner);
      this.#lease = lease;
    } catch {
      // A folder that cannot be used is reported when the database is opened.
    }
    return undefined;
  }

  #open(shared: StoreError | undefined): DatabaseSync {
    if (shared) {
      this.#sealed = shared;
      return openForReading(this.dataDir);
    }
    try {
      return openRestored(this.dataDir);
    } catch (error) {
      this.#lease?.release(false);
      throw error;
    }
  }

  /** The database itself, for the search index, which manages its own tables. */
  get database(): DatabaseSync {
    return this.#db;
  }

  /** Leaves checkpoints to a worker that writes, or resumes making them: one takes as long as the disk does. */
  leaveCheckpoints(isLeft: boolean): void {
    this.#areLeft.whileWorking = isLeft;
    this.#updateCheckpoints();
  }

  /** Leaves all checkpoints to a worker, or not any more. */
  leaveAllCheckpoints(isLeft: boolean): void {
    this.#areLeft.always = isLeft;
    this.#updateCheckpoints();
  }

  #updateCheckpoints(): void {
    const { whileWorking, always } = this.#areLeft;
    if (!this.#db.isOpen) return;
    this.#db.exec(`PRAGMA wal_autocheckpoint = ${whileWorking || always ? 0 : checkpointPages}`);
  }

  /** Runs `work` in a write transaction, which is rolled back if it throws. Nested calls join the outer one. */
  transaction<R>(work: () => R): R {
    if (this.#depth > 0) return work();
    this.rejectLost();
    this.turns.hostEnters();
    try {
      this.#lock.begin();
      return this.#commit(work);
    } finally {
      this.turns.hostLeaves();
    }
  }

  /** Runs `work` in a write transaction, unless another connection is writing. Returns whether it did. Not in a transaction. */
  tryTransaction(work: () => void): boolean {
    this.rejectLost();
    this.turns.hostEnters();
    try {
      if (!this.#lock.tryBegin()) return false;
      this.#commit(work);
      return true;
    } finally {
      this.turns.hostLeaves();
    }
  }

  #commit<R>(work: () => R): R {
    this.#depth++;
    let result: R;
    try {
      result = work();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#depth--;
    }
    this.onCommit?.();
    return result;
  }

  /** Rolls back, unless SQLite has already done so, as it does when the disk is full or fails. */
  #rollBack(): void {
    try {
      this.#db.exec('ROLLBACK');
    } catch {
      // The error that caused the rollback is the one to report.
    }
  }

  /** Throws StoreError if the database file was removed or replaced: what is written to it now is lost. */
  rejectLost(): void {
    if (this.#currentInode() !== this.#inode) throw lostError(this.#file);
  }

  #currentInode(): number | undefined {
    return statSync(this.#file, { throwIfNoEntry: false })?.ino;
  }

  /**
   * Waits, without blocking the process, until no other program has the database locked for long. Throws StoreError
   * if that takes longer than a write would wait.
   */
  async waitForLock(): Promise<void> {
    if (!this.#isLocking) await this.#lock.wait();
  }

  /** Whether the database can be written to now: no other program has it locked. Errors of other kinds are left to the write. */
  canLock(): boolean {
    return this.#isLocking || this.#lock.isFree();
  }

  /** Whether there is no lock to wait for: this engine has it, or is closed. */
  get #isLocking(): boolean {
    return this.#depth > 0 || !this.#db.isOpen;
  }

  /**
   * Whether an engine of the data folder has something to do: a run that does not wait for its user, a file to read, or a
   * message to index.
   */
  hasWork(): boolean {
    return this.runs.areUnderWay() || this.vectorStoreFiles.areToRead() || this.threadWords.hasQueued();
  }

  /** Throws StoreError if another window has migrated the database to a newer format. */
  rejectNewer(): void {
    rejectNewer(this.#db, this.#file);
  }

  /**
   * The storage error behind an error, with a message for the user; undefined if storage is not the cause.
   * A database that is damaged or of a newer version is sealed: it can still be read, but is not written to any more.
   */
  storeErrorOf(error: unknown): StoreError | undefined {
    if (this.#sealed && isDatabaseError(error)) return this.#sealed;
    const storeError = error instanceof StoreError ? error : storeErrorOf(error, this.#file);
    if (storeError?.kind === 'busy' && this.#db.isOpen) this.#lock.setLocked(true);
    if (storeError?.kind === 'damaged' || storeError?.kind === 'newer') this.#seal(storeError);
    return storeError;
  }

  /** Whether the database is not written to: it is damaged, of a newer version, or another computer's. */
  get isSealed(): boolean {
    return this.#sealed !== undefined;
  }

  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  #seal(reason: StoreError): void {
    if (this.#db.isOpen) this.#db.exec('PRAGMA query_only = ON');
    this.#sealed = reason;
    this.turns.seal();
  }

  close(): void {
    if (!this.#db.isOpen) return;
    this.#lease?.release(this.engines.all().length === 0);
    this.#db.close();
  }
}

/** Opens the database after the rest of a restore, if there is one; undoes the restore if the data cannot be used. */
function openRestored(dataDir: string): DatabaseSync {
  finishRestore(dataDir);
  try {
    const db = openDatabase(dataDir);
    // What is not deleted now is deleted the next time.
    endRestore(dataDir).catch(() => undefined);
    return db;
  } catch (error) {
    if (!undoRestore(dataDir)) throw error;
    return openDatabase(dataDir);
  }
}

/** Opens the folder of the files' contents. Closes the database and throws StoreError if that fails. */
function openContents(dataDir: string, db: DatabaseSync): FileContents {
  try {
    return new FileContents(dataDir);
  } catch (error) {
    db.close();
    throw openError(error, join(dataDir, filesFolder), dataDir);
  }
}
