import type { Run } from 'openai/resources/beta/threads/runs/runs';
import * as vscode from 'vscode';
import { describeError, isCancellation, UserError } from '../client/errors';
import type { KeptAnswers } from './keptAnswers';
import type { WaitingCall } from './waitingCall';

/** The tools and programs of this window that work on calls, and why some came to nothing. */
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

  /** Why the last try came to nothing. */
  errorOf(runId: string, callId: string): string | undefined {
    if (this.isRunning(runId, callId)) return undefined;
    const { begun } = this.kept.get(runId, callId);
    return this.errors.get(keyOf(runId, callId)) ?? (begun ? interrupted() : undefined);
  }

  /**
   * What comes of letting a call's tool or program work; undefined where it comes to nothing. It counts
   * as under way until it is dropped, so that nobody takes an output on its way for none.
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
      // Dropped meanwhile: nobody waits for it any more.
      if (this.running.get(key) !== source) return undefined;
      const isStopped = source.token.isCancellationRequested || isCancellation(error);
      this.forget(key);
      this.errors.set(key, isStopped ? vscode.l10n.t('Stopped') : describeError(error));
      await this.kept.set(run.id, call.id, { begun: undefined });
      this.changed(run);
      return undefined;
    }
  }

  /** Asks the one who works on a call to stop. */
  stop(runId: string, callId: string): void {
    this.running.get(keyOf(runId, callId))?.cancel();
  }

  /** Stops whoever works on a call; what comes of it does not count any more. */
  drop(runId: string, callId: string): void {
    this.forget(keyOf(runId, callId));
  }

  /** The same for all the calls of a run. */
  dropAll(runId: string): void {
    for (const key of [...this.running.keys(), ...this.errors.keys()]) {
      if (key.startsWith(keyOf(runId, ''))) this.forget(key);
    }
  }

  dispose(): void {
    for (const key of [...this.running.keys()]) this.forget(key);
  }

  private async runBinding(run: Run, call: WaitingCall, token: vscode.CancellationToken): Promise<string> {
    if (!call.binding) throw new UserError(vscode.l10n.t('No tool or program of this window can run «{0}».', call.name));
    if (call.value === undefined) throw new UserError(call.argumentsError ?? '');
    // Begun, and not done: the next window must not do it a second time by itself.
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
