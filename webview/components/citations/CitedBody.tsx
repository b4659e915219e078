import type { Message } from 'openai/resources/beta/threads/messages';
import type { ComponentChildren } from 'preact';
import { useContext, useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { citedName, hasMarks, placeInWords, type CitedPassage, type CitedPassages } from './citations';
import { Citations, fill, usePanel } from '../../context';
import { CitationCard } from './CitationCard';
import { drawMarks, linkOf, markOf, marksEvent } from './citationMarks';
import { drawWebMarks, type WebSource } from './webCitations';
import { useNearViewport } from '../ui/useNearViewport';
import './Citations.css';

/** Milliseconds until the card closes once the pointer has left: it may be moving to the card. */
const grace = 200;

export interface CitedBodyProps {
  message: Message;
  cited: CitedPassages;
  /** The web pages that it is based on. */
  web: readonly WebSource[];
  children: ComponentChildren;
}

/** A message's content with its citations as numbers; each shows its passage and opens it on a click. */
export function CitedBody({ message, cited, web, children }: CitedBodyProps) {
  const { panel, strings } = usePanel();
  const known = useContext(Citations).get(message.id);
  const root = useRef<HTMLDivElement>(null);
  const isDrawn = useRef(false);
  const cardId = useId();
  const [anchor, setAnchor] = useState<HTMLElement | undefined>(undefined);
  const leaving = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(leaving.current), []);

  const growing = message.status === 'in_progress';
  const isWanted = cited.size > 0 && !growing && known === undefined;
  useNearViewport(root, isWanted ? message.id : undefined, () => panel.needCitations(message.id));

  const placeOf = (passage: CitedPassage): string => {
    const citation = known?.[passage.index];
    return placeInWords(citedName(passage, citation), citation ?? {}, strings);
  };

  // After each render: the children may have rendered the marks again.
  useLayoutEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    const draw = () => {
      if (web.length > 0) {
        drawWebMarks(element, web, ({ mark = '', name }) => fill(strings.citation, mark.slice(1, -1), name));
      }
      if (!(cited.size > 0 || (growing && hasMarks(message)) || isDrawn.current)) return;
      isDrawn.current = true;
      const label = (passage: CitedPassage) =>
        fill(strings.citation, String(passage.number), placeOf(passage));
      drawMarks(element, { cited, growing, label });
    };
    draw();
    element.addEventListener(marksEvent, draw);
    return () => element.removeEventListener(marksEvent, draw);
  });

  function show(link: HTMLElement | undefined): void {
    clearTimeout(leaving.current);
    setAnchor(link);
  }
  function leave(): void {
    clearTimeout(leaving.current);
    leaving.current = setTimeout(() => setAnchor(undefined), grace);
  }
  function onMouseOver(event: MouseEvent): void {
    const link = linkOf(event);
    if (link !== undefined) show(link);
    else if (event.target instanceof Element && event.target.closest('.citation-card') !== null) {
      clearTimeout(leaving.current);
    } else if (anchor !== undefined) leave();
  }
  function onFocusIn(event: FocusEvent): void {
    const link = linkOf(event);
    if (link?.matches(':focus-visible')) show(link);
  }
  function onClick(event: MouseEvent): void {
    const link = linkOf(event);
    const passage = link && cited.get(markOf(link));
    if (passage === undefined) return;
    show(undefined);
    panel.post({ type: 'openCitation', messageId: message.id, index: passage.index });
  }

  const pointed = anchor && cited.get(markOf(anchor));
  return (
    <div
      ref={root}
      class="message-body"
      onMouseOver={onMouseOver}
      onMouseLeave={leave}
      onFocusIn={onFocusIn}
      onFocusOut={() => show(undefined)}
      onClick={onClick}
    >
      {children}
      {anchor !== undefined && pointed !== undefined && (
        <CitationCard
          id={cardId}
          anchor={anchor}
          place={placeOf(pointed)}
          citation={known?.[pointed.index]}
          isKnown={known !== undefined}
          onClose={() => show(undefined)}
        />
      )}
    </div>
  );
}
