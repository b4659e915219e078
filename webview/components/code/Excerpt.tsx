import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { useUncover } from '../find/uncover';
import { Code } from './Code';
import { TextButton } from '../ui/TextButton';
import './Excerpt.css';

/** Maximum number of characters rendered; the call's document has the whole text. */
const maxExcerptLength = 20_000;

/** Whether an excerpt omits part of the text even when expanded. */
export function isTruncated(text: string): boolean {
  return text.length > maxExcerptLength;
}

export interface ExcerptProps {
  /** The accessible name. */
  label: string;
  text: string;
  /** The language; empty for plain text, whose long lines are wrapped. */
  language: string;
  growing: boolean;
  /** Whether to show the end instead of the beginning. */
  fromEnd: boolean;
}

/** The first or last lines of a text, which can be expanded. */
export function Excerpt({ label, text, language, growing, fromEnd }: ExcerptProps) {
  const { strings } = usePanel();
  const [expanded, setExpanded] = useState(false);
  const { element, overflows } = useOverflow(text, expanded, fromEnd);
  useUncover(element, () => {
    const box = element.current;
    const isClipped = box !== null && !expanded && box.scrollHeight > box.clientHeight + 1;
    if (isClipped) setExpanded(true);
    return isClipped;
  });
  const cut = isTruncated(text);
  const shown = cut ? (fromEnd ? text.slice(-maxExcerptLength) : text.slice(0, maxExcerptLength)) : text;

  return (
    <div class="excerpt">
      <pre
        ref={element}
        class={`${language === '' ? 'excerpt-text' : ''} ${expanded ? '' : 'excerpt-collapsed'}`}
        role="group"
        aria-label={label}
      >
        <Code code={shown.replace(/\n+$/, '')} language={language} growing={growing} />
      </pre>
      {(overflows || expanded || cut) && (
        <div class="excerpt-foot">
          {(overflows || expanded) && (
            <TextButton expanded={expanded} onClick={() => setExpanded(!expanded)}>
              {expanded ? strings.showLess : strings.showAll}
            </TextButton>
          )}
          {cut && <span>{fromEnd ? strings.beginningCut : strings.endCut}</span>}
        </div>
      )}
    </div>
  );
}

/** Scrolls a collapsed excerpt to its end if `fromEnd`, and measures whether it overflows. */
function useOverflow(text: string, expanded: boolean, fromEnd: boolean) {
  const element = useRef<HTMLPreElement>(null);
  const [overflows, setOverflows] = useState(false);
  useLayoutEffect(() => {
    const box = element.current;
    if (box === null) return undefined;
    const measure = () => {
      if (!expanded) setOverflows(box.scrollHeight > box.clientHeight + 1);
      if (!expanded) box.scrollTop = fromEnd ? box.scrollHeight : 0;
    };
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(box);
    return () => sizes.disconnect();
  }, [text, expanded, fromEnd]);
  return { element, overflows };
}
