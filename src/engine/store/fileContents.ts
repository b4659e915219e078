import { createReadStream, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FileObject } from 'openai/resources/files';
import { replaceFile } from '../replaceFile';

/** A file is larger than the limit. */
export class FileTooLargeError extends Error {
  override readonly name = 'FileTooLargeError';
}

/** Name of the folder in the data folder. */
export const filesFolder = 'files';

/** The stored content of a file is missing, or not as long as it was. The message is for the user. */
export class MissingContentError extends Error {
  override readonly name = 'MissingContentError';
  /** What is wrong with the content, without its path: “is missing”. */
  readonly state: string;

  constructor({ id, filename, bytes }: StoredFile, found: number | undefined, path: string) {
    const state = found === undefined ? 'is missing' : `has ${found} bytes instead of ${bytes}`;
    super(
      `The content of the file '${filename}' (${id}) ${state} in the data folder (${path}). ` +
        'Restore it, or delete the file and upload it again.',
    );
    this.state = state;
  }
}

type StoredFile = Pick<FileObject, 'id' | 'filename' | 'bytes'>;

const partEnding = '.part';

/** An incomplete upload that received nothing for this long is abandoned, in milliseconds. */
const maxUploadPause = 60 * 60 * 1000;

/**
 * The contents of files, each in a file of the data folder that is named by its id: a user's file name never
 * becomes a path.
 */
export class FileContents {
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, filesFolder);
    mkdirSync(this.#folder, { recursive: true });
  }

  /**
   * Streams content to disk and returns its size in bytes. Leaves nothing behind if it fails. Throws
   * FileTooLargeError after `limit` bytes.
   */
  async write(id: string, content: AsyncIterable<Uint8Array>, limit: number): Promise<number> {
    const part = this.path(id) + partEnding;
    try {
      const bytes = await this.#fill(part, content, limit);
      await replaceFile(part, this.path(id));
      return bytes;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async #fill(part: string, content: AsyncIterable<Uint8Array>, limit: number): Promise<number> {
    // It may have been deleted. The data folder itself is not recreated.
    await mkdir(this.#folder).catch(() => undefined);
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

  /** The path of a file's contents, for reading only. */
  path(id: string): string {
    return join(this.#folder, id);
  }

  /** The path of a file's contents, for reading only. Throws MissingContentError if they are missing or damaged. */
  checkedPath(file: StoredFile): string {
    const path = this.path(file.id);
    const found = statSync(path, { throwIfNoEntry: false })?.size;
    if (found !== file.bytes) throw new MissingContentError(file, found, path);
    return path;
  }

  /** Throws MissingContentError. */
  stream(file: StoredFile): ReadableStream<Uint8Array> {
    return Readable.toWeb(createReadStream(this.checkedPath(file))) as ReadableStream<Uint8Array>;
  }

  /** Throws MissingContentError. */
  read(file: StoredFile): Buffer {
    return readFileSync(this.checkedPath(file));
  }

  /**
   * Deletes the remains of uploads whose process died. Complete contents stay even if the database does not
   * know them: a database that was moved away may be restored.
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
