import { lazy } from '../../../lazy';

/** Signs that divide a word at a line's end: hyphens, the soft one too, and `¬`, as which it is often copied. */
const hyphen = '[\\-\\u2010\\u2011\\u00ad\\u00ac\\u058a\\u2e17]';
const letter = '[\\p{L}\\p{M}\\u00ad]';
/** Up to the next line's first letter; a quoted or commented line has signs before it. */
const lineEnd = '[ \\t]*\\n\\s*(?:[>#*|/]+[ \\t]*)?';
/** A word continues in small letters, or in capitals behind capitals. */
const continuation = '(?=[\\p{Ll}\\p{Lo}]|(?<=\\p{Lu}[^\\p{L}]*)\\p{Lu}(?!\\p{Ll}))';
const division = `${hyphen}${lineEnd}${continuation}`;
const dividedWord = lazy(() => new RegExp(`(?<!${letter}|\\p{N})${letter}+(?:${division}${letter}+)+`, 'gu'));
/** Much faster than `dividedWord`, because it starts with the hyphen, and most texts have none there. */
const anyDivision = lazy(() => new RegExp(`${hyphen}(?<=${letter}${hyphen})${lineEnd}${continuation}`, 'u'));
const divisions = lazy(() => new RegExp(`${division}|\\u00ad`, 'gu'));

/**
 * The text, followed by the words that are divided at the end of one of its lines, whole. Their parts
 * stay: the hyphen may belong to the word, as in `self-evident`.
 */
export function withWholeWords(text: string): string {
  const whole = wholeWords(text);
  return whole.length > 0 ? `${text}\n${whole.join('\n')}` : text;
}

/** The words that are divided at the end of one of a text's lines, whole. */
export function wholeWords(text: string): string[] {
  if (!text.includes('\n') || !anyDivision().test(text)) return [];
  return text.match(dividedWord())?.map((word) => word.replace(divisions(), '')) ?? [];
}

/** The source of a pattern that matches where no divided word ends its first line. */
export const notDivided = `(?<!\\p{L}${hyphen}\\s*)`;
