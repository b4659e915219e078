import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import { isAuthenticationError, isNoConnectionError, orphanMessage } from '../../client/errors';
import { showError } from '../../client/notices';
import { errorWords } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';

/** Tells of a run that failed, once, with what can be done about it. */
export class FailureNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(private readonly services: Services) {
    this.subscription = services.monitor.onDidEnd((run) => {
      const hasFailed = run.status === 'failed' || run.status === 'expired';
      if (hasFailed && this.isOurs(run)) this.tell(run).catch(services.reporter.log);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  /** One window tells: the one whose run it is, or, where that is gone, the one that the user is in. */
  private isOurs(run: Run): boolean {
    if (this.services.monitor.isOwn(run.id)) return true;
    return run.last_error?.message === orphanMessage && vscode.window.state.focused;
  }

  private async tell(run: Run): Promise<void> {
    const message = errorWords(run) ?? run.status;
    this.services.reporter.info(`Run ${run.id} failed: ${message}`);
    const setKey = vscode.l10n.t('Set API Key…');
    const chooseModel = vscode.l10n.t('Choose Model…');
    const retry = vscode.l10n.t('Retry');
    const show = vscode.l10n.t('Show Thread');
    const { service } = this.services;
    const first: string[] = [];
    // The keys and connections of a server's own models are not ours to set.
    if (!service.server && isAuthenticationError(message)) first.push(setKey);
    if (!service.server && isNoConnectionError(message)) first.push(chooseModel);
    const choice = await showError(message, ...first, retry, show);
    if (choice === setKey) await runCommand('setApiKey', { connectionId: service.connectionOf(run.model) });
    if (choice === chooseModel)
      await runCommand('editAssistant', { assistantId: run.assistant_id, field: 'model' });
    if (choice === retry) await runCommand('retryRun', { threadId: run.thread_id });
    if (choice === show) await runCommand('openThread', { threadId: run.thread_id });
  }
}
