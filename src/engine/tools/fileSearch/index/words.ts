import { withWholeWords } from './dividedWords';

/**
 * Splits text into words for indexing and searching. FTS5 treats a run of Chinese, Japanese, Thai …
 * as one word, so such runs are split into overlapping pairs of characters (bigrams). Measured by
 * `npm run bench -- fileSearch`: of the passages with a Chinese or Japanese word of two characters,
 * bigrams find all, words of Intl.Segmenter 98 %, trigrams none, plain FTS5 2 %; with whole questions
 * bigrams are as good as the best of these. Other words stay as they are; words inCamelCase are also
 * split into their parts.
 */

const wordPattern = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts without spaces between words, and Korean, which attaches particles to words. */
const unspacedCharacter =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]/u.source;
const unspacedRun = new RegExp(`${unspacedCharacter}+`, 'gu');
/** A line break inside such a run: in PDF files it marks the page's edge, not the end of a word. */
const lineEndInRun = new RegExp(`(?<=${unspacedCharacter})\\n(?=${unspacedCharacter})`, 'gu');
const camelHump = /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** In UTF-16 code units; longer runs are data rather than words. */
const maxWordLength = 64;

/** The words of a text, separated by spaces, which FTS5's `unicode61` splits again. */
export function indexedWords(text: string): string {
  const words: string[] = [];
  for (const run of runsOf(text)) {
    if (!run.unspaced) words.push(...withParts(run.text));
    // The last character is added alone, so that a prefix query for one character matches at the end too.
    else words.push(...pairsOf(run.text), [...run.text].at(-1)!);
  }
  return words.join(' ');
}

/** A word to search for; with `prefix`, words that start with it match too. */
export interface QueryWord {
  text: string;
  prefix: boolean;
}

/** The distinct words of a query, in order, at most `maxWords`. */
export function queryWords(query: string, maxWords: number): QueryWord[] {
  const words = new Map<string, QueryWord>();
  for (const run of runsOf(query)) {
    for (const word of run.unspaced ? searchedPairs(run.text) : wholeWords(run.text)) {
      words.set(word.text, word);
      if (words.size === maxWords) return [...words.values()];
    }
  }
  return [...words.values()];
}

function* runsOf(text: string): Generator<{ text: string; unspaced: boolean }> {
  // NFKC: full-width letters become ASCII, half-width kana full-width, ligatures letters.
  for (const [word] of withWholeWords(text)
    .normalize('NFKC')
    .replace(lineEndInRun, '')
    .matchAll(wordPattern)) {
    let at = 0;
    for (const run of word.matchAll(unspacedRun)) {
      if (run.index > at) yield { text: word.slice(at, run.index), unspaced: false };
      yield { text: run[0], unspaced: true };
      at = run.index + run[0].length;
    }
    if (at < word.length) yield { text: word.slice(at), unspaced: false };
  }
}

function withParts(word: string): string[] {
  const whole = word.slice(0, maxWordLength).toLowerCase();
  const parts = word.length > maxWordLength ? [] : word.split(camelHump);
  return parts.length > 1 ? [whole, ...parts.map((part) => part.toLowerCase())] : [whole];
}

function wholeWords(word: string): QueryWord[] {
  return withParts(word).map((text) => ({ text, prefix: false }));
}

function searchedPairs(run: string): QueryWord[] {
  const pairs = pairsOf(run);
  return pairs.length > 0 ? pairs.map((text) => ({ text, prefix: false })) : [{ text: run, prefix: true }];
}

function pairsOf(run: string): string[] {
  const characters = [...run];
  return characters.slice(1).map((character, i) => characters[i]! + character);
}
