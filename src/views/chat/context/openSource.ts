import * as vscode from 'vscode';
import type { Source } from './contextSources';

/** Opens what an item comes from: a file at its lines, an output as a document, the changes in Git's view. */
export async function openSource(source: Source | undefined): Promise<void> {
  if (source === undefined) return;
  if (source.kind === 'terminal') {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: source.text }));
    return;
  }
  if (source.kind === 'diff') {
    await vscode.commands.executeCommand('workbench.view.scm');
    return;
  }
  const uri = vscode.Uri.parse(source.uri);
  if (source.cell !== undefined) {
    const notebook = await vscode.workspace.openNotebookDocument(uri);
    const selections = [new vscode.NotebookRange(source.cell, source.cell + 1)];
    await vscode.window.showNotebookDocument(notebook, { selections });
    return;
  }
  const selection =
    source.kind === 'lines'
      ? new vscode.Range(source.firstLine - 1, 0, source.lastLine - 1, 1_000_000)
      : undefined;
  await vscode.commands.executeCommand('vscode.open', uri, selection && { selection });
}
