import * as vscode from 'vscode';
import { describeError, isCancellation } from './errors';
import { showError } from './notices';

/** The one place that failures nobody awaits, and failures of commands, are handed to. */
export class Reporter implements vscode.Disposable {
  private readonly output = vscode.window.createOutputChannel('Assistants Studio', { log: true });

  /** Writes a failure to the log; for what happens without the user having asked for it. */
  readonly log = (error: unknown): void => {
    if (!isCancellation(error)) this.output.error(detailOf(error));
  };

  /** Writes a failure to the log and tells the user. */
  readonly notify = (error: unknown): void => {
    if (isCancellation(error)) return;
    this.output.error(detailOf(error));
    showError(describeError(error)).then(undefined, this.log);
  };

  /** Writes a line to the log. */
  readonly info = (message: string): void => this.output.info(message);

  dispose(): void {
    this.output.dispose();
  }
}

/** The words and the stack; never the error object itself, which may hold a request's headers. */
function detailOf(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  return stack ? `${describeError(error)}\n${stack}` : describeError(error);
}
