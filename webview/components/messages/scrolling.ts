/** Scroll position of the message list while it grows at either end. */
import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Pixels from the end within which the list counts as scrolled to the end. */
const endMargin = 2;

/** Pixels shown above a form that the list scrolls to. */
const formMargin = 8;

/** Sent to the list when something else than the user's scrolling leaves the end. */
const stopEvent = 'stopfollowing';

/** Scrolls no more to the end of the list as it grows, until the user is there again. */
export function stopFollowing(scroller: HTMLElement): void {
  scroller.dispatchEvent(new Event(stopEvent));
}

export interface Follow {
  /** Whether the end is kept in view. */
  following: boolean;
  /** Scrolls to the end and keeps it in view. */
  follow: () => void;
}

export interface FollowOptions {
  scroller: RefObject<HTMLElement | null>;
  content: RefObject<HTMLElement | null>;
  /** A new value (another thread, a new message of the user) scrolls to the end again. */
  restart: string;
  /** The id of the run that waits for function outputs, if any. */
  waitingFor: string | undefined;
}

/** Keeps the end in view while the content grows, until the user scrolls up. */
export function useFollow({ scroller, content, restart, waitingFor }: FollowOptions): Follow {
  const [following, setFollowing] = useState(true);
  const active = useRef(true);
  const isWaiting = useRef(false);
  isWaiting.current = waitingFor !== undefined;

  const set = useCallback((value: boolean) => {
    active.current = value;
    setFollowing(value);
  }, []);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element !== null && active.current) scrollToEnd(element, isWaiting.current);
  }, [scroller]);

  const follow = useCallback(() => {
    set(true);
    toEnd();
  }, [set, toEnd]);

  useLayoutEffect(follow, [follow, restart]);

  useLayoutEffect(() => {
    const element = scroller.current;
    const stop = () => {
      // A list that does not scroll is always at its end.
      if (element !== null && element.scrollHeight > element.clientHeight) set(false);
    };
    element?.addEventListener(stopEvent, stop);
    return () => element?.removeEventListener(stopEvent, stop);
  }, [scroller, set]);

  // Once the outputs are submitted, follow the answer again.
  const waitedFor = useRef<string | undefined>(undefined);
  useLayoutEffect(() => {
    if (waitingFor !== waitedFor.current) (waitingFor === undefined ? follow : toEnd)();
    waitedFor.current = waitingFor;
  }, [follow, toEnd, waitingFor]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null || content.current === null) return undefined;

    let last = position(element);
    let wantsUp = false;
    const onScroll = () => {
      const now = position(element);
      // On a change of size the browser may scroll up by itself; only the user's scrolling stops following.
      const isSameSize = now.height === last.height && now.window === last.window;
      if (now.top > last.top && isSameSize) wantsUp = false;
      if (now.top < last.top && (wantsUp || isSameSize)) set(false);
      else if (!wantsUp && now.height - now.top - now.window < endMargin) set(true);
      last = now;
    };
    const onWheel = ({ deltaY, target }: WheelEvent) => {
      if (deltaY === 0) return;
      wantsUp = deltaY < 0;
      // At once: text that comes before the list has begun to scroll would take it back to the end.
      if (wantsUp && element.scrollTop > 0 && !isScrolledWithin(element, target)) set(false);
    };
    const onKeyDown = ({ key }: KeyboardEvent) => {
      if (['ArrowUp', 'PageUp', 'Home'].includes(key)) wantsUp = true;
    };
    const onScrollEnd = () => {
      wantsUp = false;
    };
    element.addEventListener('scroll', onScroll, { passive: true });
    element.addEventListener('scrollend', onScrollEnd);
    element.addEventListener('wheel', onWheel, { passive: true });
    element.addEventListener('keydown', onKeyDown);

    const sizes = new ResizeObserver(toEnd);
    sizes.observe(content.current);
    sizes.observe(element);
    return () => {
      element.removeEventListener('scroll', onScroll);
      element.removeEventListener('scrollend', onScrollEnd);
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('keydown', onKeyDown);
      sizes.disconnect();
    };
  }, [scroller, content, set, toEnd]);

  return { following, follow };
}

/** Scrolls to the end, or to the top of a form if one is waiting; not while the user is filling it in. */
function scrollToEnd(scroller: HTMLElement, isWaiting: boolean): void {
  const form = isWaiting ? scroller.querySelector<HTMLElement>('.call-waiting') : null;
  if (form === null) scroller.scrollTop = scroller.scrollHeight;
  else if (scroller.querySelector('.call:focus-within') === null) {
    const end = scroller.scrollHeight - scroller.clientHeight;
    scroller.scrollTop = Math.min(end, form.offsetTop - formMargin);
  }
}

/** Whether an element within the list, such as a long output, can scroll up itself. */
function isScrolledWithin(list: Element, target: EventTarget | null): boolean {
  let inner = target instanceof Element ? target : null;
  while (inner !== null && inner !== list) {
    if (inner.scrollTop > 0) return true;
    inner = inner.parentElement;
  }
  return false;
}

function position({ scrollTop, scrollHeight, clientHeight }: HTMLElement) {
  return { top: scrollTop, height: scrollHeight, window: clientHeight };
}

export interface LoadOlder {
  scroller: RefObject<HTMLElement | null>;
  /** The parent of the messages, which are `article` elements. */
  content: RefObject<HTMLElement | null>;
  /** The element above the first message; present while there are older ones. */
  top: RefObject<HTMLElement | null>;
  firstId: string | undefined;
  hasOlder: boolean;
  /** Whether to load older messages when the top comes near. */
  asking: boolean;
  loadOlder: () => void;
}

/** Loads older messages near the top, and keeps the scroll position when they arrive. */
export function useLoadOlder(options: LoadOlder): void {
  const { scroller, content, top, firstId, hasOlder, asking, loadOlder } = options;
  /** The first message at the last render, and its offset from the top of the content. */
  const first = useRef<{ element: HTMLElement; offset: number } | undefined>(undefined);

  useLayoutEffect(() => {
    const before = first.current;
    if (before?.element.isConnected && scroller.current !== null) {
      const growth = before.element.offsetTop - before.offset;
      if (growth > 0) scroller.current.scrollTop += growth;
    }
    const element = content.current?.querySelector<HTMLElement>(':scope > article');
    first.current = element ? { element, offset: element.offsetTop } : undefined;
  }, [scroller, content, firstId, hasOlder]);

  const load = useRef(loadOlder);
  useEffect(() => {
    load.current = loadOlder;
  });
  useEffect(() => {
    if (!asking || top.current === null) return undefined;
    const nearTop = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) load.current();
      },
      { root: scroller.current, rootMargin: '600px 0px 0px 0px' },
    );
    nearTop.observe(top.current);
    return () => nearTop.disconnect();
  }, [scroller, top, firstId, asking]);
}
