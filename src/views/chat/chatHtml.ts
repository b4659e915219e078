import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { chatPage, type ChatPage } from '../../protocol/page';
import { chatStrings, type ChatStrings } from '../../protocol/strings';

/** Options of a chat's webview: its scripts run, and it loads files of `dist` only. */
export function chatWebviewOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')] };
}

/** The HTML of the chat panel, in the user's language. */
export function chatHtml(webview: vscode.Webview, extensionUri: vscode.Uri): string {
  return chatPage(chatPageParts(webview, extensionUri));
}

/** What the page of a chat panel consists of. */
export function chatPageParts(webview: vscode.Webview, extensionUri: vscode.Uri): ChatPage {
  const fileUri = distUris(webview, extensionUri);
  return {
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    scriptUri: fileUri('webview.js'),
    styleUri: fileUri('webview.css'),
    config: { strings: chatStringsInLanguage(), language: vscode.env.language },
  };
}

/** The URIs of files of `dist` in a webview, by their names. */
export function distUris(webview: vscode.Webview, extensionUri: vscode.Uri): (name: string) => string {
  return (name) => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', name)).toString();
}

/** The chat panel's strings, translated. */
function chatStringsInLanguage(): ChatStrings {
  const entries = Object.entries(chatStrings).map(([name, text]) => [name, vscode.l10n.t(text)]);
  return Object.fromEntries(entries) as ChatStrings;
}
