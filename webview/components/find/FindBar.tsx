import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fill, usePanel } from '../../context';
import { CloseIcon, DownIcon, UpIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import { Link } from '../ui/Link';
import { stopFollowing } from '../messages/scrolling';
import { hasOlder, type PanelState } from '../../state';
import { findText, maxMatches } from './findText';
import { foldAround, uncover } from './uncover';
import './FindBar.css';

interface FindProps {
  state: PanelState;
  /** Called when the find bar opens and closes. */
  onToggle: (isOpen: boolean) => void;
}

/** Opens with Ctrl+F or Cmd+F, and with the host's command; finds in all messages that are loaded. */
export function Find({ state, onToggle }: FindProps) {
  const { panel } = usePanel();
  const { findRequests: requests } = state;
  const [opened, setOpened] = useState(0);
  const before = useRef<Element | null>(null);

  const open = useCallback(() => {
    if (document.querySelector('.find')?.contains(document.activeElement) !== true) {
      before.current = document.activeElement;
    }
    panel.showAllLoaded();
    setOpened((count) => count + 1);
    onToggle(true);
  }, [panel, onToggle]);

  const close = useCallback(() => {
    setOpened(0);
    onToggle(false);
    // An element that is gone, or the page itself, must not get the focus.
    const target = before.current?.isConnected && before.current !== document.body ? before.current : null;
    const fallback = document.querySelector<HTMLElement>('.message-scroller, .text-area');
    (target instanceof HTMLElement ? target : fallback)?.focus();
  }, [onToggle]);

  useEffect(() => {
    if (requests > 0) open();
  }, [requests, open]);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isFind = event.key.toLowerCase() === 'f' && event.ctrlKey !== event.metaKey;
      if (!isFind || event.altKey || event.shiftKey) return;
      // VS Code would open the find widget of an editor.
      event.preventDefault();
      event.stopPropagation();
      open();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [open]);

  return opened === 0 ? null : <FindBar opened={opened} state={state} close={close} />;
}

interface Matches {
  ranges: readonly Range[];
  /** The index of the match that is shown; -1 if there is none. */
  current: number;
}

const none: Matches = { ranges: [], current: -1 };

interface FindBarProps {
  /** Counts how often it was opened; each time its input gets the focus. */
  opened: number;
  state: PanelState;
  close: () => void;
}

function FindBar({ opened, state, close }: FindBarProps) {
  const { panel, strings, number } = usePanel();
  const input = useRef<HTMLInputElement>(null);
  const [wanted, setWanted] = useState(selectedLine);
  const [matches, setMatches] = useState<Matches>(none);
  const found = useRef(matches);
  found.current = matches;
  /** The number of matches before earlier messages were asked for; they are loaded until there is one more. */
  const countBefore = useRef<number | undefined>(undefined);
  /** The state that is drawn; the panel's own may be ahead of it. */
  const drawn = useRef(state);
  useLayoutEffect(() => {
    drawn.current = state;
  }, [state]);

  useLayoutEffect(() => {
    const selected = selectedLine();
    if (selected !== '') setWanted(selected);
    input.current?.focus();
    input.current?.select();
  }, [opened]);

  const shownMatch = useCallback(() => found.current.ranges[found.current.current], []);
  const show = useCallback((next: Matches) => {
    found.current = next;
    setMatches(next);
  }, []);

  // Finds again as the conversation grows, and keeps the match that is shown.
  useEffect(() => {
    const list = document.querySelector('.message-list');
    if (list === null) return show(none);
    let frame = 0;
    countBefore.current = undefined;
    const search = (isNew: boolean) => {
      const ranges = findText(list, wanted);
      const isEarlier = countBefore.current !== undefined && ranges.length > countBefore.current;
      const current = isNew
        ? firstInView(ranges)
        : isEarlier
          ? ranges.length - countBefore.current! - 1
          : sameMatch(ranges, found.current);
      show({ ranges, current });
      if (isNew || isEarlier) reveal(shownMatch);
      if (countBefore.current === undefined || drawn.current.loadingOlder) return;
      if (isEarlier || drawn.current.olderFailed || !hasOlder(drawn.current)) countBefore.current = undefined;
      else panel.loadOlder();
    };
    search(true);
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => search(false));
    });
    observer.observe(list, { childList: true, characterData: true, subtree: true });
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [panel, show, shownMatch, wanted]);

  useLayoutEffect(() => {
    const shown = matches.ranges[matches.current];
    CSS.highlights.set('find-match', new Highlight(...matches.ranges));
    CSS.highlights.set('find-current', new Highlight(...(shown ? [shown] : [])));
  }, [matches]);
  useLayoutEffect(
    () => () => {
      CSS.highlights.delete('find-match');
      CSS.highlights.delete('find-current');
    },
    [],
  );

  function go(step: 1 | -1): void {
    const { ranges, current } = matches;
    if (ranges.length === 0) return;
    const next = (current + step + ranges.length) % ranges.length;
    show({ ranges, current: next });
    reveal(shownMatch);
  }

  function searchEarlier(): void {
    countBefore.current = wanted === '' ? undefined : matches.ranges.length;
    panel.loadOlder();
    // The button may be about to go.
    input.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape') close();
    else if (event.key === 'F3' || (event.key === 'Enter' && event.target === input.current)) {
      if (event.isComposing) return;
      go(event.shiftKey ? -1 : 1);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const count = matches.ranges.length;
  const all = count === maxMatches ? `${number(count)}+` : number(count);
  const words = count === 0 ? strings.findNothing : fill(strings.findCount, number(matches.current + 1), all);
  return (
    <div class="find" role="search" onKeyDown={onKeyDown}>
      <input
        ref={input}
        class="find-input"
        type="text"
        dir="auto"
        aria-label={strings.find}
        placeholder={strings.find}
        value={wanted}
        onInput={(event) => setWanted(event.currentTarget.value)}
      />
      <span class={count === 0 && wanted !== '' ? 'find-count find-nothing' : 'find-count'} role="status">
        {wanted === '' ? '' : words}
      </span>
      <IconButton label={strings.findPrevious} disabled={count === 0} onClick={() => go(-1)}>
        <UpIcon />
      </IconButton>
      <IconButton label={strings.findNext} disabled={count === 0} onClick={() => go(1)}>
        <DownIcon />
      </IconButton>
      <IconButton label={strings.findClose} onClick={close}>
        <CloseIcon />
      </IconButton>
      {hasOlder(state) && (
        <p class="find-older">
          {strings.findNotAll}{' '}
          {state.loadingOlder ? strings.loading : <Link onClick={searchEarlier}>{strings.loadOlder}</Link>}
        </p>
      )}
    </div>
  );
}

/** The selected text if it is a single line, or nothing. */
function selectedLine(): string {
  const text = document.getSelection()?.toString().trim() ?? '';
  return text.includes('\n') || text.length > 200 ? '' : text;
}

/** The first match that is not above the visible part, or the last one. */
function firstInView(ranges: readonly Range[]): number {
  const top = document.querySelector('.message-scroller')?.getBoundingClientRect().top ?? 0;
  const index = ranges.findIndex((range) => boxOf(range).bottom >= top);
  return index >= 0 ? index : ranges.length - 1;
}

/** The match at the same place as before, or else the one with the same number. */
function sameMatch(ranges: readonly Range[], before: Matches): number {
  const shown = before.ranges[before.current];
  const index = ranges.findIndex(
    (range) => range.startContainer === shown?.startContainer && range.startOffset === shown.startOffset,
  );
  return index >= 0 ? index : Math.min(Math.max(before.current, 0), ranges.length - 1);
}

/** The place of a match, or of what hides it. */
function boxOf(range: Range): DOMRect {
  return (foldAround(range.startContainer.parentElement) ?? range).getBoundingClientRect();
}

/** Opens what hides a match, and scrolls it into the middle of what is visible; `match`: its range by now. */
function reveal(match: () => Range | undefined): void {
  const range = match();
  const scroller = document.querySelector<HTMLElement>('.message-scroller');
  const element = range?.startContainer.parentElement;
  if (!range || !scroller || !element) return;
  stopFollowing(scroller);
  if (uncover(element)) requestAnimationFrame(() => reveal(match));
  // First the element: what is far away has no size before it comes near.
  element.scrollIntoView({ block: 'center' });
  for (let outside: Element | null = element; outside !== null; outside = outside.parentElement) {
    scrollTo(range, outside);
    if (outside === scroller) break;
  }
}

/** Scrolls one element around a match, if it can be scrolled: up and down to the middle, sideways if need be. */
function scrollTo(range: Range, scroller: Element): void {
  const { overflowX, overflowY } = getComputedStyle(scroller);
  const { top, bottom, left, right } = scroller.getBoundingClientRect();
  const box = range.getBoundingClientRect();
  if (box.height === 0) return;
  if (isScrolling(overflowY)) scroller.scrollTop += (box.top + box.bottom - top - bottom) / 2;
  const isOutside = box.left < left || box.right > right;
  if (isScrolling(overflowX) && isOutside) scroller.scrollLeft += (box.left + box.right - left - right) / 2;
}

function isScrolling(overflow: string): boolean {
  return overflow === 'auto' || overflow === 'scroll';
}
