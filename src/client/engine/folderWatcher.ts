import { watch, type FSWatcher } from 'node:fs';

/** Milliseconds between checks of a folder that cannot be watched. */
const pollInterval = 2000;

/**
 * Calls `check` when the folder may have changed. Where the system cannot watch it, for example because all
 * inotify watches are in use, calls it at intervals instead. Never throws, and does not keep the process alive.
 */
export class FolderWatcher {
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    folder: string,
    private readonly check: () => void,
  ) {
    try {
      this.watcher = watch(folder, { persistent: false }, check);
      this.watcher.on('error', () => this.poll());
    } catch {
      this.poll();
    }
  }

  close(): void {
    this.watcher?.close();
    this.watcher = undefined;
    clearInterval(this.timer);
  }

  private poll(): void {
    this.close();
    this.timer = setInterval(this.check, pollInterval).unref();
  }
}
