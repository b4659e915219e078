import { createHash } from 'node:crypto';
import path from 'node:path';
import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { DisposableStore } from '../disposableStore';
import { isNotFound, isUnreachable } from '../errors/errors';
import { updateFromFolder } from './folderUpdate';
import { WindowLock } from './windowLock';

/** A folder and the vector store it is synced to. */
interface SyncedFolder {
  folder: string;
  vectorStoreId: string;
  /** Id of the service that has the store. */
  service: string;
}

/** Dependencies of `FolderSync`. */
export interface FolderSyncParts {
  client: OpenAI;
  /** The active service. */
  service: { readonly id: string; readonly onDidChange: vscode.Event<void> };
  /** Stores the list of synced folders. */
  state: vscode.Memento;
  /** A local folder that all windows share. */
  lockFolder: string;
  report: (error: unknown) => void;
  /** Milliseconds between scans of a folder without a change. */
  rescanInterval?: number;
}

const stateKey = 'syncedFolders';

/** Milliseconds without a change before a folder is scanned: a checkout changes many files. */
const debounceDelay = 500;
/** Milliseconds between two renewals of the lock by the window that syncs a folder. */
const heartbeatInterval = 10_000;
/** VS Code does not say that it cannot watch a folder, for example because all inotify watches are in use. */
const defaultRescanInterval = 5 * 60_000;

/** Syncs folders of this window to vector stores; a lock per folder lets one window at a time do it. */
export class FolderSync implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private readonly disposables = new DisposableStore();
  private syncers = new Map<string, FolderSyncer>();

  /** Fires when the list of synced folders changes. */
  readonly onDidChange = this.emitter.event;

  constructor(private readonly parts: FolderSyncParts) {
    this.disposables.add(
      this.emitter,
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.reconcile()),
      parts.service.onDidChange(() => this.reconcile()),
    );
    this.reconcile();
  }

  /** The folders that are synced to a store, whether this window has them open or not. */
  foldersOf(vectorStoreId: string): vscode.Uri[] {
    const entries = this.entries().filter((one) => one.vectorStoreId === vectorStoreId);
    return entries.map(({ folder }) => vscode.Uri.parse(folder));
  }

  /** All synced folders and their stores. */
  all(): readonly { folder: vscode.Uri; vectorStoreId: string }[] {
    return this.entries().map(({ folder, vectorStoreId }) => ({
      folder: vscode.Uri.parse(folder),
      vectorStoreId,
    }));
  }

  /** Starts syncing a folder to a store of the active service. */
  async start(folder: vscode.Uri, vectorStoreId: string): Promise<void> {
    const entry = { folder: folder.toString(), vectorStoreId, service: this.parts.service.id };
    await this.write([...this.entries().filter((one) => !isSame(one, entry)), entry]);
  }

  /** Stops syncing a folder to a store, or all of the store's folders; the files stay in the store. */
  async stop(vectorStoreId: string, folder?: vscode.Uri): Promise<void> {
    const stopped = folder ? [folder] : this.foldersOf(vectorStoreId);
    const isStopped = (entry: SyncedFolder): boolean =>
      stopped.some((one) => isSame(entry, { folder: one.toString(), vectorStoreId }));
    await this.write(this.entries().filter((entry) => !isStopped(entry)));
  }

  dispose(): void {
    for (const syncer of this.syncers.values()) syncer.dispose();
    this.disposables.dispose();
  }

  private entries(): readonly SyncedFolder[] {
    return this.parts.state.get<SyncedFolder[]>(stateKey) ?? [];
  }

  private async write(entries: readonly SyncedFolder[]): Promise<void> {
    await this.parts.state.update(stateKey, entries);
    this.reconcile();
    this.emitter.fire();
  }

  /** Starts and stops syncers so that they match the list, the open folders and the active service. */
  private reconcile(): void {
    const { client, service, lockFolder, report, rescanInterval = defaultRescanInterval } = this.parts;
    const wanted = this.entries().filter((entry) => entry.service === service.id && isOpen(entry));
    const syncers = new Map<string, FolderSyncer>();
    for (const { folder, vectorStoreId } of wanted) {
      const id = `${vectorStoreId} ${folder}`;
      const uri = vscode.Uri.parse(folder);
      const lock = new WindowLock(path.join(lockFolder, lockName(id)));
      const syncer =
        this.syncers.get(id) ??
        new FolderSyncer(client, uri, vectorStoreId, lock, rescanInterval, (error) => {
          this.handleError(vectorStoreId, error).catch(report);
        });
      syncers.set(id, syncer);
      this.syncers.delete(id);
    }
    for (const syncer of this.syncers.values()) syncer.dispose();
    this.syncers = syncers;
  }

  /** Stops syncing to a store that was deleted; reports any other error. */
  private async handleError(vectorStoreId: string, error: unknown): Promise<void> {
    if (isNotFound(error) && !(await storeExists(this.parts.client, vectorStoreId)))
      await this.stop(vectorStoreId);
    else this.parts.report(error);
  }
}

function isSame(one: Omit<SyncedFolder, 'service'>, other: Omit<SyncedFolder, 'service'>): boolean {
  return one.folder === other.folder && one.vectorStoreId === other.vectorStoreId;
}

async function storeExists(client: OpenAI, vectorStoreId: string): Promise<boolean> {
  try {
    await client.vectorStores.retrieve(vectorStoreId);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Hashed, because a server may choose store ids that are no valid file names. */
function lockName(id: string): string {
  return `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.lock`;
}

/** Whether the folder is in the workspace of this window. */
function isOpen({ folder }: SyncedFolder): boolean {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(folder)) !== undefined;
}

/** Syncs one folder: at the start, after every change and at intervals, while this window holds the lock. */
class FolderSyncer implements vscode.Disposable {
  private readonly watcher: vscode.FileSystemWatcher;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly rescan: NodeJS.Timeout;
  private readonly aborter = new AbortController();
  private readonly known = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private updating: Promise<void> | undefined;
  private hasLock = false;
  /** Whether the folder may have changed since the last scan. */
  private isDue = true;

  constructor(
    private readonly client: OpenAI,
    private readonly folder: vscode.Uri,
    private readonly vectorStoreId: string,
    private readonly lock: WindowLock,
    rescanInterval: number,
    private readonly report: (error: unknown) => void,
  ) {
    this.watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '**/*'));
    for (const event of [this.watcher.onDidCreate, this.watcher.onDidChange, this.watcher.onDidDelete]) {
      event((uri) => this.changed(uri));
    }
    this.heartbeat = setInterval(() => this.renewLock(), heartbeatInterval);
    this.rescan = setInterval(() => {
      this.isDue = true;
      this.update();
    }, rescanInterval);
    this.renewLock();
  }

  dispose(): void {
    clearInterval(this.heartbeat);
    clearInterval(this.rescan);
    clearTimeout(this.timer);
    this.watcher.dispose();
    this.aborter.abort();
    this.lock.release();
  }

  private changed(uri: vscode.Uri): void {
    if (/\/(\.git|node_modules)(\/|$)/.test(uri.path)) return;
    this.isDue = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.update(), debounceDelay);
  }

  private renewLock(): void {
    this.lock.acquire().then((hasLock) => {
      if (this.aborter.signal.aborted) {
        this.lock.release();
        return;
      }
      // The previous holder of the lock may not have seen the latest changes.
      if (hasLock && !this.hasLock) this.isDue = true;
      this.hasLock = hasLock;
      this.update();
    }, this.report);
  }

  private update(): void {
    if (!this.isDue || !this.hasLock || this.updating || this.aborter.signal.aborted) return;
    this.isDue = false;
    this.updating = this.updateOnce()
      .catch((error: unknown) => {
        // Retried with the next renewal of the lock.
        if (isUnreachable(error)) this.isDue = true;
        if (!this.aborter.signal.aborted) this.report(error);
      })
      .finally(() => {
        this.updating = undefined;
        this.update();
      });
  }

  private async updateOnce(): Promise<void> {
    if (!(await folderExists(this.folder))) return;
    const { client, folder, vectorStoreId, known } = this;
    const { signal } = this.aborter;
    const { failed } = await updateFromFolder({ client, folder, vectorStoreId, known, signal });
    for (const { name, reason } of failed) this.report(new Error(`${name}: ${reason}`));
  }
}

/** Checked first, so that a missing folder, of an unplugged drive for example, does not empty its store. */
async function folderExists(folder: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(folder);
    return true;
  } catch {
    return false;
  }
}
