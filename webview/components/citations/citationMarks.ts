/** Draws the marks of an answer as the numbers of what they cite. */
import type { CitedPassage, CitedPassages } from './citations';
import { visible } from '../../hiddenCharacters';
import { citationClass } from '../../markdown/citationRule';

/** The class of a number that opens its passage. */
const linkClass = 'citation-link';

export interface MarkContext {
  cited: CitedPassages;
  /** More text will follow, and what its marks cite is not known yet. */
  growing: boolean;
  label: (passage: CitedPassage) => string;
}

/** Keeps the marks below an element as they were written, whatever is drawn in their places. */
export function keepMarks(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement>(`span.${citationClass}`)) {
    place.dataset['mark'] = place.textContent;
  }
}

/** The event by which what draws a part of an answer later has its marks drawn. */
export const marksEvent = 'marks';

/** Has the marks below an element drawn, which came there after the rest of its message. */
export function redrawMarks(element: Element): void {
  element.dispatchEvent(new Event(marksEvent, { bubbles: true }));
}

/** Draws all marks below an element; those that cite nothing are shown as they were written. */
export function drawMarks(root: Element, { cited, growing, label }: MarkContext): void {
  const awaited = new Map<string, number>();
  for (const place of root.querySelectorAll<HTMLElement>(`span.${citationClass}`)) {
    const mark = place.dataset['mark'] ?? '';
    const passage = cited.get(mark);
    if (passage !== undefined) drawLink(place, passage, label(passage));
    else if (growing) {
      const key = mark.slice(0, mark.indexOf('†'));
      awaited.set(key, awaited.get(key) ?? awaited.size + 1);
      drawText(place, `[${awaited.get(key)}]`, true);
    } else drawText(place, visible(mark), false);
  }
}

/** The passage of the number that an event is about. */
export function linkOf(event: Event): HTMLElement | undefined {
  const target = event.target instanceof Element ? event.target : undefined;
  return target?.closest<HTMLElement>(`button.${linkClass}`) ?? undefined;
}

/** The mark that a number stands for. */
export function markOf(link: Element): string {
  return link.parentElement?.dataset['mark'] ?? '';
}

function drawLink(place: HTMLElement, { number }: CitedPassage, label: string): void {
  const words = `[${number}]`;
  let link = place.firstElementChild;
  if (link?.textContent !== words) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = linkClass;
    button.textContent = words;
    place.replaceChildren(button);
    link = button;
  }
  place.classList.add('citation-number');
  if (link.getAttribute('aria-label') !== label) link.setAttribute('aria-label', label);
}

function drawText(place: HTMLElement, words: string, isNumber: boolean): void {
  place.classList.toggle('citation-number', isNumber);
  if (place.textContent !== words || place.childElementCount > 0) place.textContent = words;
}
