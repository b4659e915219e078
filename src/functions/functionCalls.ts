import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { DisposableStore } from '../client/disposableStore';
import { describeError, isCancellation, isNotFound, UserError } from '../client/errors/errors';
import { showError } from '../client/errors/notices';
import type { Reporter } from '../client/errors/reporter';
import type { RunMonitor } from '../client/runs/runMonitor';
import { awaitedCalls } from '../client/runs/runStatus';
import type { PendingCall, PendingCalls } from '../protocol/functionCalls';
import type { ToolHandler } from './toolHandler';
import { KeptAnswers } from './keptAnswers';
import { waitingCalls, type WaitingCall } from './waitingCall';
import { CallRunner } from './callRunner';

/** Milliseconds between polls of waiting runs: another window may answer them, or they may expire. */
const pollInterval = 5_000;

/** Dependencies of `FunctionCalls`. */
export interface FunctionCallParts {
  monitor: RunMonitor;
  reporter: Reporter;
  /** Stores answers and drafts. */
  state: vscode.Memento;
  /** Answer calls in the user's place; the first one that can handle a call is used. */
  handlers: readonly ToolHandler[];
}

/**
 * The function calls that runs wait for: collects their outputs, from the user and from tool handlers,
 * and submits them once all of a run's are available. One per window.
 */
export class FunctionCalls implements vscode.Disposable {
  private readonly monitor: RunMonitor;
  private readonly reporter: Reporter;
  private readonly handlers: readonly ToolHandler[];
  private readonly kept: KeptAnswers;
  private readonly runner: CallRunner;
  private readonly emitter = new vscode.EventEmitter<string>();
  private readonly disposables = new DisposableStore();
  /** Ids of the runs whose outputs are being submitted. */
  private readonly submitting = new Set<string>();
  /** Why the outputs of a run could not be submitted, by run id. */
  private readonly submitErrors = new Map<string, string>();
  private known = new WeakMap<Run, WaitingCall[]>();
  private timer: NodeJS.Timeout | undefined;

  /** Fires with a thread's id when the pending calls of its run have changed. */
  readonly onDidChange = this.emitter.event;

  constructor({ monitor, reporter, state, handlers }: FunctionCallParts) {
    this.monitor = monitor;
    this.reporter = reporter;
    this.handlers = handlers;
    this.kept = new KeptAnswers(state);
    this.runner = new CallRunner(this.kept, (run) => this.changed(run));
    this.disposables.add(
      this.emitter,
      this.runner,
      monitor.onDidChangeRun((run) => this.runChanged(run)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.findHandlersAgain()),
    );
  }

  /** The calls that the newest run of a thread waits for. */
  pending(threadId: string): PendingCalls | undefined {
    const run = this.monitor.newestRun(threadId);
    if (!run || awaitedCalls(run).length === 0) return undefined;
    return { threadId, runId: run.id, calls: this.callsOf(run).map((call) => this.show(run, call)) };
  }

  /** The pending calls of all known runs. */
  allPending(): PendingCalls[] {
    const threads = this.monitor.activeRuns().map(({ thread_id }) => thread_id);
    return threads.map((id) => this.pending(id)).filter((pending) => pending !== undefined);
  }

  /** Saves the output of a call, and submits the run's outputs if it was the last one. */
  async answer(runId: string, callId: string, output: string): Promise<void> {
    const { run } = this.find(runId, callId);
    if (this.submitting.has(runId)) return;
    this.runner.drop(runId, callId);
    await this.kept.set(runId, callId, { output, begun: undefined });
    this.changed(run);
    await this.submit(run);
  }

  /** Withdraws an answer that was not submitted yet. */
  async reopen(runId: string, callId: string): Promise<void> {
    const { run } = this.find(runId, callId);
    if (this.submitting.has(runId)) return;
    this.submitErrors.delete(runId);
    await this.kept.set(runId, callId, { output: undefined });
    this.changed(run);
  }

  /** Saves the draft of a call's form. */
  async keepDraft(runId: string, callId: string, draft: string): Promise<void> {
    // Forms also send a draft after the answer; it is ignored then.
    if (this.isAwaited(runId, callId)) await this.kept.set(runId, callId, { draft });
  }

  /** Runs the tool or program of a call; `always` also allows it to run without asking from now on. */
  async runCall(runId: string, callId: string, always: boolean): Promise<void> {
    const { run, call } = this.find(runId, callId);
    if (this.submitting.has(runId)) return;
    if (always) await call.binding?.alwaysAllow?.();
    await this.runAndAnswer(run, call);
  }

  /** Stops the tool or program of a call. */
  stopCall(runId: string, callId: string): void {
    this.runner.stop(runId, callId);
  }

  /** Re-reads the waiting runs, which others may have answered or ended, and looks for handlers again. */
  async refresh(): Promise<void> {
    const idle = this.waitingRuns().filter(({ id }) => !this.submitting.has(id));
    await Promise.all(idle.map((run) => this.refreshRun(run)));
    this.findHandlersAgain();
  }

  /** The newest run of a run's thread; undefined if the thread was deleted. */
  private async refreshRun(run: Run): Promise<Run | undefined> {
    try {
      return await this.monitor.refresh(run.thread_id);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  private waitingRuns(): Run[] {
    return this.monitor.activeRuns().filter((run) => awaitedCalls(run).length > 0);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.dispose();
  }

  private runChanged(run: Run): void {
    const isNewest = this.monitor.newestRun(run.thread_id)?.id === run.id;
    if (isNewest && awaitedCalls(run).length > 0) {
      // All calls may have been answered before a reload, or while another service was active.
      this.submit(run).catch(this.reporter.log);
      this.runAllowed(run);
      this.schedulePoll();
    } else {
      this.runner.dropAll(run.id);
      this.submitErrors.delete(run.id);
      this.kept.remove(run.id).catch(this.reporter.log);
    }
    this.changed(run);
  }

  /** Runs the calls that are always allowed: only in the window that owns the run, and once. */
  private runAllowed(run: Run): void {
    if (!this.monitor.isOwn(run.id)) return;
    for (const call of this.callsOf(run)) {
      const { begun, output } = this.kept.get(run.id, call.id);
      const isNew = !begun && output === undefined && this.runner.errorOf(run.id, call.id) === undefined;
      if (!isNew || call.argumentsError !== undefined || !call.binding?.isAlwaysAllowed?.()) continue;
      this.runAndAnswer(run, call).catch(this.reporter.notify);
    }
  }

  private async runAndAnswer(run: Run, call: WaitingCall): Promise<void> {
    const output = await this.runner.run(run, call);
    if (output === undefined) return;
    if (this.isAwaited(run.id, call.id)) return this.answer(run.id, call.id, output);
    // Another service became active meanwhile: the output is saved for when the run is shown again.
    this.runner.drop(run.id, call.id);
    await this.kept.set(run.id, call.id, { output, begun: undefined });
  }

  /** Submits a run's outputs if all are available and they are not being submitted already. */
  private async submit(run: Run): Promise<void> {
    const given = awaitedCalls(run).map(({ id }) => ({ id, output: this.kept.get(run.id, id).output }));
    if (this.submitting.has(run.id) || given.some(({ output }) => output === undefined)) return;
    this.submitting.add(run.id);
    this.submitErrors.delete(run.id);
    this.changed(run);
    try {
      await this.monitor.submit(
        run,
        given.map(({ id, output }) => ({ tool_call_id: id, output })),
      );
    } catch (error) {
      if (!isCancellation(error)) await this.recordError(run, error);
    } finally {
      this.submitting.delete(run.id);
      this.changed(run);
    }
    if (this.submitErrors.has(run.id)) this.offerRetry(run).catch(this.reporter.notify);
  }

  /** Records why the outputs were not accepted; throws if the run no longer waits for them. */
  private async recordError(run: Run, error: unknown): Promise<void> {
    const reason = describeError(error);
    this.reporter.info(`The outputs for run ${run.id} were not accepted: ${reason}`);
    // If the run cannot be read either, it is assumed to be still waiting.
    const now = await this.refreshRun(run).catch(() => run);
    if (now?.id !== run.id || awaitedCalls(now).length === 0) throw noLongerAwaited();
    this.submitErrors.set(run.id, vscode.l10n.t('The answers could not be sent: {0}', reason));
  }

  private async offerRetry(run: Run): Promise<void> {
    const again = vscode.l10n.t('Try Again');
    const choice = await showError(this.submitErrors.get(run.id) ?? '', again);
    if (choice !== again) return;
    const now = this.monitor.newestRun(run.thread_id);
    if (now?.id === run.id) await this.submit(now);
  }

  private show(run: Run, call: WaitingCall): PendingCall {
    const kept = this.kept.get(run.id, call.id);
    return {
      callId: call.id,
      name: call.name,
      arguments: call.arguments,
      description: call.definition?.description,
      parameters: call.definition?.parameters,
      argumentsError: call.argumentsError,
      handler: call.handler,
      state: this.stateOf(run, call),
      output: kept.output,
      error: this.submitErrors.get(run.id) ?? this.runner.errorOf(run.id, call.id),
      draft: kept.draft,
    };
  }

  private stateOf(run: Run, call: WaitingCall): PendingCall['state'] {
    if (this.submitting.has(run.id)) return 'sending';
    if (this.runner.isRunning(run.id, call.id)) return 'running';
    return this.kept.get(run.id, call.id).output === undefined ? 'waiting' : 'answered';
  }

  private callsOf(run: Run): WaitingCall[] {
    const calls = this.known.get(run) ?? waitingCalls(run, this.handlers);
    this.known.set(run, calls);
    return calls;
  }

  private isAwaited(runId: string, callId: string): boolean {
    return this.lookUp(runId, callId) !== undefined;
  }

  private find(runId: string, callId: string): { run: Run; call: WaitingCall } {
    const found = this.lookUp(runId, callId);
    if (!found) throw noLongerAwaited();
    return found;
  }

  private lookUp(runId: string, callId: string): { run: Run; call: WaitingCall } | undefined {
    const run = this.monitor.activeRuns().find(({ id }) => id === runId);
    const call = run && this.callsOf(run).find(({ id }) => id === callId);
    return run && call && { run, call };
  }

  /** Looks for handlers again: VS Code has no event for new tools. */
  private findHandlersAgain(): void {
    this.known = new WeakMap();
    for (const run of this.waitingRuns()) {
      this.runAllowed(run);
      this.changed(run);
    }
  }

  private changed({ thread_id }: Run): void {
    this.emitter.fire(thread_id);
  }

  private schedulePoll(): void {
    this.timer ??= setTimeout(() => void this.poll(), pollInterval).unref();
  }

  private async poll(): Promise<void> {
    // An error is ignored; the next poll retries.
    await this.refresh().catch(() => {});
    this.timer = undefined;
    if (this.waitingRuns().length > 0) this.schedulePoll();
  }
}

function noLongerAwaited(): UserError {
  return new UserError(vscode.l10n.t('The run is no longer waiting for this answer.'));
}
