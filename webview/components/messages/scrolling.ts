/** How the list of messages keeps its place while it grows at either end. */
import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Nearer to the end than this counts as being there, in pixels. */
const endMargin = 32;

/** What is seen above a form that came, in pixels. */
const formMargin = 8;

export interface Follow {
  /** Whether the end is kept in view. */
  following: boolean;
  /** Goes to the end and stays there. */
  follow: () => void;
}

export interface FollowOptions {
  scroller: RefObject<HTMLElement | null>;
  content: RefObject<HTMLElement | null>;
  /** A new value (another thread, a message of the user's own) goes back to the end. */
  restart: string;
  /** The run that waits for the user, if one does. */
  waitingFor: string | undefined;
}

/** Keeps the end in view while the content grows, until the user scrolls up. */
export function useFollow({ scroller, content, restart, waitingFor }: FollowOptions): Follow {
  const [following, setFollowing] = useState(true);
  const active = useRef(true);

  const set = useCallback((value: boolean) => {
    active.current = value;
    setFollowing(value);
  }, []);

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element !== null && active.current) scrollToEnd(element);
  }, [scroller]);

  const follow = useCallback(() => {
    set(true);
    toEnd();
  }, [set, toEnd]);

  useLayoutEffect(follow, [follow, restart]);

  // What comes of the answers is followed again.
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
      // Where sizes change, the browser may move the content up itself; that is no wish to leave the end.
      const isSameSize = now.height === last.height && now.window === last.window;
      if (now.height - now.top - now.window < endMargin) set(true);
      else if (now.top < last.top && (wantsUp || isSameSize)) set(false);
      last = now;
    };
    const onWheel = ({ deltaY }: WheelEvent) => {
      if (deltaY !== 0) wantsUp = deltaY < 0;
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

/** A form that waits is read from its beginning, and stays where it is while it is filled in. */
function scrollToEnd(scroller: HTMLElement): void {
  const form = scroller.querySelector<HTMLElement>('.call-waiting');
  if (form === null) scroller.scrollTop = scroller.scrollHeight;
  else if (scroller.querySelector('.call:focus-within') === null) {
    const end = scroller.scrollHeight - scroller.clientHeight;
    scroller.scrollTop = Math.min(end, form.offsetTop - formMargin);
  }
}

function position({ scrollTop, scrollHeight, clientHeight }: HTMLElement) {
  return { top: scrollTop, height: scrollHeight, window: clientHeight };
}

export interface LoadOlder {
  scroller: RefObject<HTMLElement | null>;
  /** Holds the messages as its `article` children. */
  content: RefObject<HTMLElement | null>;
  /** Stands above the first message while there are older ones. */
  top: RefObject<HTMLElement | null>;
  firstId: string | undefined;
  hasOlder: boolean;
  /** Whether to ask when the top comes near. */
  asking: boolean;
  loadOlder: () => void;
}

/** Asks for older messages near the top, and keeps what is read in its place when they arrive. */
export function useLoadOlder(options: LoadOlder): void {
  const { scroller, content, top, firstId, hasOlder, asking, loadOlder } = options;
  /** The message that was the first one, and its distance from the top of the content. */
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
