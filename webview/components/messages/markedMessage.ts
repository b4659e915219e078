/** Scrolls to the message that the host wants to show. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Panel } from '../../panel';
import type { PanelState } from '../../state';
import { moveTo } from './keptPosition';
import { stopFollowing } from './scrolling';

/** Pages of older messages that are loaded to come to a message. */
const maxPages = 100;

/** How far below the top of the list it is shown, as a share of the list's height. */
const place = 0.25;

export interface MarkedOptions {
  panel: Panel;
  scroller: RefObject<HTMLElement | null>;
  marked: PanelState['marked'];
  /** The first message shown: changes when older ones come. */
  firstId: string | undefined;
  hasOlder: boolean;
}

export function useMarked({ panel, scroller, marked, firstId, hasOlder }: MarkedOptions): void {
  const { id, request = 0 } = marked ?? {};
  const progress = useRef({ request: 0, pages: 0, isShown: false });

  // After useFollow has scrolled to the end.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || id === undefined || firstId === undefined) return undefined;
    if (progress.current.request !== request) progress.current = { request, pages: 0, isShown: false };
    if (progress.current.isShown) return undefined;
    const message = element.querySelector<HTMLElement>(`article[data-id="${CSS.escape(id)}"]`);
    if (message === null) {
      if (hasOlder && progress.current.pages++ < maxPages) panel.loadOlder();
      return undefined;
    }
    progress.current.isShown = true;
    stopFollowing(element);
    message.focus({ preventScroll: true });
    return moveTo(element, { messageId: id, offset: element.clientHeight * place });
  }, [panel, scroller, id, request, firstId, hasOlder]);
}
