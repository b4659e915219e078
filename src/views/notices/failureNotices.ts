import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { runCommand } from '../../client/commands';
import { isAuthenticationError, isNoConnectionError, orphanMessage } from '../../client/errors/errors';
import { showError } from '../../client/errors/notices';
import { errorWords } from '../../client/runs/runStatus';
import { translatedError } from '../../client/errors/translatedError';
import type { Services } from '../../client/services';

/** Shows an error, with actions, for each failed run of a thread that is not visible: the chat shows it otherwise. */
export class FailureNotices implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly services: Services,
    private readonly isVisible: (threadId: string) => boolean,
  ) {
    this.subscription = services.monitor.onDidEnd((run) => {
      const hasFailed = run.status === 'failed' || run.status === 'expired';
      if (!hasFailed || !this.isShownHere(run)) return;
      if (this.isVisible(run.thread_id)) this.log(run);
      else this.show(run).catch(services.reporter.log);
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

  private log(run: Run): string {
    const message = errorWords(run) ?? run.status;
    this.services.reporter.info(`Run ${run.id} failed: ${message}`);
    return message;
  }

  private async show(run: Run): Promise<void> {
    const message = this.log(run);
    const setKey = vscode.l10n.t('Set API Key…');
    const chooseModel = vscode.l10n.t('Choose Model…');
    const retry = vscode.l10n.t('Retry');
    const showThread = vscode.l10n.t('Show Thread');
    const { service } = this.services;
    const first: string[] = [];
    // The keys and connections of a server's own models are not ours to set.
    if (!service.server && isAuthenticationError(message)) first.push(setKey);
    if (!service.server && isNoConnectionError(message)) first.push(chooseModel);
    const choice = await showError(translatedError(message), ...first, retry, showThread);
    if (choice === setKey) await runCommand('setApiKey', { connectionId: service.connectionOf(run.model) });
    if (choice === chooseModel)
      await runCommand('editAssistant', { assistantId: run.assistant_id, field: 'model' });
    if (choice === retry) await runCommand('retryRun', { threadId: run.thread_id });
    if (choice === showThread) await runCommand('openThread', { threadId: run.thread_id });
  }
}
