import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** Where an export is written. Nothing is at its place before `finish`. */
export interface ExportTarget {
  /** Writes a file; `path` has forward slashes. */
  write(path: string, content: string | AsyncIterable<Uint8Array>): Promise<void>;
  finish(): Promise<void>;
  /** Deletes what was written. */
  abandon(): Promise<void>;
}

const partEnding = '.part';

/** A folder that does not exist yet. */
export class FolderTarget implements ExportTarget {
  readonly #part: string;

  constructor(private readonly folder: string) {
    this.#part = folder + partEnding;
  }

  async write(path: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
    const file = join(this.#part, ...path.split('/'));
    await mkdir(dirname(file), { recursive: true });
    if (typeof content === 'string') return writeFile(file, content);
    await pipeline(Readable.from(content), createWriteStream(file));
  }

  async finish(): Promise<void> {
    await mkdir(this.#part, { recursive: true });
    await rename(this.#part, this.folder);
  }

  async abandon(): Promise<void> {
    await rm(this.#part, { recursive: true, force: true });
  }
}

/** A zip file, written as the contents come. */
export class ZipTarget implements ExportTarget {
  readonly #part: string;
  readonly #zip = new ZipFile();
  readonly #written: Promise<void>;
  readonly #aborter = new AbortController();

  constructor(private readonly file: string) {
    this.#part = file + partEnding;
    this.#written = pipeline(this.#zip.outputStream, createWriteStream(this.#part), {
      signal: this.#aborter.signal,
    });
    // Reported by `finish`, and by the next write.
    this.#written.catch(() => undefined);
  }

  async write(path: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
    const chunks = typeof content === 'string' ? [Buffer.from(content)] : content;
    const read = new Promise<void>((resolve, reject) => {
      // Opened when the entries before it are written.
      this.#zip.addReadStreamLazy(path, {}, (give) => {
        const stream = Readable.from(chunks);
        stream.once('close', resolve);
        stream.once('error', reject);
        give(null, stream);
      });
    });
    await Promise.race([read, this.#written]);
  }

  async finish(): Promise<void> {
    this.#zip.end();
    await this.#written;
    await rename(this.#part, this.file);
  }

  async abandon(): Promise<void> {
    this.#aborter.abort();
    await this.#written.catch(() => undefined);
    await rm(this.#part, { force: true });
  }
}
