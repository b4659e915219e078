import { statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { StorageError } from '../../client/engine/embeddedEngine';
import { showError } from '../../client/errors/notices';

/** Shows an error if the database cannot be opened: once per error, however many requests fail. */
export class StorageNotice implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  /** The error last shown; undefined while the database can be used. */
  private shown: string | undefined;

  constructor(
    onDidTryToOpen: vscode.Event<StorageError | undefined>,
    private readonly report: (error: unknown) => void,
  ) {
    this.subscription = onDidTryToOpen((error) => {
      const isNew = error !== undefined && error.message !== this.shown;
      this.shown = error?.message;
      if (isNew) this.show(error).catch(report);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async show(error: StorageError): Promise<void> {
    this.report(error.message);
    const openFolder = vscode.l10n.t('Show Folder');
    if ((await showError(error.message, openFolder)) === openFolder) await showFolder(error.path);
  }
}

/** Shows a file or folder in the system's file manager, or in a new window if VS Code runs remotely. */
async function showFolder(place: string): Promise<void> {
  const isHere = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  if (isHere) return vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(place));
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const folder = vscode.Uri.file(isFolder ? place : path.dirname(place));
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}
