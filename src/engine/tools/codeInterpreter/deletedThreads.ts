import { existsSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

const ending = '.deleted';

/** The start of the id of a session, which belongs to no thread. */
export const sessionPrefix = 'session_';

/** Seconds after its last use at which a session is deleted. */
export const sessionLifetime = 24 * 60 * 60;

/**
 * Deletes the folders of deleted threads. A mark beside the folder, written before the thread is deleted, lets the
 * next start complete what a process that died has left. A folder without a mark stays, even if the database does
 * not know its thread: a database that was moved away may be restored. Folders of sessions are deleted when they were
 * not used for a day.
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

  /** Starts the lifetime of a session anew. */
  async noteUse(sessionId: string): Promise<void> {
    const now = new Date();
    // The folder is missing if the code did not get to run.
    await utimes(join(this.folder, sessionId), now, now).catch(() => undefined);
  }

  /** Deletes the folders of marked threads that do not exist any more, and of sessions that are not used any more. */
  async sweep(exists: (threadId: string) => boolean): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      if (name.startsWith(sessionPrefix) && (await this.#isOld(name))) await this.delete(name);
      if (!name.endsWith(ending)) continue;
      const threadId = name.slice(0, -ending.length);
      if (!exists(threadId)) await this.delete(threadId);
    }
  }

  async #isOld(name: string): Promise<boolean> {
    const { mtimeMs } = await stat(join(this.folder, name));
    return Date.now() - mtimeMs > sessionLifetime * 1000;
  }
}
