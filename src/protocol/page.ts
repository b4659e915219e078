/** The HTML page of the chat panel. The host sets it as the webview's content; the tests serve it. */
import type { ChatConfig } from './strings';

export interface ChatPage {
  /** The source of the panel's own files: `webview.cspSource`. */
  cspSource: string;
  /** Random, new for each page; set on the panel's script and the toolkit's styles. */
  nonce: string;
  scriptUri: string;
  styleUri: string;
  config: ChatConfig;
}

/**
 * The panel's HTML. Its content security policy is strict because it shows what a model wrote: nothing is
 * loaded from elsewhere, no inline script or style is applied, and no request leaves the page.
 */
export function chatPage({ cspSource, nonce, scriptUri, styleUri, config }: ChatPage): string {
  const policy = [
    `default-src 'none'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data: blob:`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(config.language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${escapeHtml(nonce)}">
<link rel="stylesheet" href="${escapeHtml(styleUri)}">
<title>${escapeHtml(config.strings.panelTitle)}</title>
</head>
<body>
<div id="root" data-config="${escapeHtml(JSON.stringify(config))}"></div>
<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>
</body>
</html>
`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for use as content or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
