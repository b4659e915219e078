import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/**
 * Calls back when an element comes near the part of the conversation that is seen.
 * `wanted` names what is asked for then; undefined: nothing is.
 */
export function useNearViewport(
  element: RefObject<Element | null>,
  wanted: string | undefined,
  act: () => void,
): void {
  useEffect(() => {
    if (wanted === undefined || element.current === null) return undefined;
    const near = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) act();
      },
      // The margin is one of the root: around the page it would be cut off with the list.
      { root: element.current.closest('.message-scroller'), rootMargin: '600px' },
    );
    near.observe(element.current);
    return () => near.disconnect();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the same is asked for as long as its name is the same
  }, [wanted]);
}
