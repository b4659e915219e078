import { wordSequences, type WordSequence } from '../tools/fileSearch/index/words';

/** Longer queries are cut, in UTF-16 code units, and words beyond this number are left out. */
const maxQueryLength = 1000;
const maxTerms = 32;

/** What is searched for: all terms have to be found. */
export interface SearchTerm {
  sequences: readonly WordSequence[];
  /** Words that start with the last word of the term match, too: it may not be typed to its end. */
  isOpen: boolean;
}

/** A phrase in quotes, whose end may be missing, or a word. */
const termPattern = /["“”„«»]([^"“”„«»]*)(["“”„«»]?)|[^\s"“”„«»]+/g;

/** The terms of a query: words, and phrases in quotes. The last one is open unless a space or a quote ends it. */
export function searchTerms(query: string): SearchTerm[] {
  const text = query.slice(0, maxQueryLength);
  const terms: SearchTerm[] = [];
  for (const match of text.matchAll(termPattern)) {
    const [whole, phrase, closing] = match;
    const isLast = match.index + whole.length === text.length;
    const sequences = wordSequences(phrase ?? whole);
    if (sequences.length > 0) terms.push({ sequences, isOpen: isLast && !closing });
  }
  return terms.slice(0, maxTerms);
}

/** The terms as a query of FTS5; undefined if there are none. Words are letters and digits in quotes, so never syntax. */
export function matchExpression(terms: readonly SearchTerm[]): string | undefined {
  if (terms.length === 0) return undefined;
  return terms
    .flatMap(({ sequences, isOpen }) =>
      sequences.map(({ words, joined, prefix }, i) => {
        const star = prefix || (isOpen && i === sequences.length - 1) ? ' *' : '';
        const alternatives = [words.join(' '), ...(joined === undefined ? [] : [joined])];
        return `(${alternatives.map((one) => `"${one}"${star}`).join(' OR ')})`;
      }),
    )
    .join(' AND ');
}
