import * as vscode from 'vscode';
import { DisposableStore } from '../client/disposableStore';

/** Shows errors in open function documents that a JSON Schema cannot express. */
export class FunctionDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('assistants-functions');
  private readonly disposables = new DisposableStore();

  constructor(private readonly scheme: string) {
    this.disposables.add(
      this.collection,
      vscode.workspace.onDidOpenTextDocument((document) => void this.check(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => void this.check(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.collection.delete(uri)),
    );
    vscode.workspace.textDocuments.forEach((document) => void this.check(document));
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async check(document: vscode.TextDocument): Promise<void> {
    if (document.uri.scheme !== this.scheme) return;
    const { readFunctions } = await import('../functions/tools/readFunctions');
    if (document.isClosed) return;
    // VS Code reports syntax errors itself.
    const errors = readFunctions(document.getText()).errors.filter(({ isSyntax }) => !isSyntax);
    this.collection.set(
      document.uri,
      errors.map(({ message, offset, length }) => {
        const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
        const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
        diagnostic.source = 'Assistants Studio';
        return diagnostic;
      }),
    );
  }
}
