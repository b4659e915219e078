import * as vscode from 'vscode';

/**
 * The one place that tells the user something in a message of VS Code's. Messages hold the words of
 * others: of model servers, remote services, tools, models. VS Code makes links of `[text](address)`
 * in them, and runs the command of an address such as `command:…`.
 */

/** The same words, to be read as before, in which VS Code finds no link. */
export function withoutLinks(text: string): string {
  // Between the two there is nothing in a link, and nothing to be seen of the space here.
  return text.replaceAll('](', ']\u200b(');
}

/** Tells of a failure; answers with the action that was chosen. */
export function showError(text: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(withoutLinks(text), ...actions);
}

/** Tells of something to look after; answers with the action that was chosen. */
export function showWarning(text: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(withoutLinks(text), ...actions);
}

/** Tells of something that went well; answers with the action that was chosen. */
export function showInformation(text: string, ...actions: string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(withoutLinks(text), ...actions);
}

/** Asks in a dialog whether something is to be done. */
export async function isAgreedTo(question: string, detail: string, agreement: string): Promise<boolean> {
  const options = { modal: true, detail: withoutLinks(detail) };
  const answer = await vscode.window.showWarningMessage(withoutLinks(question), options, agreement);
  return answer === agreement;
}

/** What is told while something takes its time. */
export type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/** Shows that something is under way until it has ended. */
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
