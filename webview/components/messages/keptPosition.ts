/** Keeps the scroll position of the message list while VS Code hides the panel, which destroys its page. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Panel } from '../../panel';
import { stopFollowing } from './scrolling';

/** A message, and how many pixels its top is below that of the visible part. */
export interface KeptPosition {
  threadId: string;
  messageId: string;
  offset: number;
}

/** Pages of older messages that are loaded to come back to a message. */
const maxPages = 20;

/** Milliseconds without scrolling after which the position is stored. */
const pause = 150;

export interface PositionOptions {
  panel: Panel;
  scroller: RefObject<HTMLElement | null>;
  threadId: string | null;
  /** The end is kept in view: there is no position to keep. */
  following: boolean;
  /** The first message shown: changes when older ones come. */
  firstId: string | undefined;
  hasOlder: boolean;
}

export function usePosition({
  panel,
  scroller,
  threadId,
  following,
  firstId,
  hasOlder,
}: PositionOptions): void {
  const wanted = useRef(panel.keptPosition);
  const pages = useRef(0);

  // After useFollow has scrolled to the end.
  useLayoutEffect(() => {
    const element = scroller.current;
    const position = wanted.current;
    if (element === null || position === undefined || firstId === undefined) return undefined;
    if (position.threadId !== threadId) return void (wanted.current = undefined);
    const message = find(element, position.messageId);
    if (message === null) {
      if (hasOlder && pages.current++ < maxPages) panel.loadOlder();
      else wanted.current = undefined;
      return undefined;
    }
    wanted.current = undefined;
    stopFollowing(element);
    return moveTo(element, position);
  }, [panel, scroller, threadId, firstId, hasOlder]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || threadId === null) return undefined;
    const store = () => {
      clearTimeout(timer);
      if (wanted.current === undefined) panel.keepPosition(following ? undefined : at(element, threadId));
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onScroll = () => {
      clearTimeout(timer);
      timer = setTimeout(store, pause);
    };
    if (following) store();
    element.addEventListener('scroll', onScroll, { passive: true });
    window.addEventListener('pagehide', store);
    return () => {
      clearTimeout(timer);
      element.removeEventListener('scroll', onScroll);
      window.removeEventListener('pagehide', store);
    };
  }, [panel, scroller, threadId, following]);
}

/** Scrolls to a position, and again while the messages above get their sizes. Returns how to end that. */
export function moveTo(
  scroller: HTMLElement,
  { messageId, offset }: Pick<KeptPosition, 'messageId' | 'offset'>,
): () => void {
  const move = () => {
    const message = find(scroller, messageId);
    if (message) scroller.scrollTop += topOf(message, scroller) - offset;
  };
  move();
  const sizes = new ResizeObserver(move);
  const list = scroller.firstElementChild;
  if (list) sizes.observe(list);
  const end = () => {
    sizes.disconnect();
    for (const type of userEvents) window.removeEventListener(type, end, true);
  };
  // From then on the position is the user's.
  for (const type of userEvents) window.addEventListener(type, end, { capture: true, passive: true });
  return end;
}

const userEvents = ['wheel', 'pointerdown', 'keydown', 'touchstart'];

function at(scroller: HTMLElement, threadId: string): KeptPosition | undefined {
  const messages = [...scroller.querySelectorAll<HTMLElement>('article[data-id]')];
  const message = messages.findLast((one) => topOf(one, scroller) <= 0) ?? messages[0];
  const messageId = message?.dataset['id'];
  if (message === undefined || messageId === undefined) return undefined;
  return { threadId, messageId, offset: topOf(message, scroller) };
}

function find(scroller: HTMLElement, messageId: string): HTMLElement | null {
  return scroller.querySelector<HTMLElement>(`article[data-id="${CSS.escape(messageId)}"]`);
}

/** The top of a message, from that of the visible part. */
function topOf(message: HTMLElement, scroller: HTMLElement): number {
  return message.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
}
