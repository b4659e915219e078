import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isFileName } from './fileNames';

/** A file that Python says there is. */
export interface AnnouncedFile {
  /** As Python named it: it may be anything. */
  name: string;
  bytes: number;
  /** Its content follows. */
  changed: boolean;
}

interface Incoming {
  name: string;
  path: string;
  bytes: number;
  received: number;
  /** The last write; each waits for the one before. */
  written: Promise<void>;
}

/** What Python's folder has become, received into a folder of its own under names of our own. */
export class FolderUpdate {
  /** Changed files with names that no file of ours can have. */
  readonly rejected: string[] = [];
  readonly #names = new Set<string>();
  readonly #incoming = new Map<string, Incoming>();

  /** Throws on more than `limitBytes`, which Python's side does not allow either. */
  constructor(folder: string, files: readonly AnnouncedFile[], limitBytes: number) {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total > limitBytes) throw new Error(`Its files take ${total} bytes.`);
    // Two names that differ in case alone are one file on many systems.
    const taken = new Set<string>();
    for (const { name, bytes, changed } of files) {
      const key = name.normalize().toLowerCase();
      if (!isFileName(name) || taken.has(key)) {
        if (changed) this.rejected.push(name);
        continue;
      }
      taken.add(key);
      this.#names.add(name);
      if (!changed) continue;
      const path = join(folder, String(this.#incoming.size));
      this.#incoming.set(name, {
        name,
        path,
        bytes,
        received: 0,
        written: write(path, 0, new Uint8Array(0)),
      });
    }
  }

  /** Every file there is now, changed or not. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Takes the next piece of a changed file. Throws on one that does not belong there. */
  add(name: string, at: number, piece: Uint8Array): void {
    if (this.rejected.includes(name)) return;
    const file = this.#incoming.get(name);
    if (file?.received !== at || at + piece.length > file.bytes) {
      throw new Error('A piece of a file does not belong there.');
    }
    file.received += piece.length;
    file.written = file.written.then(() => write(file.path, at, piece));
    // Reported by `complete`.
    file.written.catch(() => {});
  }

  /** The changed files, once they are written. Throws when a part is missing. */
  async complete(): Promise<Incoming[]> {
    const files = [...this.#incoming.values()];
    for (const { written, received, bytes } of files) {
      await written;
      if (received !== bytes) throw new Error('A piece of a file is missing.');
    }
    return files;
  }
}

async function write(path: string, at: number, piece: Uint8Array): Promise<void> {
  const file = await open(path, at === 0 ? 'w' : 'r+');
  try {
    if (piece.length > 0) await file.write(piece, 0, piece.length, at);
  } finally {
    await file.close();
  }
}
