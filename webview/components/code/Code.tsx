import { useLayoutEffect, useRef } from 'preact/hooks';
import { hasHidden, showHidden } from '../../hiddenCharacters';
import { highlight } from '../../markdown/highlight';
import { sanitise } from '../../markdown/sanitise';
import { runTimeSliced } from './timeSlicing';
import './Code.css';

export interface CodeProps {
  code: string;
  /** The word at the fence; empty where there is none. */
  language: string;
  /** More code will follow. */
  growing: boolean;
}

/** Code in its language's colours; it belongs into a `pre`. */
export function Code({ code, language, growing }: CodeProps) {
  const element = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const place = element.current;
    if (place === null) return undefined;
    let isColoured = false;
    const cancel = runTimeSliced(() => {
      isColoured = true;
      show(place, code, highlight(code, language, growing));
    });
    if (!isColoured) show(place, code, undefined);
    return cancel;
  }, [code, language, growing]);
  return <code class="code" ref={element} />;
}

/** Code without colours grows in place: that costs the same for its first line and its last. */
function show(element: HTMLElement, code: string, html: string | undefined): void {
  const isMarked = hasHidden(code);
  if (html !== undefined || isMarked) {
    element.replaceChildren(html === undefined ? code : sanitise(html));
    if (isMarked) showHidden(element);
    return;
  }
  const [text] = element.childNodes;
  const isPlain = text instanceof Text && element.childNodes.length === 1;
  if (isPlain && code.startsWith(text.data)) text.appendData(code.slice(text.length));
  else element.textContent = code;
}
