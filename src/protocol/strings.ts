/**
 * The chat panel's words, in English. The host hands them over translated (`vscode.l10n`), so every
 * value here has its entry in `l10n/bundle.l10n.<language>.json`. `{0}` is filled in by the panel.
 */
export const chatStrings = {
  send: 'Send',
  stop: 'Stop',
  retry: 'Retry',
  composerPlaceholder: 'Message {0}',
  composerLabel: 'Message',
} as const;

export type ChatStrings = { readonly [K in keyof typeof chatStrings]: string };

/** What the host writes into the page for the panel to start with. */
export interface ChatConfig {
  strings: ChatStrings;
  /** A BCP 47 tag, for numbers and dates. */
  language: string;
}
