import * as vscode from 'vscode';
import { openSetting } from '../../client/settings';
import { showWarning } from '../../client/notices';
import type { Services } from '../../client/services';

/** Tells of connections in the settings that cannot be used, once for each fault. */
export class SettingsNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private readonly told = new Set<string>();

  constructor(private readonly services: Services) {
    this.subscription = services.connections.onDidChange(() => this.check());
    this.check();
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private check(): void {
    for (const problem of this.services.connections.errors()) {
      if (this.told.has(problem)) continue;
      this.told.add(problem);
      this.tell(problem).catch(this.services.reporter.log);
    }
  }

  private async tell(problem: string): Promise<void> {
    this.services.reporter.info(problem);
    const open = vscode.l10n.t('Open Settings');
    const choice = await showWarning(problem, open);
    if (choice !== open) return;
    await openSetting('connections');
  }
}
