/** A link's target as written behind its text: ` (url)`; empty if the text says it, or it is no address. */
export function linkTarget(url: string | undefined, text: string): string {
  const target = url?.trim() ?? '';
  if (target === '' || /^(#|javascript:|data:|about:)/i.test(target)) return '';
  const plain = (address: string) => address.replace(/^(mailto:|tel:|https?:\/\/)/i, '').replace(/\/$/, '');
  return text.toLowerCase().includes(plain(target).toLowerCase()) ? '' : ` (${target})`;
}

/** The address of a field of a Word document that is a link. */
export function fieldTarget(instruction: string | undefined): string | undefined {
  return /^\s*HYPERLINK\s+(?!\\l)"?([^\s"]+)/i.exec(instruction ?? '')?.[1];
}
