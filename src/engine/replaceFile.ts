import { renameSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/** Errors of Windows while a virus scanner or an indexer has one of the two files open, usually for milliseconds. */
const heldCodes: ReadonlySet<string | undefined> = new Set(['EPERM', 'EBUSY', 'EACCES']);

/** Milliseconds before each further try. */
const pauses = [10, 20, 40, 80, 160, 320, 640];
/** The same where the thread has to wait. */
const shortPauses = [1, 2, 4, 8, 16];

/** Replaceable by tests. */
interface System<Rename> {
  platform: NodeJS.Platform;
  rename: Rename;
}

/** Renames a file, over an existing one if there is one; on Windows tries again while another program holds one of them. */
export async function replaceFile(
  from: string,
  to: string,
  system: System<(from: string, to: string) => Promise<void>> = { platform: process.platform, rename },
): Promise<void> {
  for (const pause of pauses) {
    try {
      return await system.rename(from, to);
    } catch (error) {
      if (!isHeld(error, system.platform)) throw error;
    }
    await setTimeout(pause);
  }
  return system.rename(from, to);
}

/** `replaceFile` where the caller cannot wait: tries for about 30 ms. */
export function replaceFileSync(
  from: string,
  to: string,
  system: System<(from: string, to: string) => void> = { platform: process.platform, rename: renameSync },
): void {
  for (const pause of shortPauses) {
    try {
      return system.rename(from, to);
    } catch (error) {
      if (!isHeld(error, system.platform)) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
  }
  return system.rename(from, to);
}

function isHeld(error: unknown, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && heldCodes.has((error as NodeJS.ErrnoException).code);
}
