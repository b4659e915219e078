import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { commandName } from '../../client/commands';
import type { LocalServer } from '../../client/engine/localServer';
import type { Reporter } from '../../client/errors/reporter';

/** The status bar item of the local server: shows its address while it runs. */
export class ServerStatus implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly item = this.disposables.add(
    vscode.window.createStatusBarItem('assistantsStudio.server', vscode.StatusBarAlignment.Right),
  );

  constructor(
    private readonly server: LocalServer,
    private readonly reporter: Reporter,
  ) {
    this.item.name = vscode.l10n.t('Local API Server');
    this.item.command = commandName('serverMenu');
    this.disposables.add(server.onDidChange(() => this.show()));
  }

  dispose(): void {
    this.disposables.dispose();
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
