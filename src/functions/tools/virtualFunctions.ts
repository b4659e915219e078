import path from 'node:path';
import * as vscode from 'vscode';
import { isProgram } from './commandLine';
import { functionsPath } from './functionFiles';

/** The names of functions in virtual workspace folders, so that a call of one can be refused with a reason. */
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
    // Most workspaces have no such folder.
    return [];
  }
}
