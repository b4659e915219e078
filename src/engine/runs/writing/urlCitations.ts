import type { ModelSource } from '../../models/modelProvider';
import { CodeSpans } from '../../models/reasoning/codeSpans';

/**
 * A web page that a text is based on: an annotation in addition to those of the API. `text` is the part of the
 * message's text that it belongs to; empty, at the end of the text, if it belongs to all of it.
 */
export interface UrlCitation {
  type: 'url_citation';
  text: string;
  start_index: number;
  end_index: number;
  url: string;
  title?: string;
}

export const maxUrlCitations = 100;
const maxUrlLength = 2_048;
const maxTitleLength = 200;

/**
 * The annotations of a text for its sources. A source without a place is meant by the marks with its number, `[2]`
 * by those of the second.
 */
export function urlCitations(text: string, sources: readonly ModelSource[]): UrlCitation[] {
  const marks = marksIn(text);
  const first: UrlCitation[] = [];
  const further: UrlCitation[] = [];
  let number = 0;
  for (const { start, end, ...page } of sources) {
    const places = start === undefined ? (marks.get(++number) ?? []) : [[start, end ?? start] as const];
    const cited = pageOf(page);
    if (!cited) continue;
    const [place, ...more] = places.filter(([from, to]) => from < to && to <= text.length);
    first.push(citation(text, place ?? [text.length, text.length], cited));
    further.push(...more.map((one) => citation(text, one, cited)));
    if (first.length >= maxUrlCitations) break;
  }
  return [...first, ...further].slice(0, maxUrlCitations);
}

type Place = readonly [start: number, end: number];

function citation(text: string, [start, end]: Place, page: { url: string; title?: string }): UrlCitation {
  return {
    type: 'url_citation',
    text: text.slice(start, end),
    start_index: start,
    end_index: end,
    ...page,
  };
}

/** The places of numbers in brackets, `[1]`, by number; not those in code. */
function marksIn(text: string): Map<number, Place[]> {
  const marks = new Map<number, Place[]>();
  const code = new CodeSpans();
  let read = 0;
  for (const { 0: mark, 1: number, index } of text.matchAll(/\[(\d{1,3})\]/g)) {
    code.read(text.slice(read, index));
    read = index;
    if (code.inCode) continue;
    const places = marks.get(Number(number)) ?? [];
    places.push([index, index + mark.length]);
    marks.set(Number(number), places);
  }
  return marks;
}

/** A page whose URL can be opened; undefined for other URLs. */
function pageOf({ url, title }: ModelSource): { url: string; title?: string } | undefined {
  if (url.length > maxUrlLength || !/^https?:\/\/\S+$/i.test(url) || !URL.canParse(url)) return undefined;
  const line = (title ?? '')
    .slice(0, 4 * maxTitleLength)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (line === '') return { url };
  return { url, title: line.length > maxTitleLength ? `${line.slice(0, maxTitleLength - 1)}…` : line };
}
