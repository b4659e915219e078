import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import { isAuthenticationError, orphanMessage } from '../../client/errors';
import { showError } from '../../client/notices';
import { errorWords } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';

/** Shows an error for each failed run, with actions. */
export class FailureNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(private readonly services: Services) {
    this.subscription = services.monitor.onDidEnd((run) => {
      const hasFailed = run.status === 'failed' || run.status === 'expired';
      if (hasFailed && this.isShownHere(run)) this.show(run).catch(services.reporter.log);
    });
  }

  dispose(): void {
    this.subscription.dispose();
  }

  /** Only one window shows the error: the one that started the run, or, if it is closed, the focused one. */
  private isShownHere(run: Run): boolean {
    if (this.services.monitor.isOwn(run.id)) return true;
    return run.last_error?.message === orphanMessage && vscode.window.state.focused;
  }

  private async show(run: Run): Promise<void> {
    const message = errorWords(run) ?? run.status;
    this.services.reporter.info(`Run ${run.id} failed: ${message}`);
    const setKey = vscode.l10n.t('Set API Key…');
    const retry = vscode.l10n.t('Retry');
    const showThread = vscode.l10n.t('Show Thread');
    const { service } = this.services;
    // The API keys of a server's models are set on the server.
    const isKeyRejected = !service.server && isAuthenticationError(message);
    const actions = isKeyRejected ? [setKey, retry, showThread] : [retry, showThread];
    const choice = await showError(message, ...actions);
    if (choice === setKey) await runCommand('setApiKey', { connectionId: service.connectionOf(run.model) });
    if (choice === retry) await runCommand('retryRun', { threadId: run.thread_id });
    if (choice === showThread) await runCommand('openThread', { threadId: run.thread_id });
  }
}
