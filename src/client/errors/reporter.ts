import * as vscode from 'vscode';
import { describeError, isCancellation } from './errors';
import { showError } from './notices';
import { displayError } from './translatedError';

/** The one place that reports errors of commands and of promises that nobody awaits. */
export class Reporter implements vscode.Disposable {
  private readonly output = vscode.window.createOutputChannel('Assistants Studio', { log: true });

  /** Writes an error to the log; for operations that the user did not start. */
  readonly log = (error: unknown): void => {
    if (!isCancellation(error)) this.output.error(detailOf(error));
  };

  /** Writes an error to the log and shows it to the user. */
  readonly notify = (error: unknown): void => {
    if (isCancellation(error)) return;
    this.output.error(detailOf(error));
    showError(displayError(error)).then(undefined, this.log);
  };

  /** Writes a line to the log. */
  readonly info = (message: string): void => this.output.info(message);

  dispose(): void {
    this.output.dispose();
  }
}

/** Message and stack; never the error object itself, which may hold a request's headers. */
function detailOf(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  return stack ? `${describeError(error)}\n${stack}` : describeError(error);
}
