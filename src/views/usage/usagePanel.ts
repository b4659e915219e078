import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { commandName } from '../../client/commands';
import { threadTitle } from '../../client/objects/titles';
import type { Services } from '../../client/services';
import { onDidChangeSetting } from '../../client/settings';
import { readUsage, type UsageReport } from '../../client/usage/usage';
import { usagePage, type UsageNames } from './usagePage';

/** The commands that links of the page run; it has no scripts. */
const linked = [commandName('showUsage'), commandName('openThread'), 'workbench.action.openSettings'];

/** An editor tab with what answers have used. It is read when it is shown, and not changed while it is looked at. */
export class UsagePanel {
  private panel: vscode.WebviewPanel | undefined;
  /** The last days that the tab shows, 0 for all; undefined while it is closed. */
  private shown: number | undefined;
  /** The same for each reading, so that a page without news is not loaded again. The page has no scripts. */
  private readonly nonce = randomBytes(16).toString('base64');

  constructor(private readonly services: Services) {}

  get days(): number | undefined {
    return this.shown;
  }

  /** Shows the last days, or all if that is 0, and returns what they used. */
  async show(days: number): Promise<UsageReport> {
    const { report, html } = await this.read(days);
    const panel = (this.panel ??= this.open());
    this.shown = days;
    panel.webview.html = html;
    panel.reveal(undefined, false);
    return report;
  }

  private open(): vscode.WebviewPanel {
    const { service, reporter } = this.services;
    const panel = vscode.window.createWebviewPanel(
      'assistantsStudio.usage',
      vscode.l10n.t('Assistants Usage'),
      vscode.ViewColumn.Active,
      { enableScripts: false, enableCommandUris: linked, enableFindWidget: true, localResourceRoots: [] },
    );
    const refresh = (): void => {
      if (panel.visible) this.refresh().catch(reporter.notify);
    };
    const listeners = [
      panel.onDidChangeViewState(refresh),
      onDidChangeSetting('modelPrices', refresh),
      service.onDidChange(refresh),
    ];
    panel.onDidDispose(() => {
      for (const listener of listeners) listener.dispose();
      this.panel = undefined;
      this.shown = undefined;
    });
    return panel;
  }

  private async refresh(): Promise<void> {
    const { html } = await this.read(this.shown ?? 0);
    if (this.panel && this.panel.webview.html !== html) this.panel.webview.html = html;
  }

  private async read(days: number): Promise<{ report: UsageReport; html: string }> {
    const report = await readUsage(this.services.client, days === 0 ? undefined : days);
    return { report, html: usagePage(report, await this.namesOf(report), this.nonce) };
  }

  /** The names of the assistants and threads of a report that still exist. */
  private async namesOf({ thread }: UsageReport): Promise<UsageNames> {
    const { client, assistants } = this.services;
    const ids = thread.data.flatMap(({ thread_id: id }) => id ?? []);
    const titles = await Promise.all(
      ids.map(async (id) => {
        try {
          return [id, threadTitle(await client.beta.threads.retrieve(id))] as const;
        } catch {
          // It is in the trash, or has been deleted meanwhile.
          return undefined;
        }
      }),
    );
    const all = await assistants.all();
    return {
      threads: new Map(titles.filter((title) => title !== undefined)),
      assistants: new Map(all.map(({ id, name }) => [id, name?.trim() || id])),
    };
  }
}
