import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isFileName } from './fileNames';

/** A file in Python's `/mnt/data`, as the child reports it. */
export interface AnnouncedFile {
  /** Not validated yet: any string. */
  name: string;
  bytes: number;
  /** Whether its content follows. */
  changed: boolean;
}

interface Incoming {
  name: string;
  path: string;
  bytes: number;
  received: number;
  /** The last of the writes, which run one after another. */
  written: Promise<void>;
}

/** Receives Python's files after a call into a temporary folder, where they are named by number. */
export class FolderUpdate {
  /** Names of changed files that are not valid on the host, or that collide. */
  readonly rejected: string[] = [];
  readonly #names = new Set<string>();
  readonly #incoming = new Map<string, Incoming>();

  /** Throws if the files exceed `limitBytes`, a limit that the child enforces too. */
  constructor(folder: string, files: readonly AnnouncedFile[], limitBytes: number) {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total > limitBytes) throw new Error(`Its files take ${total} bytes.`);
    // Names that differ only in case are the same file on many systems.
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

  /** The names of all files, changed or not. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Adds the next piece of a changed file. Throws if it is out of order, too long or of an unknown file. */
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

  /** Waits until the changed files are written, and returns them. Throws if a piece is missing. */
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
