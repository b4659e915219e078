/** Opens what hides a match of the find bar: a folded card, the collapsed lines of an excerpt. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Sent to the element of a match, from which it bubbles up. */
const uncoverEvent = 'uncover';

/** Asks everything around an element to show it. Returns whether something was opened, which the next frame draws. */
export function uncover(element: Element): boolean {
  const closed = closedDetails(element);
  for (const details of closed) details.open = true;
  const event = new Event(uncoverEvent, { bubbles: true, cancelable: true });
  return !element.dispatchEvent(event) || closed.length > 0;
}

/** The outermost element that is shown in place of a folded one around an element; undefined if nothing is folded. */
export function foldAround(element: Element | null): Element | undefined {
  let outermost: Element | undefined;
  for (let inside = element, next = element; next !== null; inside = next, next = next.parentElement) {
    if (next.hasAttribute('hidden')) outermost = next.parentElement ?? undefined;
    else if (isClosed(next, inside)) outermost = next;
  }
  return outermost;
}

/** The `<details>` of an answer that hide an element. */
function closedDetails(element: Element): HTMLDetailsElement[] {
  const closed: HTMLDetailsElement[] = [];
  for (
    let inside = element, next: Element | null = element;
    next !== null;
    inside = next, next = next.parentElement
  )
    if (isClosed(next, inside)) closed.push(next);
  return closed;
}

/** Whether an element is closed `<details>` and hides a child: its summary is always shown. */
function isClosed(element: Element, child: Element | null): element is HTMLDetailsElement {
  return element instanceof HTMLDetailsElement && !element.open && child?.tagName !== 'SUMMARY';
}

/** `open` is called when an element inside is to be seen; it returns whether there was something to open. */
export function useUncover(outside: RefObject<HTMLElement | null>, open: () => boolean): void {
  const newest = useRef(open);
  newest.current = open;
  useEffect(() => {
    const element = outside.current;
    const onUncover = (event: Event) => {
      if (newest.current()) event.preventDefault();
    };
    element?.addEventListener(uncoverEvent, onUncover);
    return () => element?.removeEventListener(uncoverEvent, onUncover);
  }, [outside]);
}
