import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { Engine } from '../../engine/engine';
import type { ModelConnection } from '../../engine/models/modelProvider';
import type {
  BackupCheck,
  DatabaseTaskOptions,
  DataSizes,
  Snapshot,
} from '../../engine/store/maintenance/databaseTasks';
import type { DueWork } from '../../engine/dueWork';
import type { StoreError } from '../../engine/store/storeErrors';
import { DataFolder } from './dataFolder';
import { loadEngine } from './loadEngine';
import { backupError, rejectUsers, restoringBusyError } from './restoreErrors';
import { embeddingsModel } from '../models/embeddingsSetting';
import { DisposableStore } from '../disposableStore';
import { UserError } from '../errors/errors';
import { showIndexUpdates } from './indexUpdates';
import { showMigration } from './migrationNotice';
import { hostedSettings } from '../models/hostedSetting';
import type { Reporter } from '../errors/reporter';
import { readSetting } from '../settings';

/** Milliseconds after which nobody reads a copy of the database any more. */
const maxSnapshotAge = 24 * 60 * 60 * 1000;

/** Milliseconds between two looks for work while the engine is not loaded; an idle engine looks about as often. */
const defaultLookInterval = 12_000;

/** Data that cannot be used: a message that says what is wrong and what to do, and the file or folder. */
export interface StorageError {
  message: string;
  path: string;
}

/** The engine of this window, loaded and opened on its first request, or when it has something to do without one. */
export class EmbeddedEngine implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly folder: DataFolder;
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private readonly openEmitter = this.disposables.add(new vscode.EventEmitter<StorageError | undefined>());
  private opening: Promise<Engine> | undefined;
  private dueWork: DueWork | undefined;
  private looking: NodeJS.Timeout | undefined;
  private readonly closing = new AbortController();

  /** Fires when all data was deleted, by this window or another. */
  readonly onDidLoseData = this.emitter.event;
  /** Fires after each attempt to open the data, with the error if it failed. */
  readonly onDidTryToOpen = this.openEmitter.event;

  constructor(
    private readonly dataDir: string,
    /** The build's output folder, with Python and the document reader. */
    private readonly dist: string,
    private readonly models: () => readonly ModelConnection[],
    private readonly reporter: Reporter,
    private readonly lookInterval = defaultLookInterval,
  ) {
    this.folder = this.disposables.add(new DataFolder(dataDir));
    this.disposables.add(
      this.folder.onDidLose(() => {
        this.release().catch(reporter.log);
      }),
    );
  }

  readonly fetch: Engine['fetch'] = async (input, init) => {
    if (this.closing.signal.aborted) throw new Error('The engine of this window is closed.');
    if (this.folder.isLost) await this.release();
    this.opening ??= this.open();
    return (await this.opening).fetch(input, init);
  };

  /**
   * Opens the engine once it has something to do, such as a run that a closed window has left. Loading it takes longer than
   * all else that the extension does in an idle window.
   */
  async openWhenDue(): Promise<void> {
    const { DueWork } = await import('../../engine/dueWork');
    if (this.opening || this.closing.signal.aborted) return;
    this.dueWork ??= new DueWork(this.dataDir);
    if (this.dueWork.isThere()) {
      await (this.opening = this.open()).catch(this.reporter.log);
    } else {
      this.folder.watch();
      this.lookLater();
    }
  }

  /** Looks for work again, if this window has begun to. */
  private lookLater(): void {
    clearTimeout(this.looking);
    if (!this.dueWork || this.closing.signal.aborted) return;
    const look = (): void => void this.openWhenDue().catch(this.reporter.log);
    this.looking = setTimeout(look, this.lookInterval).unref();
  }

  /**
   * Closes the engine, deletes the database and all files, and reopens empty on the next request. `at` is the
   * time of the deletion, in milliseconds.
   */
  async deleteData(at = Date.now()): Promise<void> {
    const deletion = this.closeEngine().then(() => this.folder.empty(at));
    // Requests wait for the deletion, then use the new empty database.
    const next = deletion.catch(() => {}).then(() => this.open());
    next.catch(() => {});
    this.opening = next;
    await deletion;
    this.emitter.fire();
  }

  /** The size of the database. */
  async dataSizes(busy: () => UserError = busyError): Promise<DataSizes> {
    const { databaseSizes } = await import('../../engine/store/maintenance/databaseTasks');
    await (this.opening ??= this.open());
    const sizes = await databaseSizes(this.taskOptions);
    if (sizes.isBusy) throw busy();
    return sizes;
  }

  /**
   * Rewrites the database without its unused space; requests wait. Returns its size afterwards. Throws UserError
   * if an assistant is working.
   */
  async compactData(): Promise<DataSizes> {
    await this.dataSizes();
    const { compactDatabase } = await import('../../engine/store/maintenance/databaseTasks');
    const compaction = this.closeEngine().then(() => compactDatabase(this.taskOptions));
    const next = compaction.catch(() => {}).then(() => this.open());
    next.catch(() => {});
    this.opening = next;
    const sizes = await compaction;
    if (sizes.isBusy) throw busyError();
    return sizes;
  }

  /**
   * Copies the database as it is now to a file of the data folder, for `work`, and deletes it afterwards. The engine
   * stays in use.
   */
  async withSnapshot<R>(
    work: (copy: Snapshot & { dataDir: string; database: string }) => Promise<R>,
  ): Promise<R> {
    const { snapshotDatabase } = await import('../../engine/store/maintenance/databaseTasks');
    await (this.opening ??= this.open());
    const database = path.join(this.dataDir, `snapshot-${crypto.randomUUID()}.db`);
    await this.deleteOldSnapshots();
    try {
      const copy = await snapshotDatabase({ ...this.taskOptions, target: database });
      return await work({ ...copy, dataDir: this.dataDir, database });
    } finally {
      await rm(database, { force: true });
    }
  }

  /** Deletes the copies of windows that have crashed meanwhile. */
  private async deleteOldSnapshots(): Promise<void> {
    for (const name of await readdir(this.dataDir)) {
      const file = path.join(this.dataDir, name);
      if (!/^snapshot-.+\.db$/.test(name)) continue;
      const { mtimeMs } = await stat(file);
      if (Date.now() - mtimeMs > maxSnapshotAge) await rm(file, { force: true });
    }
  }

  /**
   * Replaces all data by a backup, which `unpack` writes into a folder. The present data stays until the backup is in its
   * place and opened. Throws UserError if it cannot be used, an assistant is working, or others have the data open.
   */
  async restore(unpack: (folder: string) => Promise<void>): Promise<BackupCheck> {
    const tasks = await import('../../engine/store/maintenance/databaseTasks');
    await this.dataSizes(restoringBusyError);
    const folder = path.join(this.dataDir, tasks.restoringFolder);
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await unpack(folder);
      const check = await tasks.checkBackup({ ...this.taskOptions, dataDir: folder });
      if (check.error !== undefined) throw backupError(check.error);
      await this.dataSizes(restoringBusyError);
      const replacing = this.closeEngine().then(async () => {
        rejectUsers(await tasks.dataUsers(this.taskOptions));
        await this.folder.replacing(async () => {
          tasks.replaceData(this.dataDir);
          // It is undone if the data cannot be opened.
          await tasks.migrateDatabase(this.taskOptions).catch((error: unknown) => {
            tasks.undoRestore(this.dataDir);
            throw error;
          });
        });
      });
      const next = replacing.catch(() => {}).then(() => this.open());
      next.catch(() => {});
      this.opening = next;
      await replacing;
      this.emitter.fire();
      return check;
    } catch (error) {
      // What was put aside has been put back.
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Closes the engine; the next engine on the same folder resumes its unfinished runs. */
  async close(): Promise<void> {
    this.closing.abort();
    this.dispose();
    // An error of opening was reported to the request that wanted it.
    const engine = await this.opening?.catch(() => undefined);
    await engine?.close();
  }

  dispose(): void {
    clearTimeout(this.looking);
    this.disposables.dispose();
  }

  /** Closes the engine because another window deletes the data; the next request reopens it. */
  private async release(): Promise<void> {
    this.reporter.info('Another window deleted all data.');
    await this.closeEngine();
    this.emitter.fire();
  }

  private async closeEngine(): Promise<void> {
    const { opening } = this;
    this.opening = undefined;
    this.lookLater();
    this.folder.closed();
    const engine = await opening?.catch(() => undefined);
    // Errors of its final writes do not matter: the data is being deleted.
    await engine?.close().catch(this.reporter.log);
  }

  /** Brings the database of an earlier version up to date, outside of this thread. */
  private async migrate(): Promise<void> {
    const { migrateDatabase } = await import('../../engine/store/maintenance/databaseTasks');
    try {
      await showMigration((onMigrating) => migrateDatabase(this.taskOptions, onMigrating));
    } catch (error) {
      if (isStoreError(error) || this.closing.signal.aborted) throw error;
      // The engine does it itself.
      this.reporter.log(error);
    }
  }

  private get taskOptions(): DatabaseTaskOptions {
    const script = path.join(this.dist, 'databaseWorker.js');
    return { dataDir: this.dataDir, script, signal: this.closing.signal };
  }

  private async open(): Promise<Engine> {
    let engine: Engine | undefined;
    try {
      const { builtDatabaseWorker, builtTools, checkedPrices, createEngine } = await loadEngine();
      await this.folder.whenFree();
      await this.migrate();
      engine = createEngine({
        dataDir: this.dataDir,
        models: this.models,
        tools: builtTools(this.dist, this.dataDir, {
          memoryMb: () => readSetting('codeInterpreterMemory'),
        }),
        databaseWorker: builtDatabaseWorker(this.dist),
        embeddings: embeddingsModel,
        hosted: hostedSettings,
        keptRequests: () => readSetting('keepModelRequests'),
        prices: () => checkedPrices(readSetting('modelPrices')),
        onIndexUpdate: showIndexUpdates(),
        log: this.reporter.info,
      });
      // The first requests are work enough for one turn of the process.
      await nextTurn();
      this.folder.opened();
      this.openEmitter.fire(undefined);
      return engine;
    } catch (error) {
      // The next request retries: a full disk may have room by then.
      this.opening = undefined;
      this.lookLater();
      this.folder.closed();
      await engine?.close().catch(this.reporter.log);
      if (!isStoreError(error)) throw error;
      this.openEmitter.fire({ message: error.message, path: error.path });
      throw new UserError(error.message, { cause: error });
    }
  }
}

function busyError(): UserError {
  const message = vscode.l10n.t(
    'The data cannot be compacted while an assistant is working or files are being indexed. Try again later.',
  );
  return new UserError(message);
}

/** Checked by name, because importing the class would load the engine. */
function isStoreError(error: unknown): error is StoreError {
  return error instanceof Error && error.name === 'StoreError';
}
