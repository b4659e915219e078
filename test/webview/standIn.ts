/**
 * A fake VS Code that runs in the page before the panel: provides the webview API, records the panel's
 * messages and violations of the Content Security Policy, and sets the theme as VS Code does.
 */
import type { Theme } from './themes';

export interface StandIn {
  /** Every message the panel posted, oldest first. */
  posted: unknown[];
  /** Violations of the page's Content Security Policy. */
  violations: string[];
  theme: Theme | undefined;
  receive(messages: unknown[]): void;
  applyTheme(): void;
  /** Delivers a delta every 16 ms; resolves when the last one is rendered. */
  stream(threadId: string, messageId: string, texts: string[]): Promise<void>;
}

declare global {
  var standIn: StandIn;
  var acquireVsCodeApi: () => unknown;
}

const stateKey = 'webview-state';

globalThis.standIn = {
  posted: [],
  violations: [],
  theme: undefined,
  receive(messages) {
    for (const message of messages) window.postMessage(message, '*');
  },
  applyTheme() {
    if (this.theme === undefined) return;
    const { style } = document.documentElement;
    for (const [name, value] of Object.entries(this.theme.variables)) style.setProperty(name, value);
    style.background = 'var(--vscode-sideBar-background)';
    document.body.className = this.theme.bodyClass;
  },
  async stream(threadId, messageId, texts) {
    for (const text of texts) {
      this.receive([{ type: 'delta', threadId, messageId, contentIndex: 0, text }]);
      await new Promise((resolve) => setTimeout(resolve, 16));
    }
    for (let frames = 0; frames < 10; frames++) await new Promise(requestAnimationFrame);
  },
};

let acquired = false;
globalThis.acquireVsCodeApi = () => {
  if (acquired) throw new Error('An instance of the VS Code API has already been acquired');
  acquired = true;
  return {
    // Clones messages as VS Code does, so that those that cannot be cloned fail.
    postMessage: (message: unknown) => standIn.posted.push(structuredClone(message)),
    getState: () => (JSON.parse(sessionStorage.getItem(stateKey) ?? 'null') as unknown) ?? undefined,
    setState: (state: unknown) => sessionStorage.setItem(stateKey, JSON.stringify(state)),
  };
};

document.addEventListener('securitypolicyviolation', (event) => {
  standIn.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});

new MutationObserver((_, observer) => {
  if (document.body === null) return;
  observer.disconnect();
  standIn.applyTheme();
}).observe(document, { childList: true, subtree: true });
