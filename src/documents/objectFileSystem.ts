import * as vscode from 'vscode';
import { DisposableStore } from '../client/disposableStore';
import { describeError, isNotFound } from '../client/errors/errors';
import { withoutLinks } from '../client/errors/notices';

/**
 * A file system in which the first segment of a path is the id of an API object, and the last one the
 * tab's title. It has no folders, and nothing can be created, moved or deleted in it.
 */
export abstract class ObjectFileSystem implements vscode.FileSystemProvider, vscode.Disposable {
  protected readonly disposables = new DisposableStore();
  protected readonly changeEmitter = this.disposables.add(
    new vscode.EventEmitter<vscode.FileChangeEvent[]>(),
  );

  readonly onDidChangeFile = this.changeEmitter.event;

  protected constructor(scheme: string, options: { isReadonly?: boolean } = {}) {
    this.disposables.add(
      vscode.workspace.registerFileSystemProvider(scheme, this, { isCaseSensitive: true, ...options }),
    );
  }

  abstract stat(uri: vscode.Uri): Promise<vscode.FileStat>;
  abstract readFile(uri: vscode.Uri): Promise<Uint8Array>;

  writeFile(uri: vscode.Uri, _content: Uint8Array): void | Promise<void> {
    throw vscode.FileSystemError.NoPermissions(uri);
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

  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  dispose(): void {
    this.disposables.dispose();
  }

  /** Calls the API with the object id of a URI; converts an error to a `FileSystemError`. */
  protected async request<T>(uri: vscode.Uri, ask: (id: string) => Promise<T>): Promise<T> {
    try {
      return await ask(idOf(uri));
    } catch (error) {
      if (isNotFound(error)) throw vscode.FileSystemError.FileNotFound(uri);
      throw unavailable(describeError(error));
    }
  }
}

/** The error that VS Code shows for a document that cannot be read or saved. */
export function unavailable(message: string): vscode.FileSystemError {
  return vscode.FileSystemError.Unavailable(withoutLinks(message));
}

/** The object id in a URI. */
export function idOf(uri: vscode.Uri): string {
  return uri.path.split('/')[1] ?? '';
}
