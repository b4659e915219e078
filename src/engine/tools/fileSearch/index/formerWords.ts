/**
 * The words of queries as version 0.1 split them: with these, files are found whose words are not up to date yet. Remove
 * it when no database from that version is left.
 */
import { lazy } from '../../../lazy';
import type { QueryWord } from './words';

const wordPattern = lazy(() => /[\p{L}\p{N}\p{M}]+/gu);
const unspacedRun = lazy(
  () => /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmr}\p{scx=Mymr}]+/gu,
);
const camelHump = lazy(() => /(?<=\p{Ll}|\p{N})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u);
const maxWordLength = 64;

/** The distinct words of a query, in order, at most `maxWords`. */
export function formerQueryWords(query: string, maxWords: number): QueryWord[] {
  const words = new Map<string, QueryWord>();
  for (const [word] of query.normalize('NFKC').matchAll(wordPattern())) {
    for (const run of word.match(unspacedRun()) ?? []) {
      const characters = [...run];
      for (const pair of characters.slice(1).map((character, i) => characters[i]! + character)) {
        words.set(pair, { text: pair, prefix: false });
      }
      if (characters.length === 1) words.set(run, { text: run, prefix: true });
    }
    for (const spaced of word.split(unspacedRun()).filter((part) => part !== '')) {
      const parts = spaced.length > maxWordLength ? [] : spaced.split(camelHump());
      for (const part of [spaced.slice(0, maxWordLength), ...parts]) {
        const text = part.toLowerCase();
        words.set(text, { text, prefix: false });
      }
    }
  }
  return [...words.values()].slice(0, maxWords);
}
