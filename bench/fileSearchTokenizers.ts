/** Ways to tokenize text for FTS5 in scripts without spaces between words. */
import { DatabaseSync } from 'node:sqlite';
import { indexedWords, queryWords } from '../src/engine/tools/fileSearch/index/words';
import type { Corpus } from './fileSearchCorpus';

interface Way {
  tokenizer: string;
  index: (text: string) => string;
  /** The words of a query, in FTS5's syntax. */
  query: (text: string) => string[];
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
const segments = (text: string) =>
  [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
const letters = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? [];
const quoted = (words: readonly string[]) => words.map((word) => `"${word}"`);

export const ways = {
  'FTS5 as it comes': {
    tokenizer: 'unicode61',
    index: (text) => text,
    query: (text) => quoted(letters(text)),
  },
  trigrams: {
    tokenizer: 'trigram',
    index: (text) => text,
    query: (text) =>
      quoted(letters(text).flatMap((word) => [...word].map((_, i, all) => all.slice(i, i + 3).join('')))),
  },
  'words of Intl.Segmenter': {
    tokenizer: 'porter unicode61',
    index: (text) => segments(text).join(' '),
    query: (text) => quoted(segments(text)),
  },
  'pairs of characters': {
    tokenizer: 'porter unicode61',
    index: indexedWords,
    query: (text) => queryWords(text, 256).map((word) => `"${word.text}"${word.prefix ? '*' : ''}`),
  },
} satisfies Record<string, Way>;

/** The share of questions whose passage is among the first five by FTS5's own ranking. */
export function recallOf(way: Way, { documents, questions }: Corpus): number {
  return searching(way, documents, (search) => {
    const found = questions.filter(({ text, documentId }) =>
      search(text, 5).some((at) => documents[at]?.id === documentId),
    );
    return found.length / questions.length;
  });
}

/** The share of passages found by a word of two characters, as most Chinese words are. */
export function shortWordsFound(way: Way, { documents, questions }: Corpus): number {
  const words = new Set(
    questions.flatMap(({ text }) => segments(text).filter((word) => /^\p{scx=Han}{2}$/u.test(word))),
  );
  return searching(way, documents, (search) => {
    const shares = [...words].flatMap((word) => {
      const holders = documents.flatMap(({ text }, at) => (text.includes(word) ? [at] : []));
      const found = new Set(search(word, documents.length));
      return holders.length === 0 ? [] : holders.filter((at) => found.has(at)).length / holders.length;
    });
    return shares.reduce((sum, share) => sum + share, 0) / shares.length;
  });
}

/** Calls `measure` with a search over documents that returns their indexes, best first. */
function searching(
  { tokenizer, index, query }: Way,
  documents: Corpus['documents'],
  measure: (search: (text: string, limit: number) => number[]) => number,
): number {
  const db = new DatabaseSync(':memory:');
  db.exec(`CREATE VIRTUAL TABLE passages USING fts5(words, tokenize = '${tokenizer}')`);
  const insert = db.prepare('INSERT INTO passages (rowid, words) VALUES (?, ?)');
  documents.forEach(({ text }, i) => insert.run(i, index(text)));
  const search = db.prepare('SELECT rowid FROM passages WHERE words MATCH ? ORDER BY rank, rowid LIMIT ?');
  const result = measure((text, limit) => {
    const words = query(text);
    const rows = words.length === 0 ? [] : search.all(words.join(' OR '), limit);
    return rows.map((row) => row['rowid'] as number);
  });
  db.close();
  return result;
}
