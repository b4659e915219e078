/** Backups: a folder or zip file with the database, the contents of files, and what programs have written. */
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ExportTarget } from './export/targets';
import { isFields } from './objects';
import type { Archive } from './read/archives';

export const backupManifest = 'assistants-studio-backup.json';
const formatName = 'assistants-studio-backup';
const formatVersion = 1;
const maxManifestBytes = 1024 * 1024;

/** What a backup is written of. */
export interface BackupSource {
  dataDir: string;
  /** The copy of the database. */
  database: string;
  /** Its format: the number of migrations. */
  format: number;
  fileIds: readonly string[];
  signal?: AbortSignal;
  onProgress?: (state: { done: number; total: number }) => void;
}

/** What a backup has. */
export interface BackupReport {
  files: number;
  /** Files whose contents were missing, or were deleted meanwhile. */
  missing: string[];
}

/** Writes a backup. Leaves nothing if it fails. */
export async function writeBackup(source: BackupSource, target: ExportTarget): Promise<BackupReport> {
  const { dataDir, database, format, fileIds, signal, onProgress } = source;
  const missing: string[] = [];
  const copy = async (from: string, to: string): Promise<boolean> => {
    signal?.throwIfAborted();
    // Open, it stays readable when it is deleted meanwhile.
    const file = await open(from).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (!file) return false;
    await target.write(to, file.createReadStream());
    return true;
  };
  try {
    await copy(database, 'assistants.db');
    for (const [done, id] of fileIds.entries()) {
      onProgress?.({ done, total: fileIds.length });
      if (!(await copy(join(dataDir, 'files', id), `files/${id}`))) missing.push(id);
    }
    // Of running programs: what is deleted meanwhile is left out.
    const sandboxes = join(dataDir, 'sandboxes');
    const entries = await readdir(sandboxes, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      await copy(path, path.slice(dataDir.length + 1).replaceAll('\\', '/'));
    }
    const manifest = {
      format: formatName,
      version: formatVersion,
      created_at: Math.floor(Date.now() / 1000),
      database_format: format,
      files: fileIds.length - missing.length,
    };
    await target.write(backupManifest, `${JSON.stringify(manifest, undefined, 2)}\n`);
    await target.finish();
    return { files: fileIds.length - missing.length, missing };
  } catch (error) {
    await target.abandon();
    throw error;
  }
}

/** Why something is not restored. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  constructor(readonly reason: 'notABackup' | 'newer' | 'damaged' | 'unsafeName' | 'noSpace') {
    super(reason);
  }
}

/** Unpacks a backup into an empty folder, which exists. Throws BackupError. */
export async function unpackBackup(
  archive: Archive,
  folder: string,
  { signal, onProgress }: Pick<BackupSource, 'signal' | 'onProgress'> = {},
): Promise<void> {
  await checkManifest(archive);
  if (archive.problems.length > 0) throw new BackupError('unsafeName');
  const bytes = archive.files.reduce((sum, file) => sum + file.bytes, 0);
  const { bavail, bsize } = await statfs(folder);
  if (bytes > bavail * bsize) throw new BackupError('noSpace');
  const total = archive.files.length;
  for (const [done, file] of archive.files.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ done, total });
    if (file.name === backupManifest) continue;
    if (
      !/^(assistants\.db|files\/[A-Za-z0-9_-]+|sandboxes\/[^\\:]+)$/.test(file.name) ||
      isLeavingFolder(file.name)
    )
      throw new BackupError('unsafeName');
    const path = join(folder, ...file.name.split('/'));
    await mkdir(dirname(path), { recursive: true });
    await pipeline(await file.open().catch(damaged), createWriteStream(path), { signal }).catch(damaged);
  }
}

/** What is not an error of the disk, or cancelled, is one of the backup. */
function damaged(error: unknown): never {
  const { syscall, name } = error as NodeJS.ErrnoException;
  if (syscall !== undefined || name === 'AbortError') throw error;
  throw new BackupError('damaged');
}

function isLeavingFolder(name: string): boolean {
  return name.split('/').some((part) => part === '' || /^\.+$/.test(part));
}

async function checkManifest({ files }: Archive): Promise<void> {
  const file = files.find(({ name }) => name === backupManifest);
  const hasDatabase = files.some(({ name }) => name === 'assistants.db');
  if (!file || file.bytes > maxManifestBytes || !hasDatabase) throw new BackupError('notABackup');
  const chunks: Uint8Array[] = [];
  let manifest: unknown;
  try {
    for await (const chunk of await file.open()) chunks.push(chunk);
    manifest = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new BackupError('notABackup');
  }
  if (!isFields(manifest) || manifest['format'] !== formatName) throw new BackupError('notABackup');
  if (typeof manifest['version'] !== 'number' || manifest['version'] > formatVersion)
    throw new BackupError('newer');
}
