import * as vscode from 'vscode';

/**
 * The one place that shows VS Code notifications and dialogs. Their text may quote model servers,
 * remote services, tools and models. VS Code turns `[text](address)` in it into a link, and a click on
 * an address such as `command:…` runs that command.
 */

/** The same visible text, in which VS Code finds no link. */
export function withoutLinks(text: string): string {
  // A link has nothing between `]` and `(`; the zero-width space is invisible.
  return text.replaceAll('](', ']\u200b(');
}

/** Shows an error; resolves to the chosen action. */
export function showError(text: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(withoutLinks(text), ...actions);
}

/** Shows a warning; resolves to the chosen action. */
export function showWarning(text: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(withoutLinks(text), ...actions);
}

/** Shows an information message; resolves to the chosen action. */
export function showInformation(text: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(withoutLinks(text), ...actions);
}

/** Asks for confirmation in a modal dialog; `agreement` is the label of its button. */
export async function isAgreedTo(question: string, detail: string, agreement: string): Promise<boolean> {
  const options = { modal: true, detail: withoutLinks(detail) };
  const answer = await vscode.window.showWarningMessage(withoutLinks(question), options, agreement);
  return answer === agreement;
}

/** Progress reports of a long operation, `increment` in percent. */
export type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/** Shows a progress notification until the task has ended. */
export function withProgress<T>(
  { title, cancellable }: { title: string; cancellable?: boolean },
  task: (progress: Progress, token: vscode.CancellationToken) => Thenable<T>,
): Thenable<T> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress(
    { location, title: withoutLinks(title), cancellable },
    (progress, token) =>
      task(
        {
          report: ({ message, ...rest }) =>
            progress.report({ ...rest, message: message && withoutLinks(message) }),
        },
        token,
      ),
  );
}

/** Shows progress in the status bar until the task has ended. */
export function withStatusProgress<T>(title: string, task: (progress: Progress) => Thenable<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, task);
}
