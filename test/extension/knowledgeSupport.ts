import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { VectorStoreFile } from 'openai/resources/vector-stores/files';
import * as vscode from 'vscode';
import { client } from './support';

/** What an upload answers. */
export interface Uploaded {
  vectorStoreId: string;
  files: { fileId: string; path: string }[];
  skipped: { path: string; reason: string }[];
  failed: { name: string; reason: string }[];
  cancelled: boolean;
}

/** Writes files below a new folder of the workspace; texts, or bytes. */
export async function writeFolder(
  name: string,
  files: Record<string, string | Uint8Array>,
): Promise<vscode.Uri> {
  const folder = vscode.Uri.joinPath(vscode.workspace.workspaceFolders![0]!.uri, name);
  await rm(folder.fsPath, { recursive: true, force: true });
  for (const [file, content] of Object.entries(files)) {
    const place = path.join(folder.fsPath, file);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, content);
  }
  return folder;
}

/** The files of a store by their paths. */
export async function filesIn(storeId: string): Promise<Map<unknown, VectorStoreFile>> {
  const files = new Map<unknown, VectorStoreFile>();
  for await (const file of (await client()).vectorStores.files.list(storeId)) {
    files.set(file.attributes?.['path'], file);
  }
  return files;
}

/** Stands in for a function of `vscode.window`; the returned function puts the original back. */
export function standIn<K extends keyof typeof vscode.window>(
  name: K,
  replacement: (...args: never[]) => unknown,
): () => void {
  const original = vscode.window[name];
  Object.assign(vscode.window, { [name]: replacement });
  return () => void Object.assign(vscode.window, { [name]: original });
}

/** Collects what is told by information and warning messages, and presses nothing. */
export function catchMessages(): { messages: string[]; release: () => void } {
  const messages: string[] = [];
  const keep = (message: string): Promise<undefined> => {
    messages.push(message);
    return Promise.resolve(undefined);
  };
  const releases = [standIn('showInformationMessage', keep), standIn('showWarningMessage', keep)];
  return { messages, release: () => releases.forEach((release) => release()) };
}
