import type OpenAI from 'openai';
import type { Assistant, AssistantUpdateParams } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import type { ChangeFeed } from '../client/changes';
import { assistantName } from '../client/objects/titles';
import { AssistantFileSystem } from './assistantFileSystem';

/** Opens an assistant's instructions as a document; saving it updates the assistant. */
export class InstructionsEditor extends AssistantFileSystem {
  constructor(client: OpenAI, changes: ChangeFeed) {
    super('assistants-instructions', client, changes);
  }

  async open(assistant: Assistant): Promise<void> {
    const name = assistantName(assistant)
      .replace(/[\p{Cc}\\/:*?"<>|#]+/gu, ' ')
      .trim();
    const file = vscode.l10n.t('Instructions of {0}', name);
    const uri = vscode.Uri.from({ scheme: this.scheme, path: `/${assistant.id}/${file}.md` });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  }

  protected textOf(assistant: Assistant): string {
    return assistant.instructions ?? '';
  }

  protected parse(instructions: string): Promise<() => AssistantUpdateParams> {
    return Promise.resolve(() => ({ instructions }));
  }
}
