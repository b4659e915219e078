import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type OpenAI from 'openai';
import type { VectorStoreFile } from 'openai/resources/vector-stores/files';
import * as vscode from 'vscode';
import { client } from './support';

/** The result of an upload command. */
export interface Uploaded {
  vectorStoreId: string;
  files: { fileId: string; path: string }[];
  skipped: { path: string; reason: string }[];
  failed: { name: string; reason: string }[];
  cancelled: boolean;
}

/** Writes files, as text or bytes, into a new folder of the workspace. */
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
export async function filesIn(storeId: string, api?: OpenAI): Promise<Map<unknown, VectorStoreFile>> {
  const files = new Map<unknown, VectorStoreFile>();
  for await (const file of (api ?? (await client())).vectorStores.files.list(storeId)) {
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

/** Collects information and warning messages, and dismisses them. */
export function catchMessages(): { messages: string[]; release: () => void } {
  const messages: string[] = [];
  const keep = (message: string): Promise<undefined> => {
    messages.push(message);
    return Promise.resolve(undefined);
  };
  const releases = [standIn('showInformationMessage', keep), standIn('showWarningMessage', keep)];
  return { messages, release: () => releases.forEach((release) => release()) };
}

/** Answers modal dialogs as `choose` says, and records them. */
export function answerQuestions(choose: (...actions: string[]) => string | undefined) {
  const questions: string[] = [];
  const release = standIn(
    'showWarningMessage',
    (question: string, _options: unknown, ...actions: string[]) => {
      questions.push(question);
      return Promise.resolve(choose(...actions));
    },
  );
  return { questions, release };
}

/** Runs an upload that is cancelled as soon as its progress contains a text. */
export async function cancelledAt<T>(words: string, upload: () => Promise<T>): Promise<T> {
  const cancelling = new vscode.CancellationTokenSource();
  type Task = Parameters<typeof vscode.window.withProgress>[1];
  const release = standIn('withProgress', (_options: vscode.ProgressOptions, task: Task) =>
    task(
      {
        report: ({ message }) => {
          if (message?.startsWith(words)) cancelling.cancel();
        },
      },
      cancelling.token,
    ),
  );
  try {
    return await upload();
  } finally {
    release();
  }
}

/** The workspace under another scheme, with a folder that cannot be read, even by root. */
export class WalledFiles implements vscode.FileSystemProvider {
  /** The name of the unreadable folder. */
  closed: string | undefined;
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;
  private readonly registration: vscode.Disposable;

  constructor() {
    const options = { isReadonly: true, isCaseSensitive: true };
    this.registration = vscode.workspace.registerFileSystemProvider('walled', this, options);
  }

  /** The same file or folder under this scheme. */
  behind(uri: vscode.Uri): vscode.Uri {
    return uri.with({ scheme: 'walled' });
  }

  readDirectory(uri: vscode.Uri): Thenable<[string, vscode.FileType][]> {
    if (uri.path.split('/').at(-1) === this.closed) throw vscode.FileSystemError.NoPermissions(uri);
    return vscode.workspace.fs.readDirectory(uri.with({ scheme: 'file' }));
  }

  stat(uri: vscode.Uri): Thenable<vscode.FileStat> {
    return vscode.workspace.fs.stat(uri.with({ scheme: 'file' }));
  }

  readFile(uri: vscode.Uri): Thenable<Uint8Array> {
    return vscode.workspace.fs.readFile(uri.with({ scheme: 'file' }));
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  writeFile(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions();
  }

  dispose(): void {
    this.registration.dispose();
  }
}
