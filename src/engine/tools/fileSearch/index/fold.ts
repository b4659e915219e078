/**
 * The one place that decides which spellings of a word are the same to a search. Text and queries are folded alike, by
 * Unicode's own tables as far as they go: NFKC, full case folding, and the properties of characters.
 */
import AsciiFolder from 'fold-to-ascii';
import traditionalHan from 'opencc-js/dict/TSCharacters';
import { lazy } from '../../../lazy';

/** The escapes of JSON, JavaScript and Java in source text. */
const unicodeEscape = /\\u(?:([\dA-Fa-f]{4})|\{([\dA-Fa-f]{1,6})\})/g;
const nonAscii = /[\u0080-\uffff]/;

/** Characters with a plain equivalent that NFKC does not know, or that it would attach to the word before. */
const punctuation = new Map([
  ...pairs('’‘‛ʼʻʹʽʾʿ´′＇׳״·', "'"),
  ...pairs('\u2010\u2011', '-'),
  ...pairs('™℠', ' '),
  ...pairs('♯', '#'),
]);
const punctuationPattern = new RegExp(`[${[...punctuation.keys()].join('')}]`, 'g');
/** A fraction or superscript behind a digit, which NFKC would make part of the number. */
const numberBehindDigit = lazy(() => /(?<=\d)(?=\p{No})/gu);
/** An abbreviation in Hebrew is often typed with a quotation mark. */
const hebrewQuote = lazy(() => /(?<=\p{sc=Hebr})"(?=\p{sc=Hebr})/gu);

/** Soft hyphens, zero-width spaces, variation selectors …, and the stroke that lengthens an Arabic word. */
const shapeless = lazy(() => /[\p{DI}\u0640]/gu);

/**
 * Accents, points and vowel marks of scripts that are read without them. The marks of other scripts, as of India and
 * South-East Asia, are part of the spelling; and so is the breve of й.
 */
const markedScripts = String.raw`\p{scx=Latn}\p{scx=Grek}\p{scx=Cyrl}\p{scx=Hebr}\p{scx=Arab}\p{scx=Syrc}`;
const optionalMark = lazy(
  () => new RegExp(String.raw`(?<![иИ](?=\u0306))[\p{M}&&[\p{scx=Zinh}${markedScripts}]]`, 'gv'),
);
/** In a text without these, nothing is left to fold but Chinese characters. */
const hasOptionalMarks = lazy(
  () => new RegExp(String.raw`[[[\p{L}\p{M}\p{Nd}]&&[\p{Nd}\p{scx=Zinh}${markedScripts}]]--\p{ASCII}]`, 'v'),
);

/** Letters that Unicode does not decompose and people exchange. */
const letters = new Map([
  ...pairs('əƏ', 'e'),
  ...pairs('ٱ', 'ا'),
  ...pairs('ىی', 'ي'),
  ...pairs('ةہھە', 'ه'),
  ...pairs('ک', 'ك'),
]);
const letterPattern = lazy(
  () => new RegExp(String.raw`[[\p{sc=Latn}\p{Nd}]--\p{ASCII}]|[${[...letters.keys()].join('')}]`, 'gv'),
);

/** Simple, so that the table is only needed for texts that may have Chinese characters. */
const mayHaveHan = /[\u3400-\ufaff]/;
let simplifiedHan: ReadonlyMap<string, string> | undefined;
let traditionalPattern: RegExp | undefined;

/** Folds everything except case, which still marks the words inside of a name; `foldCase` does that. */
export function fold(source: string): string {
  const unescaped = source.includes('\\u') ? source.replace(unicodeEscape, characterOf) : source;
  if (isAscii(unescaped)) return unescaped;
  const text = unescaped
    .replace(punctuationPattern, (character) => punctuation.get(character)!)
    .replace(numberBehindDigit(), ' ')
    .normalize('NFKC')
    .replace(shapeless(), '');
  const plain = hasOptionalMarks().test(text) ? withoutMarks(text) : text;
  return mayHaveHan.test(plain) ? toSimplified(plain) : plain;
}

/** Replaces traditional Chinese characters. The table is made when it is first needed: that takes some milliseconds. */
function toSimplified(text: string): string {
  const table = (simplifiedHan ??= new Map(
    traditionalHan.split('|').map((entry) => entry.split(' ') as [string, string]),
  ));
  traditionalPattern ??= new RegExp(`[${[...table.keys()].join('')}]`, 'gu');
  return text.replace(traditionalPattern, (character) => table.get(character)!);
}

function withoutMarks(text: string): string {
  return text
    .replace(hebrewQuote(), "'")
    .normalize('NFD')
    .replace(optionalMark(), '')
    .replace(letterPattern(), plainLetter)
    .normalize('NFC');
}

/** Full case folding: the upper case of ß is SS, and that of ı is I. */
export function foldCase(text: string): string {
  return isAscii(text) ? text.toLowerCase() : text.toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

export function isAscii(text: string): boolean {
  return !nonAscii.test(text);
}

function characterOf(escape: string, unit: string | undefined, codePoint: string): string {
  if (unit !== undefined) return String.fromCharCode(parseInt(unit, 16));
  const code = parseInt(codePoint, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : escape;
}

function plainLetter(character: string, at: number, text: string): string {
  let plain = letters.get(character);
  if (plain === undefined) {
    plain = isDigit(character.codePointAt(0)!) ? digitOf(character) : AsciiFolder.foldMaintaining(character);
    letters.set(character, plain);
  }
  // Æ is AE in a word of capitals, and Ae where it starts a word.
  const isTitle = plain.length > 1 && /\p{Ll}/u.test(text[at + character.length] ?? '');
  return isTitle ? plain[0]! + plain.slice(1).toLowerCase() : plain;
}

/** The decimal digits of a script follow one another, from zero to nine. */
function digitOf(character: string): string {
  let value = 0;
  for (let code = character.codePointAt(0)!; isDigit(code - 1); code--) value++;
  return String(value % 10);
}

function isDigit(codePoint: number): boolean {
  return /^\p{Nd}$/u.test(String.fromCodePoint(codePoint));
}

function pairs(characters: string, plain: string): (readonly [string, string])[] {
  return [...characters].map((character) => [character, plain] as const);
}
