import { statSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { StorageError } from '../../client/engine/embeddedEngine';
import { showError } from '../../client/notices';

/** Tells of data that cannot be used: once for each fault, however many requests meet it. */
export class StorageNotice implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  /** The fault that was told of; none while the data can be used. */
  private told: string | undefined;

  constructor(
    onDidTryToOpen: vscode.Event<StorageError | undefined>,
    private readonly report: (error: unknown) => void,
  ) {
    this.subscription = onDidTryToOpen((fault) => {
      const isNew = fault !== undefined && fault.message !== this.told;
      this.told = fault?.message;
      if (isNew) this.tell(fault).catch(report);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private async tell(fault: StorageError): Promise<void> {
    this.report(fault.message);
    const show = vscode.l10n.t('Show Folder');
    if ((await showError(fault.message, show)) === show) await showFolder(fault.path);
  }
}

/** Shows where a file or a folder lies: in the system's file manager where VS Code runs on this computer. */
async function showFolder(place: string): Promise<void> {
  const isHere = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  if (isHere) return vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(place));
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const folder = vscode.Uri.file(isFolder ? place : path.dirname(place));
  await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
}
