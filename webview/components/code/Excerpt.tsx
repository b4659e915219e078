import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { usePanel } from '../../context';
import { Code } from './Code';
import { TextButton } from '../ui/TextButton';
import './Excerpt.css';

/** Characters put into the page; the document beside it holds all of them. */
const maxExcerptLength = 20_000;

/** Whether an excerpt does not hold the whole text, even when all of it is asked for. */
export function isTruncated(text: string): boolean {
  return text.length > maxExcerptLength;
}

export interface ExcerptProps {
  /** What it is, for a screen reader. */
  label: string;
  text: string;
  /** The word for its language; empty for plain text, whose long lines are broken. */
  language: string;
  growing: boolean;
  /** Whether its end says more than its beginning. */
  fromEnd: boolean;
}

/** Some lines of a text, and all of it when asked. */
export function Excerpt({ label, text, language, growing, fromEnd }: ExcerptProps) {
  const { strings } = usePanel();
  const [expanded, setExpanded] = useState(false);
  const { element, overflows } = useOverflow(text, expanded, fromEnd);
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

/** Keeps the end in view where that is wanted, and tells whether there is more than is seen. */
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
