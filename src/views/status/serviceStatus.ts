import * as vscode from 'vscode';
import type { ActiveService } from '../../client/service/activeService';

/** The status bar item that shows which server is used instead of the embedded engine. */
export class ServiceStatus implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    'assistantsStudio.service',
    vscode.StatusBarAlignment.Right,
  );
  private readonly subscription: vscode.Disposable;

  constructor(private readonly service: ActiveService) {
    this.item.name = vscode.l10n.t('Assistants Service');
    this.item.command = 'assistantsStudio.chooseService';
    this.subscription = service.onDidChange(() => this.show());
    this.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }

  private show(): void {
    const { server } = this.service;
    if (!server) return this.item.hide();
    this.item.text = `$(remote-explorer) ${server.label}`;
    this.item.tooltip = vscode.l10n.t('Assistants and threads are on {0}', server.baseUrl);
    this.item.show();
  }
}
