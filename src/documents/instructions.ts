import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { describeError, isNotFound } from '../client/errors';
import { assistantName } from '../client/titles';

const scheme = 'assistants-instructions';

/** Opens an assistant's instructions as a document; saving it changes the assistant. */
export class InstructionsEditor implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly emitter = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  private readonly registration: vscode.Disposable;
  /** When what was saved here was saved, an assistant each: VS Code tells a conflict by it. */
  private readonly saved = new Map<string, number>();

  readonly onDidChangeFile = this.emitter.event;

  constructor(private readonly client: OpenAI) {
    this.registration = vscode.workspace.registerFileSystemProvider(scheme, this, { isCaseSensitive: true });
  }

  async open(assistant: Assistant): Promise<void> {
    const name = assistantName(assistant)
      .replace(/[\p{Cc}\\/:*?"<>|#]+/gu, ' ')
      .trim();
    const file = vscode.l10n.t('Instructions of {0}', name);
    const uri = vscode.Uri.from({ scheme, path: `/${assistant.id}/${file}.md` });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const content = await this.readFile(uri);
    return {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: this.saved.get(assistantIdOf(uri)) ?? 0,
      size: content.byteLength,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const assistant = await this.answer(uri, (id) => this.client.beta.assistants.retrieve(id));
    return Buffer.from(assistant.instructions ?? '');
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const instructions = Buffer.from(content).toString();
    await this.answer(uri, (id) => this.client.beta.assistants.update(id, { instructions }));
    this.saved.set(assistantIdOf(uri), Date.now());
    this.emitter.fire([{ type: vscode.FileChangeType.Changed, uri }]);
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
    this.registration.dispose();
    this.emitter.dispose();
  }

  private async answer<T>(uri: vscode.Uri, ask: (assistantId: string) => Promise<T>): Promise<T> {
    try {
      return await ask(assistantIdOf(uri));
    } catch (error) {
      if (isNotFound(error)) throw vscode.FileSystemError.FileNotFound(uri);
      throw vscode.FileSystemError.Unavailable(describeError(error));
    }
  }
}

function assistantIdOf(uri: vscode.Uri): string {
  return uri.path.split('/')[1] ?? '';
}
