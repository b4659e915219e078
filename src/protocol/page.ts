/** The page the chat panel lives in: the host writes it into its webview, the suites serve it. */
import type { ChatConfig } from './strings';

export interface ChatPage {
  /** Where the panel's own files may come from: `webview.cspSource`. */
  cspSource: string;
  /** Unguessable, new for every page; the panel's script and the toolkit's styles carry it. */
  nonce: string;
  scriptUri: string;
  styleUri: string;
  config: ChatConfig;
}

/**
 * The panel's HTML. The policy is strict on purpose: a model's answer is shown here, so nothing is
 * loaded from elsewhere, no inline script or style runs, and no request leaves the page.
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
<html lang="${escape(config.language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${escape(nonce)}">
<link rel="stylesheet" href="${escape(styleUri)}">
<title>${escape(config.strings.panelTitle)}</title>
</head>
<body>
<div id="root" data-config="${escape(JSON.stringify(config))}"></div>
<script nonce="${escape(nonce)}" src="${escape(scriptUri)}"></script>
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

/** Safe as text and as the value of a quoted attribute. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
