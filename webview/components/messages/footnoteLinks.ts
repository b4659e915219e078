/** The links from a text to its footnotes, and back. */
import { fill, type PanelContext } from '../../context';

/** Whether a URL leads to a footnote of the same text, or back from one. */
export function isFootnoteLink(url: string): boolean {
  return /^#footnote-(?:ref-)?[\d-]+$/.test(url);
}

/** Moves the focus to the other end of a footnote's link, within the text that the link belongs to. */
export function followFootnote(link: Element): void {
  const name = (link.getAttribute('href') ?? '').slice(1);
  const place = link.closest('.markdown')?.querySelector<HTMLElement>(`.${name}`);
  if (!place) return;
  if (!place.matches('a')) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: 'nearest' });
}

/** Names the links for tooltips and screen readers. */
export function nameFootnotes(root: ParentNode, { strings }: PanelContext): void {
  for (const link of root.querySelectorAll<HTMLElement>('.footnote-ref, .footnote-back')) {
    const isBack = link.classList.contains('footnote-back');
    const label = isBack ? strings.footnoteBack : fill(strings.footnote, link.textContent);
    link.title = label;
    link.ariaLabel = label;
  }
}
