import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { assistantName } from '../client/titles';
import { idOf, ObjectFileSystem } from './objectFileSystem';

const scheme = 'assistants-instructions';

/** Opens an assistant's instructions as a document; saving it updates the assistant. */
export class InstructionsEditor extends ObjectFileSystem {
  /** Time of the last save here, by assistant id. VS Code detects conflicts by it. */
  private readonly saved = new Map<string, number>();

  constructor(private readonly client: OpenAI) {
    super(scheme);
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
      mtime: this.saved.get(idOf(uri)) ?? 0,
      size: content.byteLength,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const assistant = await this.request(uri, (id) => this.client.beta.assistants.retrieve(id));
    return Buffer.from(assistant.instructions ?? '');
  }

  override async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const instructions = Buffer.from(content).toString();
    await this.request(uri, (id) => this.client.beta.assistants.update(id, { instructions }));
    this.saved.set(idOf(uri), Date.now());
    this.changeEmitter.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }
}
