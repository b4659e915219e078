import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { commandName } from '../../client/commands';
import type { ActiveService } from '../../client/service/activeService';

/** The status bar item that shows which server is used instead of the embedded engine. */
export class ServiceStatus implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  private readonly item = this.disposables.add(
    vscode.window.createStatusBarItem('assistantsStudio.service', vscode.StatusBarAlignment.Right),
  );

  constructor(private readonly service: ActiveService) {
    this.item.name = vscode.l10n.t('Assistants Service');
    this.item.command = commandName('chooseService');
    this.disposables.add(service.onDidChange(() => this.show()));
    this.show();
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private show(): void {
    const { server } = this.service;
    if (!server) return this.item.hide();
    this.item.text = `$(remote-explorer) ${server.label}`;
    this.item.tooltip = vscode.l10n.t('Assistants and threads are on {0}', server.baseUrl);
    this.item.show();
  }
}
