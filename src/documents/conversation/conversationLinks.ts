import * as vscode from 'vscode';
import { commandName } from '../../client/commands';
import { scheme } from '../target';

/** The scheme of the links to files in a conversation as Markdown. */
export const fileLinkScheme = 'assistants-file';

const link = new RegExp(`\\(${fileLinkScheme}:/([\\w%.-]{1,200})(?:/[^()\\s]{0,1000})?\\)`, 'g');

/** Opens the files that a conversation as Markdown links to. */
export class ConversationLinks implements vscode.DocumentLinkProvider, vscode.Disposable {
  private readonly registration = vscode.languages.registerDocumentLinkProvider({ scheme }, this);

  provideDocumentLinks(document: vscode.TextDocument): vscode.DocumentLink[] {
    return [...document.getText().matchAll(link)].map(({ index, 0: whole, 1: id = '' }) => {
      const start = document.positionAt(index + 1);
      const end = document.positionAt(index + whole.length - 1);
      const args = encodeURIComponent(JSON.stringify([{ fileId: decoded(id) }]));
      const found = new vscode.DocumentLink(
        new vscode.Range(start, end),
        vscode.Uri.parse(`command:${commandName('openFile')}?${args}`),
      );
      found.tooltip = vscode.l10n.t('Open File');
      return found;
    });
  }

  dispose(): void {
    this.registration.dispose();
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
