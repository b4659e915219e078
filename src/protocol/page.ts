/** The HTML page of the chat panel. The host sets it as the webview's content; the tests serve it. */
import type { FormStrings } from './formStrings';
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
export function chatPage(page: ChatPage): string {
  const { config, nonce, scriptUri, styleUri } = page;
  return htmlPage(page, {
    title: config.strings.panelTitle,
    styles: [styleUri],
    body: `<div id="root" data-config="${escapeHtml(JSON.stringify(config))}"></div>
<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>`,
  });
}

/** The page of an assistant's form, which has the chat panel beside it. */
export interface FormPage extends ChatPage {
  formScriptUri: string;
  formStyleUri: string;
  formStrings: FormStrings;
}

/** The form's HTML, as strict as the panel's. The form's script comes first: it shares VS Code's API with the panel. */
export function formPage(page: FormPage): string {
  const { config, nonce, scriptUri, styleUri, formScriptUri, formStyleUri, formStrings } = page;
  const script = (uri: string) => `<script nonce="${escapeHtml(nonce)}" src="${escapeHtml(uri)}"></script>`;
  return htmlPage(page, {
    title: formStrings.formTitle,
    styles: [styleUri, formStyleUri],
    body: `<div class="form-page">
<main id="form" data-strings="${escapeHtml(JSON.stringify(formStrings))}"></main>
<section class="form-trial" aria-label="${escapeHtml(formStrings.tryIt)}">
<div id="trial-bar"></div>
<div id="root" data-config="${escapeHtml(JSON.stringify(config))}"></div>
</section>
</div>
${script(formScriptUri)}
${script(scriptUri)}`,
  });
}

function htmlPage(
  { cspSource, nonce, config }: ChatPage,
  { title, styles, body }: { title: string; styles: readonly string[]; body: string },
): string {
  const policy = [
    `default-src 'none'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data: blob:`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  const links = styles.map((uri) => `<link rel="stylesheet" href="${escapeHtml(uri)}">`).join('\n');
  return `<!DOCTYPE html>
<html lang="${escapeHtml(config.language)}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${escapeHtml(nonce)}">
${links}
<title>${escapeHtml(title)}</title>
</head>
<body>
${body}
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
