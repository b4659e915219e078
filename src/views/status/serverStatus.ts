import * as vscode from 'vscode';
import type { LocalServer } from '../../client/engine/localServer';
import type { Reporter } from '../../client/reporter';

/** The status bar item of the local server: shows its address while it runs. */
export class ServerStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'assistantsStudio.server',
    vscode.StatusBarAlignment.Right,
  );
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly server: LocalServer,
    private readonly reporter: Reporter,
  ) {
    this.item.name = vscode.l10n.t('Local API Server');
    this.item.command = 'assistantsStudio.serverMenu';
    this.subscription = server.onDidChange(() => this.show());
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(): void {
    const { address } = this.server;
    vscode.commands
      .executeCommand('setContext', 'assistantsStudio.serverRunning', address !== undefined)
      .then(undefined, this.reporter.log);
    if (!address) return this.item.hide();
    this.item.text = `$(broadcast) 127.0.0.1:${address.port}`;
    this.item.tooltip = vscode.l10n.t('Assistants API for programs on this machine: {0}', address.baseUrl);
    this.item.show();
  }
}
