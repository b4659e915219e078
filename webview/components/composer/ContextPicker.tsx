import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { contextSources, type ContextChoice, type ContextSource } from '../../../src/protocol/context';
import { fill, usePanel } from '../../context';
import { ContextIcon } from '../files/ContextIcon';
import { displayName } from '../files/fileNames';
import { inputIn } from './composerInput';
import { queryAt, withoutQuery, type ContextQuery } from './contextQuery';
import './ContextPicker.css';

type Found = Partial<Record<ContextSource, readonly ContextChoice[]>>;

/** Offers context for the message when `#` is typed into the text area that it is put around. */
export function ContextPicker({ children }: { children: ComponentChildren }) {
  const { panel, strings } = usePanel();
  const listId = useId();
  const root = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState<ContextQuery>();
  const [found, setFound] = useState<Found>({});
  const [activeId, setActiveId] = useState<string>();
  /** Where the `#` stands whose suggestions were closed. */
  const dismissed = useRef<number>(undefined);

  const words = query?.query;
  useEffect(() => {
    if (words === undefined) return setFound({});
    let isCurrent = true;
    for (const source of contextSources) {
      void panel.findContext(source, words).then((choices) => {
        if (isCurrent) setFound((before) => ({ ...before, [source]: choices }));
      });
    }
    setActiveId(undefined);
    return () => void (isCurrent = false);
  }, [words, panel]);

  const choices = query === undefined ? [] : listOf(found);
  const isOpen = choices.length > 0;
  const active = choices.find(({ id }) => id === activeId) ?? choices[0];
  const optionId = (choice: ContextChoice) => `${listId}-${choice.id}`;

  // The text area is in a shadow tree, from which an id would lead nowhere.
  useLayoutEffect(() => {
    const input = inputIn(root.current);
    if (input === null) return;
    const list = root.current?.querySelector('.context-choices') ?? null;
    const option = list?.querySelector('[aria-selected="true"]') ?? null;
    input.setAttribute('aria-autocomplete', 'list');
    input.ariaControlsElements = list ? [list] : null;
    input.ariaActiveDescendantElement = option;
    option?.scrollIntoView({ block: 'nearest' });
  });

  /** Looks whether the cursor stands behind a `#`. */
  function look(): void {
    const input = inputIn(root.current);
    if (input === null) return;
    const isCursor = input.selectionStart === input.selectionEnd;
    const next = isCursor ? queryAt(input.value, input.selectionStart) : undefined;
    if (next?.start !== dismissed.current) dismissed.current = undefined;
    const isWanted = next !== undefined && dismissed.current === undefined;
    setQuery((before) => (isWanted ? (isSame(before, next) ? before : next) : undefined));
  }

  function close(): void {
    dismissed.current = query?.start;
    setQuery(undefined);
  }

  function choose({ id }: ContextChoice): void {
    const input = inputIn(root.current);
    if (input === null || query === undefined) return;
    const { text, cursor } = withoutQuery(input.value, query);
    // The key that has chosen is released while the text area still has the old text.
    close();
    panel.type(text);
    panel.addContext(id);
    // Once the text is in the text area.
    requestAnimationFrame(() => {
      dismissed.current = undefined;
      input.focus();
      input.setSelectionRange(cursor, cursor);
    });
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (!isOpen || active === undefined || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      const index = choices.indexOf(active) + step;
      setActiveId(choices.at(index % choices.length)?.id);
    } else if (event.key === 'Enter' || event.key === 'Tab') choose(active);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div
      ref={root}
      class="context-picker"
      onKeyDownCapture={onKeyDown}
      onKeyUp={look}
      onInput={look}
      onClick={look}
      onFocusOut={() => setQuery(undefined)}
    >
      {isOpen && (
        <ul id={listId} class="context-choices" role="listbox" aria-label={strings.contextChoices}>
          {choices.map((choice) => (
            <li
              key={choice.id}
              id={optionId(choice)}
              class="context-choice"
              role="option"
              aria-selected={choice === active}
              title={displayName(choice.detail)}
              // The text area keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={(event) => {
                event.stopPropagation();
                choose(choice);
              }}
            >
              <ContextIcon kind={choice.kind} />
              <bdi class="context-choice-label">{displayName(choice.label)}</bdi>
              <bdi class="context-choice-detail">{detailOf(choice)}</bdi>
            </li>
          ))}
        </ul>
      )}
      {children}
      <div class="visually-hidden" role="status">
        {isOpen && fill(strings.contextChoicesFound, String(choices.length))}
      </div>
    </div>
  );
}

/** All suggestions, in the order of their sources; each place once. */
function listOf(found: Found): ContextChoice[] {
  const byPlace = new Map<string, ContextChoice>();
  for (const choice of contextSources.flatMap((source) => found[source] ?? [])) {
    const place = `${choice.kind} ${choice.label} ${choice.detail}`;
    if (!byPlace.has(place)) byPlace.set(place, choice);
  }
  return [...byPlace.values()];
}

function detailOf({ label, detail }: ContextChoice): string {
  return label === detail ? '' : displayName(detail);
}

function isSame(one: ContextQuery | undefined, other: ContextQuery): boolean {
  return one?.query === other.query && one.start === other.start && one.end === other.end;
}
