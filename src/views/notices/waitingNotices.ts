import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { runCommand } from '../../client/commands';
import { showInformation } from '../../client/errors/notices';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import { assistantName } from '../../client/objects/titles';
import type { FunctionCalls } from '../../functions/functionCalls';

/** A run that is waiting. */
interface WaitingRun {
  threadId: string;
  runId: string;
}

/** Shows a notice when a run of a thread that is not visible begins to wait for the user. */
export class WaitingNotices implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  /** Active runs that have not waited yet. A run that already waits when the window opens gets no notice. */
  private readonly active = new Set<string>();

  constructor(
    private readonly services: Services,
    private readonly calls: FunctionCalls,
    private readonly isVisible: (threadId: string) => boolean,
  ) {
    this.disposables.add(
      services.monitor.onDidChangeRun((run) => this.runChanged(run)),
      calls.onDidChange((threadId) => this.callsChanged(threadId)),
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private runChanged(run: Run): void {
    const isForgotten = this.services.monitor.newestRun(run.thread_id) === undefined;
    if (isForgotten || !isActive(run)) this.active.delete(run.id);
    else if (run.status === 'queued' || run.status === 'in_progress') this.active.add(run.id);
  }

  private callsChanged(threadId: string): void {
    const pending = this.calls.pending(threadId);
    // Calls that a tool or program is already answering do not need the user.
    if (!pending?.calls.some(({ state }) => state === 'waiting')) return;
    const isNew = this.active.delete(pending.runId);
    // Only the window that started the run shows the notice.
    const { monitor, reporter } = this.services;
    if (isNew && monitor.isOwn(pending.runId) && !this.isVisible(threadId))
      this.show(pending).catch(reporter.notify);
  }

  private async show({ threadId, runId }: WaitingRun): Promise<void> {
    const showThread = vscode.l10n.t('Show');
    const cancel = vscode.l10n.t('Cancel Run');
    const message = vscode.l10n.t('{0} is waiting for your input.', await this.nameOf(threadId));
    const choice = await showInformation(message, showThread, cancel);
    if (choice === showThread) await runCommand('openThread', { threadId });
    // The run may have continued since the notice was shown.
    if (choice === cancel && this.calls.pending(threadId)?.runId === runId)
      await runCommand('stopRun', { threadId });
  }

  private async nameOf(threadId: string): Promise<string> {
    const id = this.services.monitor.newestRun(threadId)?.assistant_id;
    const assistant = (await this.services.assistants.all()).find((one) => one.id === id);
    return assistant ? assistantName(assistant) : vscode.l10n.t('Deleted assistant');
  }
}
