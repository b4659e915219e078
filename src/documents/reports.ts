import * as vscode from 'vscode';

const scheme = 'assistants-report';

/** Reports that can be opened; older ones are forgotten. */
const maxReports = 20;

/** Read-only documents that tell what a long operation has done. */
export class Reports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);

  /** Opens a report; `title` names its tab. */
  async show(title: string, text: string): Promise<void> {
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    const uri = vscode.Uri.from({ scheme, path: `/${title} ${time}.md` });
    this.texts.set(uri.path, text);
    for (const path of [...this.texts.keys()].slice(0, -maxReports)) this.texts.delete(path);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? vscode.l10n.t('This report is no longer available.');
  }

  dispose(): void {
    this.registration.dispose();
  }
}
