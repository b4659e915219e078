import { createHash } from 'node:crypto';
import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { isNotFound } from '../errors/errors';
import { contentHash, contentOf } from './fileContent';
import { findFiles, isBelow, pathOf, type FoundFile } from './folderWalk';
import { maxStoreFiles, uploadFiles, type Attributes, type FailedUpload } from './uploads';

/** A file of the folder as the store has it. */
interface StoredFile {
  fileId: string;
  hash: unknown;
  mtime: unknown;
  attributes: Attributes;
}

/** A folder, and the store that is updated from it. */
export interface FolderUpdate {
  client: OpenAI;
  folder: vscode.Uri;
  vectorStoreId: string;
  /**
   * Modification times of files that cannot be added (binary ones, for example), by path, so that they
   * are not read again.
   */
  known: Map<string, number>;
  signal: AbortSignal;
  /** Maximum number of files in the store. */
  maxFiles?: number;
}

/** How many files an update added, changed and removed, and which files failed. */
export interface FolderChanges {
  added: number;
  changed: number;
  removed: number;
  failed: FailedUpload[];
}

/** Attributes of files that are synced from a folder. A store may hold files of several folders and others. */
export function syncedAttributes(folder: vscode.Uri): Attributes {
  return { synced: true, folder: folderId(folder) };
}

/** An id of a folder that does not reveal its path. */
export function folderId(folder: vscode.Uri): string {
  const address = folder.toString().replace(/\/$/, '');
  return createHash('sha256').update(address).digest('hex').slice(0, 16);
}

/**
 * Updates a store from a folder: uploads new and changed files, deletes those that are gone. Of a file
 * that the store has several times, after a crash for example, it keeps the newest.
 */
export async function updateFromFolder(update: FolderUpdate): Promise<FolderChanges> {
  const { client, folder, vectorStoreId, known, signal, maxFiles = maxStoreFiles } = update;
  const [{ files: wanted, unreadable }, { stored, outdated }, store] = await Promise.all([
    findFiles([folder], signal),
    filesOf(update),
    client.vectorStores.retrieve(vectorStoreId, { signal }),
  ]);
  const { added, changed } = await compare(update, wanted, stored);
  const kept = new Set(wanted.map(({ path }) => path));
  const gone = [...stored.keys()].filter(
    (path) => !kept.has(path) && !unreadable.some(({ name }) => isBelow(path, name)),
  );
  const replaced = new Set(changed.map(({ path }) => path));
  const toDelete = [
    ...outdated.map((fileId) => ({ fileId, path: undefined })),
    ...[...gone, ...replaced].map((path) => ({ fileId: stored.get(path)!.fileId, path })),
  ];

  const free = maxFiles - store.file_counts.total;
  const fitting = [...changed, ...added].slice(0, Math.max(0, free + toDelete.length));
  // New versions are uploaded before old ones are deleted, as far as the store has room for both.
  const deletedFirst = toDelete.splice(0, Math.max(0, fitting.length - free));
  for (const { fileId } of deletedFirst) await deleteFile(client, fileId);
  const attributes = syncedAttributes(folder);
  const uploaded = await uploadFiles(client, fitting, { vectorStoreId, attributes, signal });
  const uploadedPaths = new Set(uploaded.files.map(({ path }) => path));
  const skipped = new Set(uploaded.skipped.map(({ path }) => path));
  const failedPaths = uploaded.failed.map(({ name }) => name).filter((path) => !replaced.has(path));
  await remember([...skipped, ...failedPaths], wanted, known);

  const canDelete = (path: string | undefined): boolean =>
    path === undefined || !replaced.has(path) || uploadedPaths.has(path) || skipped.has(path);
  for (const { fileId, path } of toDelete) if (canDelete(path)) await deleteFile(client, fileId);
  return {
    added: [...uploadedPaths].filter((path) => !replaced.has(path)).length,
    changed: [...replaced].filter(canDelete).length,
    removed: gone.length,
    failed: [...unreadable, ...uploaded.failed],
  };
}

/** The files of the folder that the store does not have, and those it has in an older version. */
async function compare(
  { client, vectorStoreId, known, signal }: FolderUpdate,
  wanted: readonly FoundFile[],
  stored: ReadonlyMap<string, StoredFile>,
): Promise<{ added: FoundFile[]; changed: FoundFile[] }> {
  const added: FoundFile[] = [];
  const changed: FoundFile[] = [];
  for (const file of wanted) {
    signal.throwIfAborted();
    const before = stored.get(file.path);
    if (!before) {
      if (await isUnknown(file, known)) added.push(file);
    } else if (await hasChanged(client, file, before, vectorStoreId)) changed.push(file);
  }
  return { added, changed };
}

/** The newest stored version of each file of the folder, by path, and the ids of older versions. */
async function filesOf({
  client,
  folder,
  vectorStoreId,
  signal,
}: FolderUpdate): Promise<{ stored: Map<string, StoredFile>; outdated: string[] }> {
  const stored = new Map<string, StoredFile>();
  const outdated: string[] = [];
  const mark = folderId(folder);
  const base = pathOf(folder, vscode.Uri.joinPath(folder, '..'));
  const newestFirst = { limit: 100, order: 'desc' } as const;
  for await (const { id, attributes } of client.vectorStores.files.list(vectorStoreId, newestFirst, {
    signal,
  })) {
    const { path, hash, mtime, synced, folder: owner } = attributes ?? {};
    if (synced !== true || typeof path !== 'string') continue;
    // Files without a folder id were added when a store could be synced with only one folder.
    if (owner === undefined ? !isBelow(path, base) : owner !== mark) continue;
    if (stored.has(path)) outdated.push(id);
    else stored.set(path, { fileId: id, hash, mtime, attributes: attributes ?? {} });
  }
  return { stored, outdated };
}

/** Compares the modification time, and the content if that differs. */
async function hasChanged(
  client: OpenAI,
  { uri }: FoundFile,
  { fileId, hash, mtime, attributes }: StoredFile,
  vectorStoreId: string,
): Promise<boolean> {
  const now = await timeOf(uri);
  if (now === mtime || now === undefined) return false;
  // An unreadable file counts as changed; its upload reports the error.
  const content = await contentOf(uri)
    .then(contentHash)
    .catch(() => undefined);
  if (content !== hash) return true;
  try {
    await client.vectorStores.files.update(fileId, {
      vector_store_id: vectorStoreId,
      attributes: { ...attributes, mtime: now },
    });
  } catch (error) {
    // It has just been removed from the store: the next scan finds that.
    if (!isNotFound(error)) throw error;
  }
  return false;
}

async function isUnknown({ uri, path }: FoundFile, known: Map<string, number>): Promise<boolean> {
  return !known.has(path) || known.get(path) !== (await timeOf(uri));
}

async function remember(
  paths: readonly string[],
  wanted: readonly FoundFile[],
  known: Map<string, number>,
): Promise<void> {
  const uris = new Map(wanted.map(({ path, uri }) => [path, uri]));
  for (const path of paths) {
    const uri = uris.get(path);
    const time = uri && (await timeOf(uri));
    if (time !== undefined) known.set(path, time);
  }
}

/** A file's modification time; undefined if it has just been deleted. */
async function timeOf(uri: vscode.Uri): Promise<number | undefined> {
  try {
    return (await vscode.workspace.fs.stat(uri)).mtime;
  } catch {
    // The next scan finds it gone.
    return undefined;
  }
}

async function deleteFile(client: OpenAI, fileId: string): Promise<void> {
  try {
    await client.files.delete(fileId);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
