import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Scrolls an element of a list that has little room into sight once that is wanted. */
export function useInSight(element: RefObject<HTMLElement | null>, isWanted: boolean): void {
  useLayoutEffect(() => {
    if (isWanted) element.current?.scrollIntoView({ block: 'nearest' });
  }, [element, isWanted]);
}
