import * as vscode from 'vscode';
import type { Engine } from '../../engine/engine';
import type { ModelConnection } from '../../engine/models/modelProvider';
import type { StoreError } from '../../engine/store/storeErrors';
import { DataFolder } from './dataFolder';
import { embeddingsModel } from '../models/embeddingsSetting';
import { DisposableStore } from '../disposableStore';
import { UserError } from '../errors';
import { hostedSettings } from '../models/hostedSetting';
import type { Reporter } from '../reporter';
import { readSetting } from '../settings';

/** Data that cannot be used: a message that says what is wrong and what to do, and the file or folder. */
export interface StorageError {
  message: string;
  path: string;
}

/** The engine of this window, loaded and opened on its first request. */
export class EmbeddedEngine implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly folder: DataFolder;
  private readonly emitter = this.disposables.add(new vscode.EventEmitter<void>());
  private readonly openEmitter = this.disposables.add(new vscode.EventEmitter<StorageError | undefined>());
  private opening: Promise<Engine> | undefined;
  private closed = false;

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
  ) {
    this.folder = this.disposables.add(new DataFolder(dataDir));
    this.disposables.add(
      this.folder.onDidLose(() => {
        this.release().catch(reporter.log);
      }),
    );
  }

  readonly fetch: Engine['fetch'] = async (input, init) => {
    if (this.closed) throw new Error('The engine of this window is closed.');
    if (this.folder.isLost) await this.release();
    this.opening ??= this.open();
    return (await this.opening).fetch(input, init);
  };

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

  /** Closes the engine; the next engine on the same folder resumes its unfinished runs. */
  async close(): Promise<void> {
    this.closed = true;
    this.dispose();
    await (await this.opening)?.close();
  }

  dispose(): void {
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
    this.folder.closed();
    const engine = await opening?.catch(() => undefined);
    // Errors of its final writes do not matter: the data is being deleted.
    await engine?.close().catch(this.reporter.log);
  }

  private async open(): Promise<Engine> {
    let engine: Engine | undefined;
    try {
      const { createEngine } = await import('../../engine/engine');
      const { builtTools } = await import('../../engine/assets');
      await this.folder.whenFree();
      engine = createEngine({
        dataDir: this.dataDir,
        models: this.models,
        tools: builtTools(this.dist, this.dataDir),
        embeddings: embeddingsModel,
        hosted: hostedSettings,
        keptRequests: () => readSetting('keepModelRequests'),
        log: this.reporter.info,
      });
      this.folder.opened();
      this.openEmitter.fire(undefined);
      return engine;
    } catch (error) {
      // The next request retries: a full disk may have room by then.
      this.opening = undefined;
      this.folder.closed();
      await engine?.close().catch(this.reporter.log);
      if (!isStoreError(error)) throw error;
      this.openEmitter.fire({ message: error.message, path: error.path });
      throw new UserError(error.message, { cause: error });
    }
  }
}

/** Checked by name, because importing the class would load the engine. */
function isStoreError(error: unknown): error is StoreError {
  return error instanceof Error && error.name === 'StoreError';
}
