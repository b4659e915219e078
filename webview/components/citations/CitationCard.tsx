import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Citation } from '../../../src/protocol/text/citations';
import { usePanel } from '../../context';
import { ProgressRing } from '../ui/ProgressRing';

/** Characters of a passage that the card shows. */
const maxExcerptLength = 700;

/** Pixels between the card and its anchor, and between the card and the panel's edge. */
const gap = 4;

export interface CitationCardProps {
  id: string;
  /** The citation number that it describes. */
  anchor: HTMLElement;
  /** The passage's file, and page or line. */
  place: string;
  citation: Citation | undefined;
  /** Whether the host has sent the message's citations. */
  isKnown: boolean;
  onClose: () => void;
}

/** A tooltip with the cited passage, beside the citation number. */
export function CitationCard({ id, anchor, place, citation, isKnown, onClose }: CitationCardProps) {
  const { strings } = usePanel();
  const card = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const element = card.current;
    if (element === null) return;
    if (!element.matches(':popover-open')) element.showPopover();
    moveTo(element, anchor.getBoundingClientRect());
  });
  useLayoutEffect(() => {
    anchor.setAttribute('aria-describedby', id);
    return () => anchor.removeAttribute('aria-describedby');
  }, [anchor, id]);
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    const onScroll = (event: Event) => {
      if (event.target !== card.current) onClose();
    };
    window.addEventListener('keydown', onKeyDown);
    window.addEventListener('scroll', onScroll, { capture: true });
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      window.removeEventListener('scroll', onScroll, { capture: true });
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- each `onClose` closes the same card
  }, []);

  return (
    <div ref={card} id={id} class="citation-card" role="tooltip" popover="manual">
      <div class="citation-card-place" dir="auto">
        {place}
      </div>
      <CardText citation={citation} isKnown={isKnown} missing={strings.citationUnknown} />
    </div>
  );
}

function CardText({
  citation,
  isKnown,
  missing,
}: Pick<CitationCardProps, 'citation' | 'isKnown'> & { missing: string }) {
  const { strings } = usePanel();
  if (!isKnown) {
    return (
      <div class="citation-card-note">
        <ProgressRing />
        {strings.citationLoading}
      </div>
    );
  }
  const text = citation?.text?.trim() ?? '';
  if (text === '') return <div class="citation-card-note">{missing}</div>;
  return (
    <div class="citation-card-text" dir="auto">
      {text.length > maxExcerptLength ? `${text.slice(0, maxExcerptLength)}…` : text}
    </div>
  );
}

/** Places the card below its anchor, or above it if there is more room, inside the panel. */
function moveTo(card: HTMLElement, anchor: DOMRect): void {
  const { width, height } = card.getBoundingClientRect();
  const left = Math.max(gap, Math.min(anchor.left, window.innerWidth - width - gap));
  const isBelow = anchor.bottom + gap + height <= window.innerHeight || anchor.top < height;
  const top = isBelow ? anchor.bottom + gap : anchor.top - gap - height;
  card.style.left = `${left}px`;
  card.style.top = `${Math.max(gap, top)}px`;
}
