import type OpenAI from 'openai';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { describeError, isCancellation } from '../errors';
import { contentHash, contentOf, headOf } from './fileContent';
import type { FoundFile } from './folderWalk';

/** What the API takes of a file, in bytes. */
export const maxFileBytes = 512 * 1024 * 1024;
/** What the API takes of a vector store, in files. */
export const maxStoreFiles = 10_000;

/** How many files are on their way at once. */
const maxConcurrent = 4;
/** Bytes of a file's beginning that tell whether it is text; git looks at as many. */
const sniffedBytes = 8_000;

/** A file's content with the name it will have. */
export interface NewFile {
  name: string;
  content: Blob;
  /** Default `assistants`. */
  purpose?: 'assistants' | 'vision';
}

/** Why a file was left out, though nothing is wrong with it. */
export type SkipReason = 'binary' | 'empty';

/** A file that could not be added, and why, in words for people. */
export interface FailedUpload {
  name: string;
  reason: string;
}

/** What became of files. */
export interface UploadResult {
  /** The files that are there now, in the order they arrived. */
  files: { fileId: string; path: string }[];
  skipped: { path: string; reason: SkipReason }[];
  failed: FailedUpload[];
  /** The rest was not asked for any more. */
  cancelled: boolean;
}

/** What a store keeps of a file beside its text. */
export type Attributes = Record<string, string | number | boolean>;

/** What is told while files are uploaded. */
export interface UploadProgress {
  done: number;
  total: number;
  name: string;
}

/** Where files go, and who is told. */
export interface UploadOptions {
  /** The store they are put into; none: they are uploaded alone. */
  vectorStoreId?: string;
  /** Kept there with each of them, beside where it came from. */
  attributes?: Attributes;
  signal: AbortSignal;
  onProgress?: (progress: UploadProgress) => void;
}

/** Makes one file; throws the API's error. */
export async function uploadFile(
  client: OpenAI,
  { name, content, purpose = 'assistants' }: NewFile,
  signal?: AbortSignal,
): Promise<FileObject> {
  return client.files.create({ file: new File([content], name), purpose }, { signal });
}

/**
 * Uploads files, and puts each into the store as soon as it is there: what was done when somebody
 * cancels is whole. A failure is kept in the result, and the others go on.
 */
export async function uploadFiles(
  client: OpenAI,
  found: readonly FoundFile[],
  options: UploadOptions,
): Promise<UploadResult> {
  const { signal, onProgress = () => undefined } = options;
  const result: UploadResult = { files: [], skipped: [], failed: [], cancelled: false };
  const waiting = [...found];
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file && !signal.aborted; file = waiting.shift()) {
      onProgress({ done, total: found.length, name: file.path });
      await uploadOne(client, file, options, result);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, worker));
  const settled = result.files.length + result.skipped.length + result.failed.length;
  result.cancelled = settled < found.length;
  return result;
}

async function uploadOne(
  client: OpenAI,
  file: FoundFile,
  { vectorStoreId, attributes, signal }: UploadOptions,
  result: UploadResult,
): Promise<void> {
  try {
    const { size, mtime } = await vscode.workspace.fs.stat(file.uri);
    if (size > maxFileBytes) throw new Error(vscode.l10n.t('The file is larger than 512 MB.'));
    const content = await contentOf(file.uri);
    const reason = await skipReason(content, file.path);
    if (reason) {
      result.skipped.push({ path: file.path, reason });
      return;
    }
    const kept = vectorStoreId === undefined ? {} : await attributesOf(file, content, mtime);
    const { id } = await uploadFile(client, { name: nameOf(file), content }, signal);
    if (vectorStoreId !== undefined) await addToStore(client, vectorStoreId, id, { ...kept, ...attributes });
    result.files.push({ fileId: id, path: file.path });
  } catch (error) {
    // What is broken off in the middle may fail in other words.
    if (signal.aborted || isCancellation(error)) return;
    result.failed.push({ name: file.path, reason: describeError(error) });
  }
}

/** A file that its store refuses would be left over. */
async function addToStore(
  client: OpenAI,
  storeId: string,
  fileId: string,
  attributes: Attributes,
): Promise<void> {
  try {
    // Without the signal: an uploaded file is put where it belongs, so that none is left half-way.
    await client.vectorStores.files.create(storeId, { file_id: fileId, attributes });
  } catch (error) {
    await client.files.delete(fileId);
    throw error;
  }
}

/** What a store keeps of where a file came from: how it is found again, and whether it has changed. */
async function attributesOf({ path }: FoundFile, content: Blob, mtime: number): Promise<Attributes> {
  // The API takes no longer ones; a file without its path is opened as it was read.
  const place: Attributes = path.length <= 512 ? { path } : {};
  return { ...place, hash: await contentHash(content), mtime };
}

/** Whether there is nothing to read in a file; undefined where there may be. */
async function skipReason(content: Blob, name: string): Promise<SkipReason | undefined> {
  if (content.size === 0) return 'empty';
  const head = await headOf(content, sniffedBytes);
  if (head.subarray(0, 1_024).includes('%PDF-')) return undefined;
  if (/\.(docx|pptx|xlsx|pdf)$/i.test(name)) return undefined;
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return head.includes(0) && !isUtf16 ? 'binary' : undefined;
}

function nameOf({ path }: FoundFile): string {
  return path.split('/').at(-1) ?? path;
}
