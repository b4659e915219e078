/**
 * The words of a text, as they are indexed and searched for. FTS5 takes a run of Chinese, Japanese,
 * Thai … for one word, so it is given such a run as its pairs of characters, overlapping. Measured by
 * `npm run bench -- fileSearch`: of the passages with a Chinese or Japanese word of two characters
 * that finds all, the words of Intl.Segmenter 98 %, trigrams none, FTS5 as it comes 2 %; with whole
 * questions it is as good as the best of them. Other words are given as they are, and those written
 * inCamelCase in their parts, too.
 */

const wordPattern = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts that leave no space between words, and Korean, which writes particles onto them. */
const unspacedCharacter =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]/u.source;
const unspacedRun = new RegExp(`${unspacedCharacter}+`, 'gu');
/** A line ends where the page does, as in PDF files, and not because a word does. */
const lineEndInRun = new RegExp(`(?<=${unspacedCharacter})\\n(?=${unspacedCharacter})`, 'gu');
const camelHump = /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** In UTF-16 units; what is longer is no word but data. */
const maxWordLength = 64;

/** A text as words with a space between them, for FTS5's `unicode61` to split again. */
export function indexedWords(text: string): string {
  const words: string[] = [];
  for (const run of runsOf(text)) {
    if (!run.unspaced) words.push(...withParts(run.text));
    // The last character stands alone, too: what begins with it finds each character of the run.
    else words.push(...pairsOf(run.text), [...run.text].at(-1)!);
  }
  return words.join(' ');
}

/** A word to search for; `prefix`: what begins with it counts. */
export interface QueryWord {
  text: string;
  prefix: boolean;
}

/** The different words of a query, in their order, `most` at most. */
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
  // Full-width letters become plain ones, half-width kana full ones, ligatures letters.
  for (const [word] of text.normalize('NFKC').replace(lineEndInRun, '').matchAll(wordPattern)) {
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
