import path from 'node:path';
import * as vscode from 'vscode';
import type { Engine } from '../../engine/engine';
import type { ModelConnection } from '../../engine/models/modelProvider';
import type { StoreError } from '../../engine/store/storeErrors';
import { DataFolder } from './dataFolder';
import { embeddingsModel } from '../models/embeddingsSetting';
import { UserError } from '../errors';
import { hostedSettings } from '../models/hostedSetting';
import type { Reporter } from '../reporter';

/** Data that cannot be used: what is wrong and what to do, and the file or folder it is about. */
export interface StorageError {
  message: string;
  path: string;
}

/** The engine of this window, loaded and opened when it is first asked for something. */
export class EmbeddedEngine implements vscode.Disposable {
  private readonly folder: DataFolder;
  private readonly emitter = new vscode.EventEmitter<void>();
  private readonly openEmitter = new vscode.EventEmitter<StorageError | undefined>();
  private readonly subscription: vscode.Disposable;
  private opening: Promise<Engine> | undefined;
  private closed = false;

  /** Fires when all data was deleted, by this window or another. */
  readonly onDidLoseData = this.emitter.event;
  /** Fires when the data was opened, or why it was not. */
  readonly onDidTryToOpen = this.openEmitter.event;

  constructor(
    private readonly dataDir: string,
    /** Where the build has put Python and the reader of documents. */
    private readonly dist: string,
    private readonly models: () => readonly ModelConnection[],
    private readonly reporter: Reporter,
  ) {
    this.folder = new DataFolder(dataDir);
    this.subscription = this.folder.onDidLose(() => {
      this.release().catch(reporter.log);
    });
  }

  readonly fetch: Engine['fetch'] = async (input, init) => {
    if (this.closed) throw new Error('The engine of this window is closed.');
    if (this.folder.isLost) await this.release();
    this.opening ??= this.open();
    return (await this.opening).fetch(input, init);
  };

  /** Ends the work of this window, deletes the database and all files, and begins anew with the next request. */
  async deleteData(): Promise<void> {
    const deletion = this.closeEngine().then(() => this.folder.empty());
    // Requests wait until it is done, and then open an empty database.
    const next = deletion.catch(() => {}).then(() => this.open());
    next.catch(() => {});
    this.opening = next;
    await deletion;
    this.emitter.fire();
  }

  /** Hands the runs under way over to the next engine. */
  async close(): Promise<void> {
    this.closed = true;
    this.dispose();
    await (await this.opening)?.close();
  }

  dispose(): void {
    this.subscription.dispose();
    this.folder.dispose();
    this.emitter.dispose();
    this.openEmitter.dispose();
  }

  /** Another window deletes the data: what is open here is closed, and opened again when asked for. */
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
    // What it wanted to write at its end has no place any more.
    await engine?.close().catch(this.reporter.log);
  }

  private async open(): Promise<Engine> {
    try {
      const { createEngine } = await import('../../engine/engine');
      const { distributionUrl } = await import('../../engine/tools/codeInterpreter/interpreter');
      const packages = { baseUrl: distributionUrl, cacheFolder: path.join(this.dataDir, 'python-packages') };
      await this.folder.whenFree();
      const engine = createEngine({
        dataDir: this.dataDir,
        models: this.models,
        tools: {
          codeInterpreter: { assets: path.join(this.dist, 'python'), packages },
          fileSearch: { script: path.join(this.dist, 'reader', 'reader.mjs') },
        },
        embeddings: embeddingsModel,
        hosted: hostedSettings,
        log: this.reporter.info,
      });
      this.folder.opened();
      this.openEmitter.fire(undefined);
      return engine;
    } catch (error) {
      // The next request tries again: a full disk may have room by then.
      this.opening = undefined;
      if (!isStoreError(error)) throw error;
      this.openEmitter.fire({ message: error.message, path: error.path });
      throw new UserError(error.message, { cause: error });
    }
  }
}

/** By its name: its class is loaded with the engine, and not before. */
function isStoreError(error: unknown): error is StoreError {
  return error instanceof Error && error.name === 'StoreError';
}
