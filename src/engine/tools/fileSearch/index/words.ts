/**
 * Splits text into words for indexing and searching. FTS5 treats a run of Chinese, Japanese, Thai …
 * as one word, so such runs are split into overlapping pairs of characters (bigrams). Measured by
 * `npm run bench -- fileSearch`: of the passages with a Chinese or Japanese word of two characters,
 * bigrams find all, words of Intl.Segmenter 98 %, trigrams none, plain FTS5 2 %; with whole questions
 * bigrams are as good as the best of these. Other words stay as they are; names that can be written as one
 * word or as several are also given in the other form.
 */
import { lazy } from '../../../lazy';
import { marksAsLetters } from './characterKinds';
import { characterPairs } from './characterPairs';
import { type Compounds, compoundsOf } from './compounds';
import { wholeWords, withWholeWords } from './dividedWords';
import { fold, foldCase, isAscii } from './fold';
import { maxWordLength } from './namePlaces';
import { textPieces } from './textPieces';

/** Scripts without spaces between words, and Korean, which attaches particles to words. */
const unspacedCharacter = String.raw`[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]`;
/** Simple, so that the rest is only done for texts that may have such runs. */
const mayHaveRuns = /[\u0e00-\u19ff\u2e80-\uffff]/;
const unspacedRun = lazy(() => new RegExp(String.raw`[[\p{L}\p{N}\p{M}]&&${unspacedCharacter}]+`, 'gv'));
/** A line break inside such a run: in PDF files it marks the page's edge, not the end of a word. */
const lineEndInRun = lazy(() => new RegExp(`(?<=${unspacedCharacter})\\n(?=${unspacedCharacter})`, 'gu'));
const longRun = lazy(
  () => new RegExp(String.raw`([\p{L}\p{N}\p{M}]{${maxWordLength}})[\p{L}\p{N}\p{M}]+`, 'gu'),
);
/** A word as FTS5's tokenizer takes it. */
const wordPattern = lazy(() => /[\p{L}\p{N}\p{Co}]+/gu);

/** A text in which FTS5's `unicode61` finds the words to index; it folds the case of ASCII itself. */
export function indexedWords(text: string): string {
  const { words, runs } = split(withWholeWords(text));
  return withPairs(words, runs);
}

/** The same of a long text, a piece of it at each step, between which the caller may do other work. */
export function* indexedWordsByPieces(text: string, pieceLength?: number): Generator<void, string> {
  const words: string[] = [];
  const names: string[] = [];
  const runs: string[] = [];
  const add = (piece: string): void => {
    const found = split(piece, (folded) => {
      const compounds = compoundsOf(folded);
      names.push(compounds.words);
      return withoutLongRuns(folded, compounds);
    });
    words.push(found.words);
    for (const run of found.runs) runs.push(run);
  };
  const whole: string[] = [];
  for (const piece of textPieces(text, pieceLength)) {
    add(piece);
    whole.push(...wholeWords(piece));
    yield;
  }
  if (whole.length > 0) add(`\n${whole.join('\n')}`);
  // The names are behind the words that are found next to one another.
  return withPairs(words.join('') + marksAsLetters(foldCase(names.join(''))), runs);
}

/** The last character of a run is added alone, so that a prefix query for one character matches at the end too. */
function withPairs(words: string, runs: readonly string[]): string {
  return runs.length > 0 ? `${words} ${characterPairs(runs)}` : words;
}

/** A word to search for; with `prefix`, words that start with it match too. */
export interface QueryWord {
  text: string;
  prefix: boolean;
}

/** The distinct words of a query, in order, at most `maxWords`. */
export function queryWords(query: string, maxWords: number): QueryWord[] {
  const { words, runs } = split(withWholeWords(query));
  const found = new Map<string, QueryWord>();
  for (const text of foldCase(words).match(wordPattern()) ?? []) found.set(text, { text, prefix: false });
  for (const run of runs) {
    const pairs = characterPairs([run]).trimEnd().split(' ');
    if (pairs.length > 1) pairs.pop();
    for (const text of pairs) found.set(text, { text, prefix: [...text].length === 1 });
  }
  return [...found.values()].slice(0, maxWords);
}

/** Words that stand next to one another, in this order: those of one name or phrase, or the pairs of a run of characters. */
export interface WordSequence {
  words: string[];
  /** They can also be written as one word. */
  joined?: string;
  /** Of a single character: words that start with it match. */
  prefix: boolean;
}

/** What a text that is searched for as a whole consists of: all of its sequences have to be found. */
export function wordSequences(text: string): WordSequence[] {
  const { words: spaced, runs } = split(withWholeWords(text), (plain) => plain.replace(longRun(), '$1'));
  const words: string[] = foldCase(spaced).match(wordPattern()) ?? [];
  const sequences: WordSequence[] = [];
  if (words.length > 0) {
    const joined = words.length > 1 && !/\s/.test(text.trim()) ? { joined: words.join('') } : {};
    sequences.push({ words, prefix: false, ...joined });
  }
  for (const run of runs) {
    const pairs = characterPairs([run]).trimEnd().split(' ');
    if (pairs.length > 1) pairs.pop();
    sequences.push({ words: pairs, prefix: [...run].length === 1 });
  }
  return sequences;
}

/** The runs of a folded text, and the rest of it with the words of its names. */
function split(text: string, addNames = withCompounds): { words: string; runs: string[] } {
  const folded = fold(text);
  if (isAscii(folded)) return { words: addNames(folded), runs: [] };
  const runs: string[] = [];
  const spaced = mayHaveRuns.test(folded)
    ? folded.replace(lineEndInRun(), '').replace(unspacedRun(), (run) => {
        runs.push(run);
        return '\n';
      })
    : folded;
  return { words: marksAsLetters(foldCase(addNames(spaced))), runs };
}

function withCompounds(text: string): string {
  const compounds = compoundsOf(text);
  return withoutLongRuns(text, compounds) + compounds.words;
}

function withoutLongRuns(text: string, { hasLongWords }: Compounds): string {
  return hasLongWords ? text.replace(longRun(), '$1') : text;
}
