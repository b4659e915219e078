import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { formStrings, type FormStrings } from '../../protocol/formStrings';
import { formPage } from '../../protocol/page';
import { chatStringsInLanguage, chatWebviewOptions } from '../chat/chatHtml';

export const formWebviewOptions = chatWebviewOptions;

/** The HTML of a form, in the user's language, with the chat panel beside it. */
export function formHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const fileUri = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  const entries = Object.entries(formStrings).map(([name, text]) => [name, vscode.l10n.t(text)]);
  return formPage({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    scriptUri: fileUri('webview.js'),
    styleUri: fileUri('webview.css'),
    config: { strings: chatStringsInLanguage(), language: vscode.env.language },
    formScriptUri: fileUri('form.js'),
    formStyleUri: fileUri('form.css'),
    formStrings: Object.fromEntries(entries) as FormStrings,
  });
}
