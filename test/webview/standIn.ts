/**
 * Runs in the page before the panel does, in the place of VS Code: hands out its API, keeps what the
 * panel posts, sets the theme as VS Code does, and watches over the page's policy.
 */
import type { Theme } from './themes';

export interface StandIn {
  /** Every message the panel posted, oldest first. */
  posted: unknown[];
  /** What the page's policy had to refuse. */
  violations: string[];
  theme: Theme | undefined;
  receive(messages: unknown[]): void;
  applyTheme(): void;
  /** Lets a delta arrive every 16 ms, as from a host; resolves when the last one is drawn. */
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
    // As VS Code does, a message is copied, so that one that cannot be is noticed.
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
