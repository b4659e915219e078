import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { isAlive } from '../../engine/process/isAlive';

/** Milliseconds without a renewal after which a lock is stale. */
const staleAfter = 60_000;

/** A lock file that one window of this computer holds, for work that only one window should do. */
export class WindowLock {
  private readonly owner = `${process.pid} ${randomUUID()}`;
  private held = false;

  constructor(private readonly file: string) {}

  /** Acquires or renews the lock; to be called every few seconds. Resolves to whether this window holds it. */
  async acquire(): Promise<boolean> {
    this.held = await this.isOwner();
    if (this.held) {
      const now = new Date();
      await utimes(this.file, now, now);
      return true;
    }
    if (await this.isAbandoned()) await rm(this.file, { force: true });
    this.held = await this.createFile();
    return this.held;
  }

  /** Releases the lock. Synchronous, because a closing window does not wait for promises. */
  release(): void {
    if (this.held) rmSync(this.file, { force: true });
    this.held = false;
  }

  private async isOwner(): Promise<boolean> {
    return (await readFile(this.file, 'utf8').catch(() => '')) === this.owner;
  }

  private async createFile(): Promise<boolean> {
    await mkdir(path.dirname(this.file), { recursive: true });
    try {
      const handle = await open(this.file, 'wx');
      await handle.writeFile(this.owner);
      await handle.close();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  private async isAbandoned(): Promise<boolean> {
    try {
      const { mtimeMs } = await stat(this.file);
      if (Date.now() - mtimeMs > staleAfter) return true;
      const pid = Number.parseInt(await readFile(this.file, 'utf8'), 10);
      // Without a process id, another window is just creating the file.
      return Number.isFinite(pid) && !isAlive(pid);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }
}
