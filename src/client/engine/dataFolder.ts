import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { UserError } from '../errors/errors';
import { FolderWatcher } from './folderWatcher';

/** The engine's name for it, repeated here because its module would load SQLite. */
const databaseName = 'assistants.db';

/** A file that exists while a window deletes the folder's content: the other windows close the database. */
const markerName = 'being-deleted';

/** A file with the time of the last deletion: other profiles share this folder, but not VS Code's state. */
const deletionName = 'deleted-at';

/** Milliseconds after which a marker is stale: its window ended without removing it. */
const markerLifetime = 30_000;

/** Milliseconds between checks whether the marker is gone. */
const pollInterval = 50;

/** The folder of the engine's data. All windows share it, and any of them may delete its content. */
export class DataFolder implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private watcher: FolderWatcher | undefined;
  /** Inode of the open database file. */
  private openInode: number | undefined;
  private deleting = false;

  /** Fires when another window deletes, or has deleted, the open database. */
  readonly onDidLose = this.emitter.event;

  constructor(readonly path: string) {}

  /** To be called when the database was opened: starts watching for its deletion. */
  opened(): void {
    this.openInode = this.inode();
    this.watcher ??= new FolderWatcher(this.path, () => {
      if (this.isLost) this.handleLoss();
    });
  }

  /** To be called while the database is not open: if there is one, starts watching for its deletion all the same. */
  watch(): void {
    if (this.isLost) this.handleLoss();
    else if (this.inode() !== undefined) this.opened();
  }

  /** To be called when the database was closed: stops watching. */
  closed(): void {
    this.openInode = undefined;
    this.unwatch();
  }

  /** Whether another window deleted the open database, or is about to. */
  get isLost(): boolean {
    if (this.openInode === undefined || this.deleting) return false;
    return this.isBeingDeleted() || this.inode() !== this.openInode;
  }

  /** Waits until no other window is deleting the folder's content. */
  async whenFree(): Promise<void> {
    while (!this.deleting && this.isBeingDeleted()) await delay(pollInterval);
  }

  /**
   * Deletes the folder's content, and notes the time in milliseconds. This window must have closed the
   * database.
   */
  async empty(deletedAt: number): Promise<void> {
    this.deleting = true;
    const mark = path.join(this.path, markerName);
    try {
      mkdirSync(this.path, { recursive: true });
      await writeFile(path.join(this.path, deletionName), String(deletedAt));
      await writeFile(mark, '');
      const names = (await readdir(this.path)).filter((name) => ![markerName, deletionName].includes(name));
      for (const name of names) await remove(path.join(this.path, name));
    } finally {
      await rm(mark, { force: true });
      this.deleting = false;
    }
  }

  /** Runs work that replaces the folder's content; other windows close the database. This window must have closed it. */
  async replacing(work: () => Promise<void>): Promise<void> {
    this.deleting = true;
    const mark = path.join(this.path, markerName);
    try {
      await writeFile(mark, '');
      await work();
    } finally {
      await rm(mark, { force: true });
      this.deleting = false;
    }
  }

  dispose(): void {
    this.unwatch();
    this.emitter.dispose();
  }

  private handleLoss(): void {
    this.closed();
    this.emitter.fire();
  }

  private unwatch(): void {
    this.watcher?.close();
    this.watcher = undefined;
  }

  private inode(): number | undefined {
    return statSync(path.join(this.path, databaseName), { throwIfNoEntry: false })?.ino;
  }

  private isBeingDeleted(): boolean {
    const mark = statSync(path.join(this.path, markerName), { throwIfNoEntry: false });
    return mark !== undefined && Date.now() - mark.mtimeMs < markerLifetime;
  }
}

/** When the content of a data folder was last deleted, in milliseconds; undefined if it never was. */
export function lastDeletion(dataDir: string): number | undefined {
  try {
    return Number(readFileSync(path.join(dataDir, deletionName), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Windows does not delete files that another process has open: retries for some seconds while the other
 * windows close them.
 */
async function remove(entry: string): Promise<void> {
  try {
    await rm(entry, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  } catch (error) {
    const message = vscode.l10n.t(
      '{0} could not be deleted because another window or program is using it. Close it and try again.',
      entry,
    );
    throw new UserError(message, { cause: error });
  }
}
