import { type FSWatcher, mkdirSync, statSync, watch } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { UserError } from '../errors';

/** As the engine names it; its own module would be loaded with all of SQLite, before anybody asks. */
const databaseName = 'assistants.db';

/** Lies in the folder while a window deletes it: the others close what they have open there. */
const markerName = 'being-deleted';

/** Milliseconds after which a mark is one of a window that did not live to take it away. */
const markerLifetime = 30_000;

/** Milliseconds between two looks whether the mark is gone. */
const pollInterval = 50;

/** The folder of the engine's data, which all windows share, and any of which may delete. */
export class DataFolder implements vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<void>();
  private watcher: FSWatcher | undefined;
  /** What the file system calls the database that is open. */
  private openInode: number | undefined;
  private deleting = false;

  /** Fires when another window deletes, or has deleted, what is open here. */
  readonly onDidLose = this.emitter.event;

  constructor(readonly path: string) {}

  /** The database was opened: from now on its end is noticed. */
  opened(): void {
    this.openInode = this.inode();
    if (this.watcher) return;
    mkdirSync(this.path, { recursive: true });
    this.watcher = watch(this.path, { persistent: false }, () => {
      if (this.isLost) this.handleLoss();
    });
    // Where a file system cannot be watched, the next request notices.
    this.watcher.on('error', () => this.unwatch());
  }

  /** The database was closed. */
  closed(): void {
    this.openInode = undefined;
    this.unwatch();
  }

  /** Whether what is open here was deleted by another window, or is about to be. */
  get isLost(): boolean {
    if (this.openInode === undefined || this.deleting) return false;
    return this.isBeingDeleted() || this.inode() !== this.openInode;
  }

  /** Waits until no window deletes the folder. */
  async whenFree(): Promise<void> {
    while (!this.deleting && this.isBeingDeleted()) await delay(pollInterval);
  }

  /** Deletes all that is in it, when nothing of this window is open there any more. */
  async empty(): Promise<void> {
    this.deleting = true;
    const mark = path.join(this.path, markerName);
    try {
      mkdirSync(this.path, { recursive: true });
      await writeFile(mark, '');
      const names = (await readdir(this.path)).filter((name) => name !== markerName);
      for (const name of names) await remove(path.join(this.path, name));
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

/** Windows does not delete what another process has open: the other windows are given some seconds to close it. */
async function remove(entry: string): Promise<void> {
  try {
    await rm(entry, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  } catch (error) {
    const message = vscode.l10n.t(
      '{0} could not be deleted: another window or program uses it. Close that, and delete again.',
      entry,
    );
    throw new UserError(message, { cause: error });
  }
}
