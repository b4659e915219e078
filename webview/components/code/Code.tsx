import { useLayoutEffect, useRef } from 'preact/hooks';
import { hasHidden, showHidden } from '../../hiddenCharacters';
import { layoutCost, maxLayoutCost, piecesOf } from '../../markdown/layout';
import { highlight } from '../../markdown/highlight';
import { useLanguage } from './useLanguage';
import { sanitise } from '../../markdown/sanitise';
import { runTimeSliced } from './timeSlicing';
import './Code.css';

export interface CodeProps {
  code: string;
  /** The language named after the fence, or empty. */
  language: string;
  /** More code will follow. */
  growing: boolean;
}

/** Highlighted code; to be placed in a `pre`. */
export function Code({ code, language, growing }: CodeProps) {
  const element = useRef<HTMLElement>(null);
  const hasLanguage = useLanguage(language);
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
  }, [code, language, growing, hasLanguage]);
  return <code class="code" ref={element} />;
}

/** A piece of code that is slow to lay out, whose lines are wrapped. */
function pieceElement(text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = 'code-piece';
  element.textContent = text;
  return element;
}

/** Appends to code without highlighting in place, so that the cost does not grow with its length. */
function show(element: HTMLElement, code: string, html: string | undefined): void {
  const isMarked = hasHidden(code);
  const isSlow = html === undefined && layoutCost(code) > maxLayoutCost;
  if (html !== undefined || isMarked || isSlow) {
    if (isSlow) element.replaceChildren(...piecesOf(code).map(pieceElement));
    else element.replaceChildren(html === undefined ? code : sanitise(html));
    if (isMarked) showHidden(element);
    return;
  }
  const [text] = element.childNodes;
  const isPlain = text instanceof Text && element.childNodes.length === 1;
  if (isPlain && code.startsWith(text.data)) text.appendData(code.slice(text.length));
  else element.textContent = code;
}
