
/**
 * Splits text into words for indexing and searching. FTS5 treats a run of Chinese, Japanese, Thai …
 * as one word, so such runs are split into overlapping pairs of characters (bigrams). Measured by
 * `npm run bench -- fileSearch`: of the passages with a Chinese or Japanese word of two characters,
 * bigrams find all, words of Intl.Segmenter 98 %, trigrams none, plain FTS5 2 %; with whole questions
 * bigrams are as good as the best of these. Other words stay as they are; names that can be written as one
 * word or as several are also given in the other form.
 */
import { compoundsOf, encodeMarks, maxWordLength } from './compounds';
import { withWholeWords } from './dividedWords';
import { fold, foldCase, isAscii } from './fold';

/** Scripts without spaces between words, and Korean, which attaches particles to words. */
const unspacedCharacter =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]/u.source;
const unspacedRun = new RegExp(String.raw`(?:(?=[\p{L}\p{N}\p{M}])${unspacedCharacter})+`, 'gu');
/** A line break inside such a run: in PDF files it marks the page's edge, not the end of a word. */
const lineEndInRun = new RegExp(`(?<=${unspacedCharacter})\\n(?=${unspacedCharacter})`, 'gu');
const longRun = new RegExp(String.raw`([\p{L}\p{N}\p{M}]{${maxWordLength}})[\p{L}\p{N}\p{M}]+`, 'gu');
/** A word as FTS5's tokenizer takes it. */
const wordPattern = /[\p{L}\p{N}\p{Co}]+/gu;

/** A text in which FTS5's `unicode61` finds the words to index; it folds the case of ASCII itself. */
export function indexedWords(text: string): string {
  // The last character is added alone, so that a prefix query for one character matches at the end too.
  return separated(text, (characters) => `${pairsOf(characters)}\n${characters.at(-1)!}`);
}

/** A word to search for; with `prefix`, words that start with it match too. */
export interface QueryWord {
  text: string;
  prefix: boolean;
}

/** The distinct words of a query, in order, at most `maxWords`. */
export function queryWords(query: string, maxWords: number): QueryWord[] {
  const single = new Set<string>();
  const text = separated(query, (characters) => {
    if (characters.length > 1) return pairsOf(characters);
    single.add(encodeMarks(foldCase(characters[0]!)));
    return characters[0]!;
  });
  const words = new Set(foldCase(text).match(wordPattern));
  return [...words].slice(0, maxWords).map((word) => ({ text: word, prefix: single.has(word) }));
}

/** The folded text with pairs in place of its unspaced runs, and the words of its names at the end. */
function separated(text: string, wordsOfRun: (characters: string[]) => string): string {
  const folded = fold(withWholeWords(text));
  if (isAscii(folded)) return withCompounds(folded);
  const spaced = folded
    .replace(lineEndInRun, '')
    .replace(unspacedRun, (run) => `\n${wordsOfRun([...run])}\n`);
  return encodeMarks(foldCase(withCompounds(spaced)));
}

function withCompounds(text: string): string {
  const { words, hasLongWords } = compoundsOf(text);
  return (hasLongWords ? text.replace(longRun, '$1') : text) + words;
}

function pairsOf(characters: readonly string[]): string {
  let pairs = '';
  for (let i = 1; i < characters.length; i++) pairs += `${characters[i - 1]}${characters[i]}\n`;
  return pairs;
}
