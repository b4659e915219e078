/** Replaces the citation marks of an answer with the numbers of the passages. */
import type { CitedPassage, CitedPassages } from './citations';
import { visible } from '../../hiddenCharacters';
import { citationClass } from '../../markdown/citationRule';

/** The class of a number that opens a passage. */
const linkClass = 'citation-link';

export interface MarkContext {
  cited: CitedPassages;
  /** More text will follow; annotations for its marks have not arrived yet. */
  growing: boolean;
  label: (passage: CitedPassage) => string;
}

/** Stores the source text of each mark below an element, before `drawMarks` replaces it. */
export function storeMarks(root: ParentNode): void {
  for (const place of root.querySelectorAll<HTMLElement>(`span.${citationClass}`)) {
    place.dataset['mark'] = place.textContent;
  }
}

/** Sent by an element whose part of an answer was drawn after the rest of its message. */
export const marksEvent = 'marks';

/** Requests that the marks below an element are drawn, which was added after the rest of its message. */
export function redrawMarks(element: Element): void {
  element.dispatchEvent(new Event(marksEvent, { bubbles: true }));
}

/** Replaces all marks below an element with numbers; those without an annotation stay text. */
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

/** The citation number that an event targets. */
export function linkOf(event: Event): HTMLElement | undefined {
  const target = event.target instanceof Element ? event.target : undefined;
  return target?.closest<HTMLElement>(`button.${linkClass}`) ?? undefined;
}

/** The source text of a number's mark. */
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
