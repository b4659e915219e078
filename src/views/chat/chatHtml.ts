import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { chatPage } from '../../protocol/page';
import { chatStrings, type ChatStrings } from '../../protocol/strings';

/** Options of a chat's webview: its scripts run, and it loads files of `dist` only. */
export function chatWebviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')] };
}

/** The HTML of the chat panel, in the user's language. */
export function chatHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const fileUri = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  return chatPage({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    scriptUri: fileUri('webview.js'),
    styleUri: fileUri('webview.css'),
    config: { strings: chatStringsInLanguage(), language: vscode.env.language },
  });
}

/** The chat panel's strings, translated. */
export function chatStringsInLanguage(): ChatStrings {
  const entries = Object.entries(chatStrings).map(([name, text]) => [name, vscode.l10n.t(text)]);
  return Object.fromEntries(entries) as ChatStrings;
}
