import type OpenAI from 'openai';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { describeError, isNotFound } from '../client/errors';

const scheme = 'assistants-file';

/** The files of the assistants as VS Code opens files: an image in the image preview, a table as text. */
export class AssistantFiles implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly registration: vscode.Disposable;

  readonly onDidChangeFile = this.emitter.event;

  constructor(private readonly client: OpenAI) {
    this.registration = vscode.workspace.registerFileSystemProvider(scheme, this, {
      isCaseSensitive: true,
      isReadonly: true,
    });
  }

  /** Opens a file in the editor that is there for its kind. */
  async open(fileId: string): Promise<FileObject> {
    const file = await this.client.files.retrieve(fileId);
    await vscode.commands.executeCommand('vscode.open', uriOf(file), { preview: false });
    return file;
  }

  /** Writes a file to a place outside, in its own bytes. */
  async save(fileId: string, target: vscode.Uri): Promise<void> {
    await vscode.workspace.fs.writeFile(target, await this.content(fileId));
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { created_at, bytes } = await this.answer(uri, (id) => this.client.files.retrieve(id));
    // A file does not change once it is there.
    const time = created_at * 1000;
    return { type: vscode.FileType.File, ctime: time, mtime: time, size: bytes };
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.answer(uri, (id) => this.content(id));
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }

  private async content(fileId: string): Promise<Uint8Array> {
    const response = await this.client.files.content(fileId);
    return new Uint8Array(await response.arrayBuffer());
  }

  private async answer<T>(uri: vscode.Uri, ask: (fileId: string) => Promise<T>): Promise<T> {
    try {
      return await ask(uri.path.split('/')[1] ?? '');
    } catch (error) {
      if (isNotFound(error)) throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(describeError(error));
    }
  }
}

/** A file's own name, as far as it may be one here: it may have been given by a model. */
export function safeName({ id, filename }: FileObject): string {
  const last = filename.split(/[\\/]/).at(-1) ?? '';
  const name = last.replace(/[\p{Cc}:*?"<>|]+/gu, '_').trim();
  return /^\.*$/.test(name) ? id : name;
}

function uriOf(file: FileObject): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${file.id}/${safeName(file)}` });
}
