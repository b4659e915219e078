/** The web pages that a message cites, and the numbers in its text that refer to them. */
import type { Message } from 'openai/resources/beta/threads/messages';
import { isUrlCitation } from '../../../src/protocol/text/urlCitations';
import { visible } from '../../hiddenCharacters';

export interface WebSource {
  url: string;
  /** The page's title and host. */
  name: string;
  /** The mark in the text that refers to it, `[1]`; undefined if there is none. */
  mark?: string;
}

const mark = /\[\d{1,3}\]/g;

/** The class of a number that opens a web page. */
const linkClass = 'web-citation';

/** The web pages that a message cites, each once, in their order. */
export function webSources({ content }: Message): WebSource[] {
  const sources = new Map<string, WebSource>();
  for (const part of content) {
    if (part.type !== 'text') continue;
    for (const annotation of part.text.annotations as readonly unknown[]) {
      if (!isUrlCitation(annotation)) continue;
      const { url, title, text } = annotation;
      const isMark = /^\[\d{1,3}\]$/.test(text);
      // Two numbers may refer to the same page.
      const key = `${isMark ? text : ''} ${url}`;
      if (!sources.has(key))
        sources.set(key, { url, name: nameOf(url, title), ...(isMark && { mark: text }) });
    }
  }
  const numbered = new Set([...sources.values()].filter((source) => source.mark).map(({ url }) => url));
  return [...sources.values()].filter((source) => source.mark !== undefined || !numbered.has(source.url));
}

/** The host is always shown: a title may be that of another page. */
function nameOf(url: string, title = ''): string {
  const host = new URL(url).host.replace(/^www\./, '');
  const words = title.trim();
  return visible(words === '' || words === host ? host : `${words} (${host})`);
}

/** Makes links of the numbers below an element that refer to web pages, except in code, formulas and links. */
export function drawWebMarks(
  root: Element,
  sources: readonly WebSource[],
  label: (source: WebSource) => string,
): void {
  const byMark = new Map(sources.map((source) => [source.mark, source]));
  for (const text of marked(root)) {
    const pieces: (string | Node)[] = [];
    let end = 0;
    for (const { 0: found, index } of text.data.matchAll(mark)) {
      const source = byMark.get(found);
      if (source === undefined) continue;
      pieces.push(text.data.slice(end, index), linkTo(source, found, label(source)));
      end = index + found.length;
    }
    if (end > 0) text.replaceWith(...pieces, text.data.slice(end));
  }
}

function marked(root: Element): Text[] {
  const found: Text[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!(node instanceof Text) || node.data.search(mark) < 0) continue;
    const parent = node.parentElement;
    if (parent?.closest('.markdown-block') && !parent.closest('a, button, code, pre, math, .citation'))
      found.push(node);
  }
  return found;
}

function linkTo({ url }: WebSource, words: string, label: string): HTMLAnchorElement {
  const link = document.createElement('a');
  link.href = url;
  link.className = linkClass;
  link.title = url;
  link.textContent = words;
  link.setAttribute('aria-label', label);
  return link;
}
