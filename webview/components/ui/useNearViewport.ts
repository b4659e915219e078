import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/**
 * Calls `onNear` when an element comes near the visible part of the conversation. `wanted` identifies
 * what is to be loaded then; undefined if nothing is.
 */
export function useNearViewport(
  element: RefObject<Element | null>,
  wanted: string | undefined,
  onNear: () => void,
): void {
  useEffect(() => {
    if (wanted === undefined || element.current === null) return undefined;
    const near = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) onNear();
      },
      // With the page as the root, the scrolling list would clip the margin.
      { root: element.current.closest('.message-scroller'), rootMargin: '600px' },
    );
    near.observe(element.current);
    return () => near.disconnect();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `wanted` identifies what `onNear` loads
  }, [wanted]);
}
