import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { DisposableStore } from '../../client/disposableStore';
import { runCommand } from '../../client/commands';
import { showInformation } from '../../client/notices';
import { isActive } from '../../client/runs/runStatus';
import type { Services } from '../../client/services';
import { assistantName } from '../../client/titles';
import type { FunctionCalls } from '../../functions/functionCalls';

/** What a notice is about. */
interface Subject {
  threadId: string;
  runId: string;
}

/** Tells of a run that begins to wait for the user in a thread that nobody sees, once. */
export class WaitingNotices implements vscode.Disposable {
  private readonly disposables = new DisposableStore();
  /** Runs seen at work: one that waited already when the window opened is left to the badge. */
  private readonly atWork = new Set<string>();

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
    if (isForgotten || !isActive(run)) this.atWork.delete(run.id);
    else if (run.status === 'queued' || run.status === 'in_progress') this.atWork.add(run.id);
  }

  private callsChanged(threadId: string): void {
    const pending = this.calls.pending(threadId);
    // What VS Code or a program answers by itself needs nobody.
    if (!pending?.calls.some(({ state }) => state === 'waiting')) return;
    const isNew = this.atWork.delete(pending.runId);
    // Its own window tells.
    const { monitor, reporter } = this.services;
    if (isNew && monitor.isOwn(pending.runId) && !this.isVisible(threadId))
      this.tell(pending).catch(reporter.notify);
  }

  private async tell({ threadId, runId }: Subject): Promise<void> {
    const show = vscode.l10n.t('Show');
    const cancel = vscode.l10n.t('Cancel Run');
    const words = vscode.l10n.t('{0} asks you something.', await this.nameOf(threadId));
    const choice = await showInformation(words, show, cancel);
    if (choice === show) await runCommand('openThread', { threadId });
    // The notice may be answered long after the run went on.
    if (choice === cancel && this.calls.pending(threadId)?.runId === runId)
      await runCommand('stopRun', { threadId });
  }

  private async nameOf(threadId: string): Promise<string> {
    const id = this.services.monitor.newestRun(threadId)?.assistant_id;
    const assistant = (await this.services.assistants.all()).find((one) => one.id === id);
    return assistant ? assistantName(assistant) : vscode.l10n.t('Deleted assistant');
  }
}
