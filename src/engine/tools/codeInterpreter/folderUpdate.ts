import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { isFileName, nameKey } from './fileNames';

/** A file in Python's `/mnt/data`, as the child reports it. */
export interface AnnouncedFile {
  /** Not validated yet: any string. */
  name: string;
  bytes: number;
  /** Whether its content follows. */
  changed: boolean;
}

/** A changed file that was received. */
export interface ReceivedFile {
  name: string;
  /** Its name in the folder that receives the files. */
  file: string;
  bytes: number;
  /** SHA-256 of its content. */
  hash: string;
}

interface Incoming {
  name: string;
  file: string;
  bytes: number;
  received: number;
  hash: Hash;
}

/** Receives Python's files after a call into a folder, where `newName` names them. */
export class FolderUpdate {
  readonly #rejected = new Set<string>();
  readonly #names: ReadonlySet<string>;
  readonly #incoming = new Map<string, Incoming>();
  /** The file that is being written: the child sends one after another. */
  #open: { file: string; handle: FileHandle } | undefined;
  /** The last of the writes, which run one after another. */
  #written: Promise<void> = Promise.resolve();
  #error: { reason: unknown } | undefined;

  /** Throws if the files exceed `limitBytes`, a limit that the child enforces too. */
  constructor(
    private readonly folder: string,
    files: readonly AnnouncedFile[],
    limitBytes: number,
    newName: () => string = numbers(),
  ) {
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total > limitBytes) throw new Error(`Its files take ${total} bytes.`);
    this.#names = new Set(files.map(({ name }) => name));
    // Names that differ only in case are the same file on many systems.
    const taken = new Set<string>();
    for (const { name, bytes, changed } of files) {
      if (!isFileName(name) || taken.has(nameKey(name))) {
        if (changed) this.#rejected.add(name);
        continue;
      }
      taken.add(nameKey(name));
      if (!changed) continue;
      this.#incoming.set(name, { name, file: newName(), bytes, received: 0, hash: createHash('sha256') });
    }
  }

  /** Names of changed files that are not valid on the host, or that collide. */
  get rejected(): string[] {
    return [...this.#rejected];
  }

  /** The names of all files, changed or not, valid or not. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Adds the next piece of a changed file. Throws if it is out of order, too long or of an unknown file. */
  add(name: string, at: number, piece: Uint8Array): void {
    if (this.#rejected.has(name)) return;
    const file = this.#incoming.get(name);
    if (file?.received !== at || at + piece.length > file.bytes) {
      throw new Error('A piece of a file does not belong there.');
    }
    file.received += piece.length;
    file.hash.update(piece);
    this.#enqueue(() => this.#write(file, piece));
  }

  /** Waits until the changed files are written, and returns them. Throws if a piece is missing. */
  async complete(): Promise<ReceivedFile[]> {
    const files = [...this.#incoming.values()];
    // Empty files have no pieces.
    for (const file of files) if (file.bytes === 0) this.#enqueue(() => this.#write(file, new Uint8Array(0)));
    await this.end();
    if (this.#error) throw this.#error.reason;
    if (files.some(({ received, bytes }) => received !== bytes))
      throw new Error('A piece of a file is missing.');
    return files.map(({ name, file, bytes, hash }) => ({
      name,
      file,
      bytes,
      hash: hash.copy().digest('hex'),
    }));
  }

  /** Closes the open file, once all is written. */
  async end(): Promise<void> {
    this.#enqueue(() => this.#close());
    await this.#written;
  }

  /** The names in the folder of the files that were to be received, for their deletion. */
  get files(): string[] {
    return [...this.#incoming.values()].map(({ file }) => file);
  }

  /** Runs `work` after the earlier writes; after an error nothing more is written, and `complete` throws it. */
  #enqueue(work: () => Promise<void>): void {
    this.#written = this.#written.then(async () => {
      try {
        if (!this.#error) await work();
      } catch (reason) {
        this.#error = { reason };
        await this.#open?.handle.close().catch(() => {});
      }
    });
  }

  async #write({ file }: Incoming, piece: Uint8Array): Promise<void> {
    if (this.#open?.file !== file) {
      await this.#close();
      this.#open = { file, handle: await open(join(this.folder, file), 'a') };
    }
    if (piece.length > 0) await this.#open.handle.appendFile(piece);
  }

  async #close(): Promise<void> {
    const before = this.#open;
    this.#open = undefined;
    await before?.handle.close();
  }
}

function numbers(): () => string {
  let count = 0;
  return () => String(count++);
}
