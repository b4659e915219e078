import { fieldsOf, listOf, textOf, type Fields } from './server/json';
import type { ModelSource } from './modelProvider';

/** More pages than a message keeps are not read. */
const maxPages = 200;

/** The web pages that an answer is based on, from all the fields in which providers name them. */
export class SourceReader {
  /** `[1]` in the text refers to the first. */
  #citations: ModelSource[] = [];
  #results: ModelSource[] = [];
  /** By URL and position. */
  readonly #annotations = new Map<string, ModelSource>();

  /** Reads the fields of a response, a chunk, a message or a delta that list pages; a later list replaces an earlier one. */
  read(fields: Fields): void {
    const citations = listOf(fields['citations']).slice(0, maxPages).flatMap(pageOf);
    if (citations.length > 0) this.#citations = citations;
    this.#readResults(fields['search_results'] ?? fieldsOf(fields['search_info'])['search_results']);
    this.#readResults(fields['web_search']);
    for (const tool of listOf(fields['executed_tools']).map(fieldsOf)) {
      this.#readResults(fieldsOf(tool['search_results'])['results'] ?? tool['search_results']);
    }
    for (const annotation of listOf(fields['annotations']).map(fieldsOf)) this.annotation(annotation);
  }

  #readResults(value: unknown): void {
    const results = listOf(value).slice(0, maxPages).flatMap(pageOf);
    if (results.length > 0) this.#results = results;
  }

  /**
   * An annotation of a text; others than `url_citation` are ignored. `place` converts the provider's positions,
   * in code points, to those of the turn's text.
   */
  annotation(annotation: Fields, place = (position: number) => position): void {
    if (annotation['type'] !== 'url_citation' || this.#annotations.size >= maxPages) return;
    const cited = { ...annotation, ...fieldsOf(annotation['url_citation']) };
    const [page] = pageOf(cited);
    if (!page) return;
    const { start_index: start, end_index: end } = cited as Fields;
    const isPlaced = typeof start === 'number' && typeof end === 'number' && start >= 0 && start < end;
    const source = isPlaced ? { ...page, start: place(start), end: place(end) } : page;
    this.#annotations.set(`${source.start ?? ''} ${source.end ?? ''} ${source.url}`, source);
  }

  /** First the pages that numbers in the text refer to, in their order. */
  get sources(): ModelSource[] {
    const annotations = [...this.#annotations.values()];
    const numbered = this.#citations.length > 0 ? this.#citations : this.#results;
    const titles = new Map<string, string>();
    for (const { url, title } of [...this.#results, ...annotations]) {
      if (title !== undefined) titles.set(url, title);
    }
    const named = numbered.map(({ url, title = titles.get(url) }) => withTitle(url, title));
    const urls = new Set(numbered.map(({ url }) => url));
    return [...named, ...annotations.filter(({ url, start }) => start !== undefined || !urls.has(url))];
  }
}

/** Converts positions in code points, as providers count, to UTF-16 units. */
export function unitsOf(text: string): (codePoints: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (codePoints) => codePoints;
  const characters = [...text];
  return (codePoints) => characters.slice(0, codePoints).join('').length;
}

/** A page as a URL, or as an object with its URL; empty if it has none. */
function pageOf(value: unknown): ModelSource[] {
  if (typeof value === 'string') return value ? [{ url: value }] : [];
  const page = fieldsOf(value);
  const url = textOf(page['url']) || textOf(page['link']) || textOf(page['uri']);
  return url ? [withTitle(url, textOf(page['title']) || textOf(page['name']) || undefined)] : [];
}

function withTitle(url: string, title: string | undefined): ModelSource {
  return title === undefined ? { url } : { url, title };
}
