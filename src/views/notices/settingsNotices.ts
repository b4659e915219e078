import * as vscode from 'vscode';
import { openSetting } from '../../client/settings';
import { showWarning } from '../../client/errors/notices';
import type { Services } from '../../client/services';

/** Shows a warning for each invalid connection in the settings, once per error. */
export class SettingsNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private readonly shown = new Set<string>();

  constructor(private readonly services: Services) {
    this.subscription = services.connections.onDidChange(() => this.check());
    this.check();
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private check(): void {
    for (const error of this.services.connections.errors()) {
      if (this.shown.has(error)) continue;
      this.shown.add(error);
      this.show(error).catch(this.services.reporter.log);
    }
  }

  private async show(error: string): Promise<void> {
    this.services.reporter.info(error);
    const open = vscode.l10n.t('Open Settings');
    const choice = await showWarning(error, open);
    if (choice !== open) return;
    await openSetting('connections');
  }
}
