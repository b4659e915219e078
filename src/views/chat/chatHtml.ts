import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { chatPage } from '../../protocol/page';
import { chatStrings, type ChatStrings } from '../../protocol/strings';

/** What a chat's webview may do and load. */
export function chatWebviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')] };
}

/** The chat panel's page, in the user's language. */
export function chatHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  const fileUri = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
  return chatPage({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    scriptUri: fileUri('webview.js'),
    styleUri: fileUri('webview.css'),
    config: { strings: translated(), language: vscode.env.language },
  });
}

function translated(): ChatStrings {
  const entries = Object.entries(chatStrings).map(([name, words]) => [name, vscode.l10n.t(words)]);
  return Object.fromEntries(entries) as ChatStrings;
}
