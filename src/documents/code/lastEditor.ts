import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { proposalScheme } from './proposals';
import { readOnlyError } from './writable';

/** Schemes of text editors that are no documents of the user: output, inputs, and proposed changes. */
const otherSchemes = new Set(['output', 'debug', 'comment', 'vscode-scm', proposalScheme]);

/** The text editor used last, also while a chat has the focus in an editor tab. */
export class LastEditor implements vscode.Disposable {
  private last: vscode.TextEditor | undefined;
  private readonly listener: vscode.Disposable;

  constructor() {
    this.remember(vscode.window.activeTextEditor);
    this.listener = vscode.window.onDidChangeActiveTextEditor((editor) => this.remember(editor));
  }

  /** The editor used last if it is visible, else another visible one. */
  get current(): vscode.TextEditor | undefined {
    const visible = vscode.window.visibleTextEditors.filter(isOfUser);
    return visible.find((editor) => editor === this.last) ?? visible[0];
  }

  /** Inserts code at the cursor, in place of the selection. Throws a UserError if no editor accepts it. */
  async insert(code: string): Promise<void> {
    const editor = (await this.uncovered()) ?? this.current;
    if (!editor) {
      throw new UserError(vscode.l10n.t('Open a file first. The code is inserted at its cursor.'));
    }
    const { document } = editor;
    const { version } = document;
    const isInserted = await editor.insertSnippet(new vscode.SnippetString().appendText(code));
    // VS Code ignores the insertion into a read-only editor without an error.
    if (!isInserted || document.version === version) throw readOnlyError(document.uri);
  }

  dispose(): void {
    this.listener.dispose();
  }

  private remember(editor: vscode.TextEditor | undefined): void {
    if (editor && isOfUser(editor)) this.last = editor;
  }

  /** Shows the editor used last again if the tab of a chat covers it; its cursor is where it was. */
  private async uncovered(): Promise<vscode.TextEditor | undefined> {
    const { last } = this;
    if (!last || vscode.window.visibleTextEditors.includes(last)) return undefined;
    const uri = last.document.uri.toString();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const tab = tabs.find(
      ({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri,
    );
    if (!tab) return undefined;
    return vscode.window.showTextDocument(last.document, {
      viewColumn: tab.group.viewColumn,
      preview: tab.isPreview,
    });
  }
}

function isOfUser({ document }: vscode.TextEditor): boolean {
  return !otherSchemes.has(document.uri.scheme);
}
