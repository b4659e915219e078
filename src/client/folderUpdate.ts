import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { isNotFound } from './errors';
import { contentHash, contentOf } from './fileContent';
import { findFiles, isBelow, type FoundFile } from './folderWalk';
import { mostStoreFiles, uploadFiles, type UploadFailure } from './uploads';

/** What a store has of a file of the folder. */
interface Present {
  fileId: string;
  hash: unknown;
  mtime: unknown;
  attributes: Record<string, string | number | boolean>;
}

/** Marks the files of a store that follow a folder. */
export const syncedAttribute = { synced: true };

/** What was done to bring a store in step with its folder. */
export interface FolderChanges {
  added: number;
  changed: number;
  removed: number;
  failed: UploadFailure[];
}

/**
 * Brings a store in step with a folder: uploads what is new or has changed, removes what is gone.
 * `known` remembers files that are not taken (binary ones, for example) by their time, so that they
 * are not read each time.
 */
export async function updateFromFolder(
  client: OpenAI,
  folder: vscode.Uri,
  vectorStoreId: string,
  known: Map<string, number>,
  signal: AbortSignal,
): Promise<FolderChanges> {
  const [{ files: wanted, unreadable: closed }, present] = await Promise.all([
    findFiles([folder], signal),
    filesOf(client, vectorStoreId, signal),
  ]);
  const fresh: FoundFile[] = [];
  const replaced: { path: string; fileId: string }[] = [];
  for (const file of wanted) {
    signal.throwIfAborted();
    const before = present.get(file.path);
    const isNew = before
      ? await hasChanged(client, file, before, vectorStoreId)
      : await isUnknown(file, known);
    if (!isNew) continue;
    fresh.push(file);
    if (before) replaced.push({ path: file.path, fileId: before.fileId });
  }
  const room = Math.max(0, mostStoreFiles - present.size);
  const uploaded = await uploadFiles(client, fresh.slice(0, room), {
    vectorStoreId,
    attributes: syncedAttribute,
    signal,
  });
  await remember(
    uploaded.skipped.map(({ path }) => path).concat(uploaded.failed.map(({ name }) => name)),
    wanted,
    known,
  );

  const kept = new Set(wanted.map(({ path }) => path));
  const there = new Set(uploaded.files.map(({ path }) => path));
  const unreadable = new Set(uploaded.skipped.map(({ path }) => path));
  const gone = [...present]
    .filter(([path]) => !kept.has(path) && !closed.some(({ name }) => isBelow(path, name)))
    .map(([, { fileId }]) => fileId);
  const old = replaced.filter(({ path }) => there.has(path) || unreadable.has(path));
  for (const fileId of [...gone, ...old.map(({ fileId }) => fileId)]) await deleteFile(client, fileId);
  return {
    added: there.size - replaced.filter(({ path }) => there.has(path)).length,
    changed: old.length,
    removed: gone.length,
    failed: [...closed, ...uploaded.failed],
  };
}

async function filesOf(client: OpenAI, storeId: string, signal: AbortSignal): Promise<Map<string, Present>> {
  const present = new Map<string, Present>();
  for await (const { id, attributes } of client.vectorStores.files.list(
    storeId,
    { limit: 100 },
    { signal },
  )) {
    const { path, hash, mtime, synced } = attributes ?? {};
    if (synced === true && typeof path === 'string') {
      present.set(path, { fileId: id, hash, mtime, attributes: attributes ?? {} });
    }
  }
  return present;
}

/** Told by its time where that is the same, else by its content. */
async function hasChanged(
  client: OpenAI,
  { uri }: FoundFile,
  { fileId, hash, mtime, attributes }: Present,
  vectorStoreId: string,
): Promise<boolean> {
  const now = await timeOf(uri);
  if (now === mtime || now === undefined) return false;
  if ((await contentHash(await contentOf(uri))) !== hash) return true;
  await client.vectorStores.files.update(fileId, {
    vector_store_id: vectorStoreId,
    attributes: { ...attributes, mtime: now },
  });
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

/** When a file was last written; undefined where it has just been deleted. */
async function timeOf(uri: vscode.Uri): Promise<number | undefined> {
  try {
    return (await vscode.workspace.fs.stat(uri)).mtime;
  } catch {
    // The next look finds it gone.
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
