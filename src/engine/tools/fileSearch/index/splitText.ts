import type { Chunk } from '../../../store/chunk';
import { lazy } from '../../../lazy';
import type { ChunkingOptions, ReadDocument } from '../searchTypes';
import { notDivided } from './dividedWords';

/** Chunks are measured in quarters of a token: a letter counts one, a CJK character four. */
const quarters = 4;
/** A chunk may end early, and an overlap start late, by this share of its length to reach a good break. */
const slack = 0.25;

/** Ends of paragraphs, lines, sentences and words, best first. A chunk is cut after the match. */
const breakPatterns = lazy(() => [
  new RegExp(`${notDivided}\\n\\s*\\n`, 'gu'),
  new RegExp(`${notDivided}\\n`, 'gu'),
  /[.!?…]["')\]]*\s|[。！？；．]["”’」』）]*/g,
  new RegExp(`${notDivided}\\s|[，、,;:]`, 'gu'),
]);

/**
 * Cuts a document into passages of about `maxTokens` (estimated: four letters, or one character of
 * Chinese, Japanese or Korean, per token), which start and end at paragraphs, lines or sentences where
 * possible. White space around a passage is trimmed. Throws RangeError on an overlap of more than half.
 */
export function chunkDocument(document: ReadDocument, options: ChunkingOptions): Chunk[] {
  return [...cutDocument(document, options)];
}

/** The same as a generator, so that the caller can do other work in between. */
export function* cutDocument(
  { text, pages = [] }: ReadDocument,
  options: ChunkingOptions,
): Generator<Chunk, void> {
  const { maxTokens, overlapTokens } = options;
  if (!(maxTokens >= 1 && overlapTokens >= 0 && overlapTokens * 2 <= maxTokens)) {
    throw new RangeError(
      `A chunk cannot have ${maxTokens} tokens and overlap the next by ${overlapTokens}: at most half of it may.`,
    );
  }
  const position = new PositionTracker(text, pages);
  let start = skipSpace(text, 0);
  while (start < text.length) {
    const limit = forward(text, start, maxTokens);
    const end =
      limit === text.length ? limit : endBefore(text, limit, forward(text, start, maxTokens * (1 - slack)));
    const last = start + text.slice(start, end).trimEnd().length;
    yield { text: text.slice(start, last), start, end: last, ...position.at(start) };
    if (skipSpace(text, end) === text.length) break;
    start = skipSpace(text, startAfter(text, backward(text, end, overlapTokens), end, start));
  }
}

/** The best place between `earliest` and `limit` for a chunk to end. */
function endBefore(text: string, limit: number, earliest: number): number {
  const tail = text.slice(earliest, limit);
  for (const pattern of breakPatterns()) {
    const found = [...tail.matchAll(pattern)].at(-1);
    if (found) return earliest + found.index + found[0].length;
  }
  return wholeCharacter(text, limit);
}

/** The best place at or shortly after `from` for the next chunk to start; always after `before`. */
function startAfter(text: string, from: number, end: number, before: number): number {
  const head = text.slice(from, from + Math.ceil((end - from) * slack));
  for (const pattern of breakPatterns()) {
    pattern.lastIndex = 0;
    const found = pattern.exec(head);
    if (found) return from + found.index + found[0].length;
  }
  const whole = wholeCharacter(text, from);
  return whole > before ? whole : before + String.fromCodePoint(text.codePointAt(before)!).length;
}

/** The offset that many tokens after `from`. */
function forward(text: string, from: number, tokens: number): number {
  let left = Math.floor(tokens * quarters);
  let at = from;
  if (isNarrow(text, from, from + left)) return Math.min(from + Math.max(left, 2), text.length);
  while (at < text.length && (left -= cost(text.charCodeAt(at))) >= 0) at++;
  return Math.max(at, Math.min(from + 2, text.length));
}

/** The offset that many tokens before `from`. */
function backward(text: string, from: number, tokens: number): number {
  let left = tokens * quarters;
  let at = from;
  if (isNarrow(text, from - left, from)) return Math.max(0, from - left);
  while (at > 0 && (left -= cost(text.charCodeAt(at - 1))) >= 0) at--;
  return at;
}

/** Whether the characters from one offset to another cost one quarter each. */
function isNarrow(text: string, from: number, to: number): boolean {
  return !wide.test(text.slice(Math.max(0, from), to));
}

const wide = /[\u3040-\uffff]/;

function cost(unit: number): number {
  // Kana, Han and Hangul count one token; so does a surrogate pair, as of rarer Han.
  if (unit < 0x3040) return 1;
  if (unit >= 0xd800 && unit <= 0xdfff) return 2;
  return (unit <= 0x9fff && unit !== 0x303f) || (unit >= 0xac00 && unit <= 0xd7af) ? quarters : 1;
}

/** Moves an offset out of the middle of a surrogate pair. */
function wholeCharacter(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff && at > 0 ? at - 1 : at;
}

function skipSpace(text: string, from: number): number {
  const pattern = /\S/g;
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** Finds the line and page of offsets, which must be queried in ascending order. */
class PositionTracker {
  #line = 1;
  #counted = 0;
  #page = 0;

  constructor(
    private readonly text: string,
    private readonly pages: NonNullable<ReadDocument['pages']>,
  ) {}

  at(offset: number): { line: number; page?: number } {
    for (
      let next = this.text.indexOf('\n', this.#counted);
      next !== -1 && next < offset;
      next = this.text.indexOf('\n', this.#counted)
    ) {
      this.#line++;
      this.#counted = next + 1;
    }
    while ((this.pages[this.#page]?.start ?? Infinity) <= offset) this.#page++;
    const page = this.pages[this.#page - 1]?.number;
    return { line: this.#line, ...(page !== undefined && { page }) };
  }
}
