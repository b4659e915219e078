import path from 'node:path';
import * as vscode from 'vscode';
import { isProgram } from './commandLine';
import { functionsPath } from './functionFiles';

/** The names of functions in folders that are on no disk: known, so that a call of one can be refused in words. */
export class VirtualFunctions implements vscode.Disposable {
  private names: ReadonlySet<string> = new Set();
  private readonly subscription = vscode.workspace.onDidChangeWorkspaceFolders(() => void this.read());

  constructor() {
    void this.read();
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async read(): Promise<void> {
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme !== 'file');
    const lists = await Promise.all(folders.map(({ uri }) => programsIn(uri)));
    this.names = new Set(lists.flat());
  }
}

async function programsIn(folder: vscode.Uri): Promise<string[]> {
  try {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(folder, functionsPath));
    return entries.filter(([name]) => isProgram(name)).map(([name]) => path.parse(name).name);
  } catch {
    // Most workspaces have none.
    return [];
  }
}
