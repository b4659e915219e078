/** Loads the languages of `languages.ts` when code in one of them is shown. */
import { hasLanguage, registerLanguages } from './highlight';

/** The script of the panel; its `src` and its nonce are those of the other one, too. */
const ownScript = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;

/** Names that models give to text that is in no language. */
const noLanguage = new Set(['', 'text', 'txt', 'plain', 'plaintext', 'output', 'console', 'log']);

let isRequested = false;
let isLoaded = false;
const waiting = new Set<() => void>();

/**
 * Calls back once the languages beyond the common ones have come, if this one may be among them. Returns a function
 * that cancels it.
 */
export function whenLanguageComes(language: string, changed: () => void): () => void {
  if (isLoaded || noLanguage.has(language.toLowerCase()) || hasLanguage(language)) return () => {};
  waiting.add(changed);
  load();
  return () => waiting.delete(changed);
}

function load(): void {
  if (isRequested || !ownScript) return;
  isRequested = true;
  const script = document.createElement('script');
  script.nonce = ownScript.nonce;
  script.src = new URL('languages.js', ownScript.src).href;
  // Without them, code stays as it is.
  script.addEventListener('load', () => {
    isLoaded = true;
    registerLanguages(globalThis.moreLanguages ?? {});
    for (const changed of [...waiting]) changed();
    waiting.clear();
  });
  document.head.append(script);
}
