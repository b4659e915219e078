import { createReadStream, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** A file larger than the service takes. */
export class FileTooLargeError extends Error {
  override readonly name = 'FileTooLargeError';
}

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
    const part = `${this.path(id)}.part`;
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

  delete(id: string): void {
    rmSync(this.path(id), { force: true });
  }
}
