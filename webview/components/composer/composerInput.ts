/** The text area below an element that the user types into; it is in the shadow tree of the toolkit's. */
export function inputIn(root: Element | null): HTMLTextAreaElement | null {
  const host = root?.querySelector('vscode-text-area');
  return host?.shadowRoot?.querySelector('textarea') ?? root?.querySelector('textarea') ?? null;
}
