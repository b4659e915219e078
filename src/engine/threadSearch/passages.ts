import { lazy } from '../lazy';
import { marksAsLetters } from '../tools/fileSearch/index/characterKinds';
import { fold, foldCase } from '../tools/fileSearch/index/fold';
import { countCodePoints } from '../text/codePoints';
import type { SearchTerm } from './searchQuery';

/** A passage of a text around what was searched for. */
export interface Passage {
  text: string;
  /** Ranges in `text`, in code points. */
  matches: { start_index: number; end_index: number }[];
}

/** Characters of a passage, and how many of them are before its first match. */
const maxLength = 200;
const lengthBefore = 60;
/** Matches that are compared to find the best place; the rest of a long text is not read. */
const maxMatches = 200;

/** A word that is searched for, folded. */
interface Word {
  text: string;
  /** Words that start with it match. */
  isOpen: boolean;
  /** Of a script without spaces: it matches inside of a run. */
  isRun: boolean;
}

interface Match {
  start: number;
  end: number;
  word: number;
}

const unspacedCharacter = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]`;
const unspaced = lazy(() => new RegExp(unspacedCharacter, 'u'));

/**
 * Words with the marks of accents and vowels and with characters without a shape, some of which are folded away; a run of
 * a script without spaces is a word of its own. Longer ones, as a text that is a single run of characters, are read in
 * pieces: they may have hundreds of thousands of matches.
 */
const wordPattern = lazy(() => {
  const character = String.raw`[\p{L}\p{N}\p{M}\p{DI}]`;
  return new RegExp(
    String.raw`[${character}--${unspacedCharacter}]{1,4096}|[${character}&&${unspacedCharacter}]{1,4096}`,
    'gv',
  );
});

/** Finds passages for one query. */
export class PassageFinder {
  readonly #words: readonly Word[];
  /** Spellings that occur again and again are folded once. */
  readonly #folded = new Map<string, string>();

  constructor(terms: readonly SearchTerm[]) {
    const words = new Map<string, Word>();
    for (const { sequences, isOpen } of terms) {
      for (const [i, { words: texts, joined, prefix }] of sequences.entries()) {
        const isLast = isOpen && i === sequences.length - 1;
        for (const [at, text] of [...texts, ...(joined === undefined ? [] : [joined])].entries()) {
          const isOpenWord = prefix || (isLast && at >= texts.length - 1);
          words.set(text, { text, isOpen: isOpenWord, isRun: unspaced().test(text) });
        }
      }
    }
    this.#words = [...words.values()];
  }

  /** The number of different words of the query in a text, and its best passage. */
  find(text: string): Passage & { found: number } {
    const matches = this.#matches(text);
    const best = bestOf(matches);
    const from = startOf(text, best?.start ?? 0);
    const to = endOf(text, from);
    const opening = from > 0 ? '…' : '';
    const shown = `${opening}${text.slice(from, to).replace(/\s/g, ' ').trimEnd()}`;
    const inside = matches.filter(({ start, end }) => start >= from && end <= to);
    const ranges = merged(inside).map(({ start, end }) => ({
      start_index: countCodePoints(shown.slice(0, opening.length + start - from)),
      end_index: countCodePoints(shown.slice(0, opening.length + end - from)),
    }));
    return {
      text: to < text.length ? `${shown}…` : shown,
      matches: ranges,
      found: new Set(matches.map(({ word }) => word)).size,
    };
  }

  #matches(text: string): Match[] {
    const found: Match[] = [];
    for (const { 0: spelling, index } of text.matchAll(wordPattern())) {
      const folded = this.#fold(spelling);
      for (const [word, searched] of this.#words.entries()) {
        for (const at of placesIn(spelling, folded, searched)) {
          // Folding can change the length, as of ß: then the whole word is marked.
          const isSame = folded.length === spelling.length;
          found.push({
            start: index + (isSame ? at : 0),
            end: index + (isSame ? at + searched.text.length : spelling.length),
            word,
          });
        }
      }
      if (found.length >= maxMatches) break;
    }
    // Those in a run are in the order of the words that are searched for.
    return found.sort((a, b) => a.start - b.start).slice(0, maxMatches);
  }

  #fold(spelling: string): string {
    let folded = this.#folded.get(spelling);
    if (folded === undefined) {
      folded = marksAsLetters(foldCase(fold(spelling)));
      if (this.#folded.size < 20_000) this.#folded.set(spelling, folded);
    }
    return folded;
  }
}

/** Where a searched word is in another: at its start, at a hump (`User` in `getUserName`), or anywhere in a run. */
function placesIn(spelling: string, folded: string, { text, isOpen, isRun }: Word): number[] {
  const places: number[] = [];
  let tries = 0;
  for (let at = folded.indexOf(text); at >= 0 && tries++ < maxMatches; at = folded.indexOf(text, at + 1)) {
    const end = at + text.length;
    const startsHere = at === 0 || isHump(spelling, at);
    const endsHere = isOpen || end === folded.length || isHump(spelling, end);
    if (isRun || (startsHere && endsHere)) places.push(at);
  }
  return places;
}

/** Whether a part of a name starts at a place. */
function isHump(spelling: string, at: number): boolean {
  const [before, after, next] = [spelling[at - 1] ?? '', spelling[at] ?? '', spelling[at + 1] ?? ''];
  // Also after an abbreviation: `HTTPServer`.
  const startsWord = /\p{Lu}/u.test(after) && (!/\p{Lu}/u.test(before) || /\p{Ll}/u.test(next));
  return startsWord || /\p{N}/u.test(before) !== /\p{N}/u.test(after);
}

/** The match from which on most of the words are near. */
function bestOf(matches: readonly Match[]): Match | undefined {
  let best: Match | undefined;
  let most = 0;
  for (const [i, match] of matches.entries()) {
    const words = new Set<number>();
    for (let at = i; at < matches.length && matches[at]!.end <= match.start + maxLength - lengthBefore; at++)
      words.add(matches[at]!.word);
    if (words.size > most) [best, most] = [match, words.size];
  }
  return best;
}

/** The start of the passage for a match: at a word's start, if one is near. */
function startOf(text: string, match: number): number {
  const wanted = match - lengthBefore;
  if (wanted <= 0) return 0;
  const space = text.slice(wanted, match).search(/\s\S/);
  const start = space < 0 ? wanted : wanted + space + 1;
  return isLowSurrogate(text, start) ? start + 1 : start;
}

function endOf(text: string, from: number): number {
  const end = Math.min(text.length, from + maxLength);
  return isLowSurrogate(text, end) ? end - 1 : end;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Ranges without overlaps, in order: two neighbouring pairs of characters are one match. */
function merged(matches: readonly Match[]): Match[] {
  const ranges: Match[] = [];
  for (const match of [...matches].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = ranges.at(-1);
    if (last && match.start < last.end) last.end = Math.max(last.end, match.end);
    else ranges.push({ ...match });
  }
  return ranges;
}
