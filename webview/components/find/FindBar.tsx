import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fill, usePanel } from '../../context';
import { CloseIcon, DownIcon, UpIcon } from '../ui/icons';
import { IconButton } from '../ui/IconButton';
import { stopFollowing } from '../messages/scrolling';
import { findText, maxMatches } from './findText';
import './FindBar.css';

/** Opens with Ctrl+F or Cmd+F, and with the host's command; finds in all messages that are loaded. */
export function Find({ requests }: { requests: number }) {
  const { panel } = usePanel();
  const [opened, setOpened] = useState(0);
  const before = useRef<Element | null>(null);

  const open = useCallback(() => {
    if (document.querySelector('.find')?.contains(document.activeElement) !== true) {
      before.current = document.activeElement;
    }
    panel.showAllLoaded();
    setOpened((count) => count + 1);
  }, [panel]);

  const close = useCallback(() => {
    setOpened(0);
    // An element that is gone, or the page itself, must not get the focus.
    const target = before.current?.isConnected && before.current !== document.body ? before.current : null;
    const fallback = document.querySelector<HTMLElement>('.message-scroller, .text-area');
    (target instanceof HTMLElement ? target : fallback)?.focus();
  }, []);

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

  return opened === 0 ? null : <FindBar opened={opened} close={close} />;
}

interface Matches {
  ranges: readonly Range[];
  /** The index of the match that is shown; -1 if there is none. */
  current: number;
}

const none: Matches = { ranges: [], current: -1 };

/** `opened`: counts how often it was opened; each time its input gets the focus. */
function FindBar({ opened, close }: { opened: number; close: () => void }) {
  const { strings, number } = usePanel();
  const input = useRef<HTMLInputElement>(null);
  const [wanted, setWanted] = useState(selectedLine);
  const [matches, setMatches] = useState<Matches>(none);
  const found = useRef(matches);
  found.current = matches;

  useLayoutEffect(() => {
    const selected = selectedLine();
    if (selected !== '') setWanted(selected);
    input.current?.focus();
    input.current?.select();
  }, [opened]);

  // Finds again as the conversation grows, and keeps the match that is shown.
  useEffect(() => {
    const list = document.querySelector('.message-list');
    if (list === null) return setMatches(none);
    let frame = 0;
    const search = (isNew: boolean) => {
      const ranges = findText(list, wanted);
      const current = isNew ? firstInView(ranges) : sameMatch(ranges, found.current);
      setMatches({ ranges, current });
      if (isNew) reveal(ranges[current]);
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
  }, [wanted]);

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
    setMatches({ ranges, current: next });
    reveal(ranges[next]);
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
  const index = ranges.findIndex((range) => range.getBoundingClientRect().bottom >= top);
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

/** Scrolls a match into the middle of what is visible. */
function reveal(range: Range | undefined): void {
  const scroller = document.querySelector<HTMLElement>('.message-scroller');
  const element = range?.startContainer.parentElement;
  if (!range || !scroller || !element) return;
  stopFollowing(scroller);
  // First the element: what is far away has no size before it comes near.
  element.scrollIntoView({ block: 'center' });
  const { top, bottom } = scroller.getBoundingClientRect();
  const match = range.getBoundingClientRect();
  if (match.height > 0) scroller.scrollTop += (match.top + match.bottom - top - bottom) / 2;
}
