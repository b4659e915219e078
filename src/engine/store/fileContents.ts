import { createReadStream, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A file larger than the service takes. */
export class FileTooLargeError extends Error {
  override readonly name = 'FileTooLargeError';
}

const partEnding = '.part';

/** How long ago the last byte of an upload must have come for it to be given up, in milliseconds. */
const maxUploadPause = 60 * 60 * 1000;

/** The bytes of files, one file of the data folder each, named by its id: a user's name is never a path. */
export class FileContents {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, 'files');
    mkdirSync(this.#folder, { recursive: true });
  }

  /**
   * Writes a stream down, as it comes, and returns its size in bytes. Nothing is left where it fails;
   * more than `limit` bytes throw FileTooLargeError.
   */
  async write(id: string, content: AsyncIterable<Uint8Array>, limit: number): Promise<number> {
    const part = this.path(id) + partEnding;
    try {
      const bytes = await this.#fill(part, content, limit);
      await rename(part, this.path(id));
      return bytes;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async #fill(part: string, content: AsyncIterable<Uint8Array>, limit: number): Promise<number> {
    const file = await open(part, 'wx');
    let bytes = 0;
    try {
      for await (const chunk of content) {
        bytes += chunk.length;
        if (bytes > limit) throw new FileTooLargeError();
        await file.write(chunk);
      }
    } finally {
      await file.close();
    }
    return bytes;
  }

  /** Where the bytes of a file are; for reading alone. */
  path(id: string): string {
    return join(this.#folder, id);
  }

  stream(id: string): ReadableStream<Uint8Array> {
    return Readable.toWeb(createReadStream(this.path(id))) as ReadableStream<Uint8Array>;
  }

  read(id: string): Buffer {
    return readFileSync(this.path(id));
  }

  /**
   * Deletes what uploads have left whose process died in the middle of them. Contents that are whole stay,
   * whatever the database knows of them: one that was put aside may be put back.
   */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith(partEnding)) continue;
      const found = await stat(this.path(name)).catch(() => undefined);
      if (found && Date.now() - found.mtimeMs > maxUploadPause) await rm(this.path(name), { force: true });
    }
  }

  delete(id: string): void {
    rmSync(this.path(id), { force: true });
  }
}
