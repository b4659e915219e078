import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { describeError, isCancellation, UserError } from '../client/errors/errors';
import type { KeptAnswers } from './keptAnswers';
import type { WaitingCall } from './waitingCall';

/** Runs the tools and programs that answer calls in this window, and records their errors. */
export class CallRunner implements vscode.Disposable {
  private readonly running = new Map<string, vscode.CancellationTokenSource>();
  private readonly errors = new Map<string, string>();

  constructor(
    private readonly kept: KeptAnswers,
    private readonly changed: (run: Run) => void,
  ) {}

  isRunning(runId: string, callId: string): boolean {
    return this.running.has(keyOf(runId, callId));
  }

  /** Why the last attempt failed; undefined while running or if it did not fail. */
  errorOf(runId: string, callId: string): string | undefined {
    if (this.isRunning(runId, callId)) return undefined;
    const { begun } = this.kept.get(runId, callId);
    return this.errors.get(keyOf(runId, callId)) ?? (begun ? interrupted() : undefined);
  }

  /**
   * Runs a call's tool or program and returns its output; undefined if it is already running, failed or
   * was dropped. A successful call counts as running until `drop`, so that its output is not missed
   * while it is being saved.
   */
  async run(run: Run, call: WaitingCall): Promise<string | undefined> {
    const key = keyOf(run.id, call.id);
    if (this.running.has(key)) return undefined;
    const source = new vscode.CancellationTokenSource();
    this.running.set(key, source);
    this.errors.delete(key);
    try {
      const output = await this.runBinding(run, call, source.token);
      return this.running.get(key) === source ? output : undefined;
    } catch (error) {
      // Dropped meanwhile: the error does not matter.
      if (this.running.get(key) !== source) return undefined;
      const isStopped = source.token.isCancellationRequested || isCancellation(error);
      this.forget(key);
      this.errors.set(key, isStopped ? vscode.l10n.t('Stopped') : describeError(error));
      await this.kept.set(run.id, call.id, { begun: undefined });
      this.changed(run);
      return undefined;
    }
  }

  /** Requests cancellation of a call; it counts as running until it has ended. */
  stop(runId: string, callId: string): void {
    this.running.get(keyOf(runId, callId))?.cancel();
  }

  /** Cancels a call and ignores its outcome. */
  drop(runId: string, callId: string): void {
    this.forget(keyOf(runId, callId));
  }

  /** Cancels all calls of a run and ignores their outcome. */
  dropAll(runId: string): void {
    for (const key of [...this.running.keys(), ...this.errors.keys()]) {
      if (key.startsWith(keyOf(runId, ''))) this.forget(key);
    }
  }

  dispose(): void {
    for (const key of [...this.running.keys()]) this.forget(key);
  }

  private async runBinding(run: Run, call: WaitingCall, token: vscode.CancellationToken): Promise<string> {
    if (!call.binding)
      throw new UserError(vscode.l10n.t('No tool or program of this window can run “{0}”.', call.name));
    if (call.value === undefined) throw new UserError(call.argumentsError ?? '');
    // Saved before it runs, so that after a reload it is not run a second time automatically.
    await this.kept.set(run.id, call.id, { output: undefined, begun: true });
    this.changed(run);
    const output = await call.binding.run(call.value, token);
    if (token.isCancellationRequested) throw new vscode.CancellationError();
    return output;
  }

  private forget(key: string): void {
    const source = this.running.get(key);
    this.running.delete(key);
    this.errors.delete(key);
    source?.cancel();
  }
}

function keyOf(runId: string, callId: string): string {
  return `${runId}/${callId}`;
}

function interrupted(): string {
  return vscode.l10n.t(
    'This call was started but returned no output: it was interrupted, or another window is running it.',
  );
}
