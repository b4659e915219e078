import * as vscode from 'vscode';
import { DisposableStore } from '../client/disposableStore';

/** Marks what a JSON Schema cannot say about functions: where they are open, as they are typed. */
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
    // What is no JSON, VS Code marks itself.
    const faults = readFunctions(document.getText()).faults.filter(({ isSyntax }) => !isSyntax);
    this.collection.set(
      document.uri,
      faults.map(({ message, offset, length }) => {
        const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
        const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
        diagnostic.source = 'Assistants Studio';
        return diagnostic;
      }),
    );
  }
}
