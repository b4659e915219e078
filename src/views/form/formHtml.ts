import * as vscode from 'vscode';
import { formStrings, type FormStrings } from '../../protocol/formStrings';
import { formPage } from '../../protocol/page';
import { chatPageParts, chatWebviewOptions, distUris } from '../chat/chatHtml';

export const formWebviewOptions = chatWebviewOptions;

/** The HTML of a form, in the user's language, with the chat panel beside it. */
export function formHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const fileUri = distUris(webview, extensionUri);
  const entries = Object.entries(formStrings).map(([name, text]) => [name, vscode.l10n.t(text)]);
  return formPage({
    ...chatPageParts(webview, extensionUri),
    formScriptUri: fileUri('form.js'),
    formStyleUri: fileUri('form.css'),
    formStrings: Object.fromEntries(entries) as FormStrings,
  });
}
