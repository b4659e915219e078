/** The files of an import: those of a folder, of a zip file, or one file. */
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdtemp, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, validateFileName, type ZipFile } from 'yauzl';
import type { Problem } from '../objects';
import { readLimits } from './limits';

/** A file of an import. Its name is never used as a path. */
export interface ArchiveFile {
  /** With forward slashes. */
  name: string;
  bytes: number;
  open: () => Promise<AsyncIterable<Uint8Array>>;
}

/** A file that can be read at any place. */
export interface LocalFile {
  name: string;
  stream: () => AsyncIterable<Uint8Array>;
  read: (start: number, end: number) => Promise<string>;
}

export interface Archive {
  files: ArchiveFile[];
  problems: Problem[];
  /** Makes a file readable at any place: one of a zip file is unpacked for it. */
  local: (file: ArchiveFile) => Promise<LocalFile>;
  close: () => Promise<void>;
}

/**
 * Opens a folder, a zip file or another file. `anyRatio`: also what is compressed very far. Throws if it cannot be read.
 */
export async function openArchive(path: string, { anyRatio = false } = {}): Promise<Archive> {
  const found = await lstat(path);
  if (found.isDirectory()) return openFolder(path);
  const head = await firstBytes(path);
  if (head.toString('latin1') === 'PK\u0003\u0004' || head.toString('latin1') === 'PK\u0005\u0006')
    return openZip(path, anyRatio);
  return withLocalFiles({
    files: [{ name: basename(path), bytes: found.size, open: () => Promise.resolve(createReadStream(path)) }],
    paths: new Map([[basename(path), path]]),
    problems: [],
  });
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openFolder(folder: string): Promise<Archive> {
  const files: ArchiveFile[] = [];
  const paths = new Map<string, string>();
  const visit = async (place: string, depth: number): Promise<void> => {
    // Links are not followed: they may lead out of the folder.
    for (const entry of await readdir(place, { withFileTypes: true })) {
      const path = join(place, entry.name);
      if (entry.isDirectory() && depth < 10) await visit(path, depth + 1);
      if (!entry.isFile()) continue;
      if (files.length >= readLimits.entries)
        throw new Error(`The folder has more than ${readLimits.entries} files.`);
      const name = relative(folder, path).split(sep).join('/');
      const { size } = await lstat(path);
      files.push({ name, bytes: size, open: () => Promise.resolve(createReadStream(path)) });
      paths.set(name, path);
    }
  };
  await visit(folder, 0);
  return withLocalFiles({ files, paths, problems: [] });
}

async function openZip(path: string, anyRatio: boolean): Promise<Archive> {
  const zip = await openPromise(path, { autoClose: false, lazyEntries: true, decodeStrings: false });
  const files: ArchiveFile[] = [];
  const problems: Problem[] = [];
  try {
    if (zip.entryCount > readLimits.entries)
      throw new Error(`The zip file has more than ${readLimits.entries} files.`);
    for await (const entry of zip.eachEntry()) {
      const { uncompressedSize: bytes, compressedSize } = entry;
      const name = nameOf(entry);
      if (name.endsWith('/')) continue;
      if (validateFileName(name) !== null)
        problems.push({ object: name.slice(0, 200), id: null, reason: 'unsafeName' });
      else if (
        !anyRatio &&
        bytes > readLimits.ratioBytes &&
        bytes / Math.max(1, compressedSize) > readLimits.maxRatio
      )
        problems.push({ object: name.slice(0, 200), id: null, reason: 'compressedTooFar' });
      else files.push({ name, bytes, open: () => openEntry(zip, entry) });
    }
  } catch (error) {
    zip.close();
    throw error;
  }
  const archive = withLocalFiles({ files, paths: new Map(), problems });
  return {
    ...archive,
    close: async () => {
      await archive.close();
      zip.close();
    },
  };
}

/** Decoded here: yauzl refuses a whole archive for one name that leads out of it. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

/** yauzl checks that no more comes than the archive says, but not that it is what was written. */
async function openEntry(zip: ZipFile, entry: Entry): Promise<AsyncIterable<Uint8Array>> {
  return checked(await zip.openReadStreamPromise(entry), entry.crc32);
}

async function* checked(chunks: AsyncIterable<Uint8Array>, expected: number): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== expected) throw new Error('The zip file is damaged.');
}

interface Files {
  files: ArchiveFile[];
  /** Where files are on the disk. */
  paths: Map<string, string>;
  problems: Problem[];
}

function withLocalFiles({ files, paths, problems }: Files): Archive {
  let folder: string | undefined;
  let unpacked = 0;
  const handles: FileHandle[] = [];
  const unpack = async (file: ArchiveFile): Promise<string> => {
    unpacked += file.bytes;
    if (unpacked > readLimits.jsonBytes) throw new Error('The zip file is too large, unpacked.');
    folder ??= await mkdtemp(join(tmpdir(), 'assistants-import-'));
    const path = join(folder, String(paths.size));
    await pipeline(await file.open(), createWriteStream(path));
    paths.set(file.name, path);
    return path;
  };
  /** The file, or a copy in UTF-8 of one in UTF-16, as PowerShell writes it. */
  const readable = async (path: string): Promise<string> => {
    const [first, second] = await firstBytes(path);
    const isLittle = first === 0xff && second === 0xfe;
    if (!isLittle && !(first === 0xfe && second === 0xff)) return path;
    folder ??= await mkdtemp(join(tmpdir(), 'assistants-import-'));
    const copy = join(folder, `utf8-${handles.length}`);
    const decoder = new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be');
    async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
      for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
      yield decoder.decode();
    }
    await pipeline(createReadStream(path), decoded, createWriteStream(copy));
    return copy;
  };
  return {
    files,
    problems,
    local: async (file) => {
      const path = await readable(paths.get(file.name) ?? (await unpack(file)));
      const handle = await open(path);
      handles.push(handle);
      return {
        name: file.name,
        stream: () => createReadStream(path, { highWaterMark: 128 * 1024 }),
        read: async (start, end) => {
          const bytes = Buffer.alloc(end - start);
          const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
          return bytes.subarray(0, bytesRead).toString('utf8');
        },
      };
    },
    close: async () => {
      for (const handle of handles.splice(0)) await handle.close();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
