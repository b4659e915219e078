/** Opens what hides a match of the find bar: a folded card, the collapsed lines of an excerpt. */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** Sent to the element of a match, from which it bubbles up. */
const uncoverEvent = 'uncover';

/** Asks everything around an element to show it. Returns whether something was opened, which the next frame draws. */
export function uncover(element: Element): boolean {
  return !element.dispatchEvent(new Event(uncoverEvent, { bubbles: true, cancelable: true }));
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
