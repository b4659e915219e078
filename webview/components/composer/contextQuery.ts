/** What is typed after `#` in the composer. */
import { maxQueryLength } from '../../../src/protocol/context';

export interface ContextQuery {
  /** What follows the `#`, up to the cursor. */
  query: string;
  /** Where the `#` stands in the text. */
  start: number;
  /** Where the cursor stands. */
  end: number;
}

/** The `#` that the cursor stands behind, at the beginning of a word; undefined if there is none. */
export function queryAt(text: string, cursor: number): ContextQuery | undefined {
  const from = Math.max(0, cursor - maxQueryLength - 2);
  const [match, before = '', query = ''] = /(^|[\s(（])#([^\s#]*)$/.exec(text.slice(from, cursor)) ?? [];
  if (match === undefined || query.length > maxQueryLength) return undefined;
  // What is cut off before it may belong to the word.
  if (before === '' && cursor - query.length - 1 > 0) return undefined;
  return { query, start: cursor - query.length - 1, end: cursor };
}

/** The text without the `#` and what follows it, and the cursor in it. */
export function withoutQuery(text: string, { start, end }: ContextQuery): { text: string; cursor: number } {
  const before = text.slice(0, start);
  const after = text.slice(end);
  const isDouble = /\s$/.test(before) && after.startsWith(' ');
  return { text: before + after.slice(isDouble ? 1 : 0), cursor: start };
}
