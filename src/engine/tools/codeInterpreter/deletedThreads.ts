import { existsSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const ending = '.deleted';

/**
 * Deletes the folders of deleted threads. A mark beside the folder, written before the thread is deleted, lets the
 * next start complete what a process that died has left. A folder without a mark stays, even if the database does
 * not know its thread: a database that was moved away may be restored.
 */
export class DeletedThreads {
  constructor(private readonly folder: string) {}

  /** Marks a thread as about to be deleted. */
  mark(threadId: string): void {
    const path = join(this.folder, threadId);
    if (existsSync(path)) writeFileSync(path + ending, '');
  }

  async delete(threadId: string): Promise<void> {
    const path = join(this.folder, threadId);
    await rm(path, { recursive: true, force: true, maxRetries: 5 });
    await rm(path + ending, { force: true });
  }

  /** Deletes the folders of marked threads that do not exist any more. */
  async sweep(exists: (threadId: string) => boolean): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      if (!name.endsWith(ending)) continue;
      const threadId = name.slice(0, -ending.length);
      if (!exists(threadId)) await this.delete(threadId);
    }
  }
}
