import type OpenAI from 'openai';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { describeError, isCancellation } from '../errors/errors';
import { maybeBinary } from './documentFormats';
import { contentHash, contentOf, headOf } from './fileContent';
import type { FoundFile } from './folderWalk';

/** The API's limit for a file, in bytes. */
export const maxFileBytes = 512 * 1024 * 1024;
/** The API's limit for a vector store, in files. */
export const maxStoreFiles = 10_000;

/** Number of simultaneous uploads. */
const maxConcurrent = 4;
/** Number of leading bytes that are checked to tell text from binary files; the same as in git. */
const sniffedBytes = 8_000;

/** The name and content of a file to upload. */
export interface NewFile {
  name: string;
  content: Blob;
  /** Default `assistants`. */
  purpose?: 'assistants' | 'vision';
}

/** Why a file was skipped without an error. */
export type SkipReason = 'binary' | 'empty';

/** A file that could not be added, and why, in words for the user. */
export interface FailedUpload {
  name: string;
  reason: string;
}

interface UploadedFile {
  fileId: string;
  path: string;
}

interface SkippedFile {
  path: string;
  reason: SkipReason;
}

/** The outcome of one file's upload. */
type FileOutcome = { file: UploadedFile } | { skipped: SkippedFile } | { failed: FailedUpload };

/** The outcome of an upload of several files. */
export interface UploadResult {
  /** The uploaded files; like the others in the order in which the files were given. */
  files: UploadedFile[];
  skipped: SkippedFile[];
  failed: FailedUpload[];
  /** Whether the upload was cancelled before all files were done. */
  cancelled: boolean;
}

/** Attributes of a file in a vector store. */
export type Attributes = Record<string, string | number | boolean>;

/** Progress of an upload, in files; `name` is the path of the file that starts. */
export interface UploadProgress {
  done: number;
  total: number;
  name: string;
}

/** Options of `uploadFiles`. */
export interface UploadOptions {
  /** The store to add the files to; undefined: they are only uploaded. */
  vectorStoreId?: string;
  /** Added to each file's own attributes (path, hash, modification time). */
  attributes?: Attributes;
  signal: AbortSignal;
  onProgress?: (progress: UploadProgress) => void;
}

/** Uploads one file; throws the API's error. */
export async function uploadFile(
  client: OpenAI,
  { name, content, purpose = 'assistants' }: NewFile,
  signal?: AbortSignal,
): Promise<FileObject> {
  return client.files.create({ file: new File([content], name), purpose }, { signal });
}

/**
 * Uploads files and adds each to the store as soon as it is uploaded, so that cancelling leaves no file
 * half-added. A file's error is put into the result, and the others continue.
 */
export async function uploadFiles(
  client: OpenAI,
  found: readonly FoundFile[],
  options: UploadOptions,
): Promise<UploadResult> {
  const { signal, onProgress = () => undefined } = options;
  const outcomes: (FileOutcome | undefined)[] = [];
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < found.length && !signal.aborted) {
      const index = next++;
      const file = found[index]!;
      onProgress({ done, total: found.length, name: file.path });
      outcomes[index] = await uploadOne(client, file, options);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: maxConcurrent }, worker));
  const settled = outcomes.filter((outcome) => outcome !== undefined);
  return {
    files: settled.flatMap((outcome) => ('file' in outcome ? [outcome.file] : [])),
    skipped: settled.flatMap((outcome) => ('skipped' in outcome ? [outcome.skipped] : [])),
    failed: settled.flatMap((outcome) => ('failed' in outcome ? [outcome.failed] : [])),
    cancelled: settled.length < found.length,
  };
}

/** Uploads a file; undefined if that was cancelled. */
async function uploadOne(
  client: OpenAI,
  file: FoundFile,
  { vectorStoreId, attributes, signal }: UploadOptions,
): Promise<FileOutcome | undefined> {
  try {
    const { size, mtime } = await vscode.workspace.fs.stat(file.uri);
    if (size > maxFileBytes) throw new Error(vscode.l10n.t('The file is larger than 512 MB.'));
    const content = await contentOf(file.uri);
    const reason = await skipReason(content, file.path);
    if (reason) return { skipped: { path: file.path, reason } };
    const kept = vectorStoreId === undefined ? {} : await attributesOf(file, content, mtime);
    const { id } = await uploadFile(client, { name: nameOf(file), content }, signal);
    if (vectorStoreId !== undefined) await addToStore(client, vectorStoreId, id, { ...kept, ...attributes });
    return { file: { fileId: id, path: file.path } };
  } catch (error) {
    // An aborted request may fail with another error.
    if (signal.aborted || isCancellation(error)) return undefined;
    return { failed: { name: file.path, reason: describeError(error) } };
  }
}

/** Deletes the file if the store does not accept it. */
async function addToStore(
  client: OpenAI,
  storeId: string,
  fileId: string,
  attributes: Attributes,
): Promise<void> {
  try {
    // Not cancellable: an uploaded file is always added to its store.
    await client.vectorStores.files.create(storeId, { file_id: fileId, attributes });
  } catch (error) {
    await client.files.delete(fileId);
    throw error;
  }
}

/** Attributes that identify a file's source and show whether it has changed. */
async function attributesOf({ path }: FoundFile, content: Blob, mtime: number): Promise<Attributes> {
  // 512 is the API's limit for a value. Without its path, a file opens as the extracted text.
  const place: Attributes = path.length <= 512 ? { path } : {};
  return { ...place, hash: await contentHash(content), mtime };
}

/** Why a file has no text to read; undefined if it may have some. */
async function skipReason(content: Blob, name: string): Promise<SkipReason | undefined> {
  if (content.size === 0) return 'empty';
  const head = await headOf(content, sniffedBytes);
  if (head.subarray(0, 1_024).includes('%PDF-')) return undefined;
  if (maybeBinary.test(name)) return undefined;
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return head.includes(0) && !isUtf16 ? 'binary' : undefined;
}

function nameOf({ path }: FoundFile): string {
  return path.split('/').at(-1) ?? path;
}
