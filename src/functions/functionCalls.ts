import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { describeError, isCancellation, UserError } from '../client/errors';
import { showError } from '../client/notices';
import type { Reporter } from '../client/reporter';
import type { RunMonitor } from '../client/runs/runMonitor';
import { awaitedCalls } from '../client/runs/runStatus';
import type { PendingCall, PendingCalls } from '../protocol/functionCalls';
import type { ToolHandler } from './toolHandler';
import { KeptAnswers } from './keptAnswers';
import { waitingCalls, type WaitingCall } from './waitingCall';
import { CallRunner } from './callRunner';

/** Milliseconds between two looks at a run that waits: another window may answer it, or its time be up. */
const pollInterval = 5_000;

/** What the function calls of a window work with. */
export interface FunctionCallParts {
  monitor: RunMonitor;
  reporter: Reporter;
  /** Where answers and drafts survive a reload. */
  state: vscode.Memento;
  /** Who answers calls in the user's place; the first who can is asked. */
  handlers: readonly ToolHandler[];
}

/**
 * The function calls that runs wait for: gathers their outputs, from the user and from those who
 * answer in the user's place, and submits them once the last is there. One per window.
 */
export class FunctionCalls implements vscode.Disposable {
  private readonly monitor: RunMonitor;
  private readonly reporter: Reporter;
  private readonly handlers: readonly ToolHandler[];
  private readonly kept: KeptAnswers;
  private readonly runner: CallRunner;
  private readonly emitter = new vscode.EventEmitter<string>();
  private readonly subscriptions: vscode.Disposable[];
  /** Runs whose outputs are on their way. */
  private readonly submitting = new Set<string>();
  /** Why the outputs of a run could not be submitted. */
  private readonly submitErrors = new Map<string, string>();
  private known = new WeakMap<Run, WaitingCall[]>();
  private timer: NodeJS.Timeout | undefined;

  /** Fires with a thread's id when the calls that its run waits for have changed. */
  readonly onDidChange = this.emitter.event;

  constructor({ monitor, reporter, state, handlers }: FunctionCallParts) {
    this.monitor = monitor;
    this.reporter = reporter;
    this.handlers = handlers;
    this.kept = new KeptAnswers(state);
    this.runner = new CallRunner(this.kept, (run) => this.changed(run));
    this.subscriptions = [
      this.emitter,
      this.runner,
      monitor.onDidChangeRun((run) => this.runChanged(run)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.findHandlersAgain()),
    ];
  }

  /** The calls that the newest run of a thread waits for. */
  pending(threadId: string): PendingCalls | undefined {
    const run = this.monitor.newestRun(threadId);
    if (!run || awaitedCalls(run).length === 0) return undefined;
    return { threadId, runId: run.id, calls: this.callsOf(run).map((call) => this.show(run, call)) };
  }

  /** The calls of all the runs that wait, as far as they are known. */
  allPending(): PendingCalls[] {
    const threads = this.monitor.activeRuns().map(({ thread_id }) => thread_id);
    return threads.map((id) => this.pending(id)).filter((pending) => pending !== undefined);
  }

  /** Gives the output of a call, and submits all of the run's once it is the last. */
  async answer(runId: string, callId: string, output: string): Promise<void> {
    const { run } = this.find(runId, callId);
    if (this.submitting.has(runId)) return;
    this.runner.drop(runId, callId);
    await this.kept.set(runId, callId, { output, begun: undefined });
    this.changed(run);
    await this.submit(run);
  }

  /** Takes an answer back that was not submitted yet. */
  async reopen(runId: string, callId: string): Promise<void> {
    const { run } = this.find(runId, callId);
    if (this.submitting.has(runId)) return;
    this.submitErrors.delete(runId);
    await this.kept.set(runId, callId, { output: undefined });
    this.changed(run);
  }

  /** Keeps what is filled in of a call's form so far. */
  async keepDraft(runId: string, callId: string, draft: string): Promise<void> {
    // A form says its last word after the answer, too: then there is nothing to keep it for.
    if (this.isAwaited(runId, callId)) await this.kept.set(runId, callId, { draft });
  }

  /** Lets VS Code's tool or the workspace's program answer a call; `always`: from now on without a question. */
  async runCall(runId: string, callId: string, always: boolean): Promise<void> {
    const { run, call } = this.find(runId, callId);
    if (this.submitting.has(runId)) return;
    if (always) await call.binding?.alwaysAllow?.();
    await this.runAndAnswer(run, call);
  }

  /** Stops the tool or the program that works on a call. */
  stopCall(runId: string, callId: string): void {
    this.runner.stop(runId, callId);
  }

  /** Looks at the runs that wait: others may have answered or ended them, or be able to answer now. */
  async refresh(): Promise<void> {
    const idle = this.waitingRuns().filter(({ id }) => !this.submitting.has(id));
    await Promise.all(idle.map((run) => this.monitor.refresh(run.thread_id)));
    this.findHandlersAgain();
  }

  private waitingRuns(): Run[] {
    return this.monitor.activeRuns().filter((run) => awaitedCalls(run).length > 0);
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  private runChanged(run: Run): void {
    const isNewest = this.monitor.newestRun(run.thread_id)?.id === run.id;
    if (isNewest && awaitedCalls(run).length > 0) {
      // All may have been answered before the window was reloaded, or while it looked elsewhere.
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

  /** Runs what needs no question: in the one window that the run is of, and once. */
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
    // Another service was chosen meanwhile: the run waits there still.
    this.runner.drop(run.id, call.id);
    await this.kept.set(run.id, call.id, { output, begun: undefined });
  }

  /** Submits a run's outputs if all are there, and nobody does already. */
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

  /** Notes why the outputs were not taken; fails where nobody waits for them any more. */
  private async recordError(run: Run, error: unknown): Promise<void> {
    const reason = describeError(error);
    this.reporter.info(`The outputs for run ${run.id} were not taken: ${reason}`);
    // Where not even that can be read, the run is taken to wait still.
    const now = await this.monitor.refresh(run.thread_id).catch(() => run);
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
      problem: call.argumentsError,
      handler: call.handler,
      state: this.stateOf(run, call),
      output: kept.output,
      fault: this.submitErrors.get(run.id) ?? this.runner.errorOf(run.id, call.id),
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

  /** Whoever could not answer before may be able to now: VS Code does not tell of tools that come. */
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
    // What cannot be read now may be the next time.
    await this.refresh().catch(() => {});
    this.timer = undefined;
    if (this.waitingRuns().length > 0) this.schedulePoll();
  }
}

function noLongerAwaited(): UserError {
  return new UserError(vscode.l10n.t('The run is no longer waiting for this answer.'));
}
