/**
 * Names that people write in more than one way: as one word or as several (getUserName, get_user_name, e-mail, don't,
 * U.S.A., RTX4090, RTX 4090), or with punctuation that belongs to them (3.14, C++, .NET, an e-mail address). FTS5 splits
 * text at everything but letters and digits; the whole and the parts of these names are indexed besides.
 */
import { lazy } from '../../../lazy';
import { isLetter, isWord, Kind, kindAt, kindOf, kinds, toPrivateUse } from './characterKinds';
import { isAscii } from './fold';
import { type KnownLines, knownLines, type Lines } from './knownLines';

/** In UTF-16 code units; longer runs are data rather than words. */
export const maxWordLength = 64;
/** A name of more parts, such as a hash, is data too. */
const maxParts = 12;
/** Between a number and its unit there may be a space; a longer word behind a number is hardly ever one. */
const maxUnitLength = 3;
/** C++ and Notepad++ are names, as an index in a long formula is not. */
const maxNameLength = 10;

/** What the names of a text add to its words. */
export interface Compounds {
  /** Words separated by spaces, with their case; empty if there are none. */
  words: string;
  /** Whether the text has runs of letters and digits above `maxWordLength`. */
  hasLongWords: boolean;
}

/** The names of the last text: its end is often the start of the next, because the chunks of a document overlap. */
let last: Lines = { units: new Uint16Array(), starts: [], wordsBefore: [], words: '' };

/** Finds the names in a folded text. */
export function compoundsOf(text: string): Compounds {
  const units = unitsOf(text);
  const own = units.subarray(0, text.length);
  const known = knownLines(last, own);
  const starts: number[] = [];
  const wordsBefore: number[] = [];
  let words = '';
  let hasLongWords = false;
  const places = placesIn(units, known);
  for (let i = 0; i < places.length; i += 3) {
    const start = places[i + 1]!;
    const end = places[i + 2]!;
    switch (places[i]! as Place) {
      case Place.Name:
        words += wordsOf(text.slice(start, end));
        break;
      case Place.Around:
        words += nameAround(text, start, end);
        break;
      case Place.Dot:
        words += nameAfterDot(text, start);
        break;
      case Place.LongWord:
        hasLongWords = true;
        break;
      case Place.Line:
        starts.push(end);
        wordsBefore.push(words.length);
        break;
      case Place.Known:
        for (const [k, lineStart] of known!.starts.entries()) {
          starts.push(lineStart);
          wordsBefore.push(words.length + known!.wordsBefore[k]!);
        }
        words += known!.words;
    }
  }
  last = { units: hasLongWords ? own.subarray(0, 0) : own, starts, wordsBefore, words };
  return { words: words + wordsAfterEscapes(text), hasLongWords };
}

const enum Place {
  /** A word with parts. */
  Name,
  /** A word that may make a name with what is behind it. */
  Around,
  /** A dot that may start a name. */
  Dot,
  LongWord,
  /** Where a line ends. */
  Line,
  /** The lines of the text before. */
  Known,
}

/**
 * Where names may be in a text: a `Place`, its start and its end, one after the other. Most words are none, and cost one
 * look at each character. It reads no strings: V8 would compile this loop again for each kind of string.
 */
function placesIn(units: Uint16Array, known: KnownLines | undefined): number[] {
  const places: number[] = [];
  const length = units.length - 1;
  const knownStart = known ? known.start : -1;
  let start = -1;
  let isName = false;
  let before = Kind.Other;
  for (let at = 0; at <= length; at++) {
    const unit = units[at]!;
    const kind: Kind = kinds[unit]! || kindOf(unit);
    // Nearly all characters: the rest of a word.
    if (kind === Kind.Lower && before === Kind.Lower) continue;
    if (isWord(kind)) {
      if (start < 0) {
        start = at;
        isName = false;
      } else if (kind !== before && isWord(before)) {
        // In HTMLParser, the last capital starts the second part.
        const isPart = before === Kind.Digit || kind === Kind.Digit || kind === Kind.Upper;
        isName ||= isPart || (at > 1 && kindOf(units[at - 2]!) === Kind.Upper);
      }
    } else if (start >= 0) {
      const next = kind === Kind.Other ? Kind.Other : kindOf(units[at + 1]!);
      if (isInside(before, kind, next)) {
        isName = true;
      } else {
        if (isName) places.push(Place.Name, start, at);
        // Nearly always, neither of the words around a space is a number.
        if (kind === Kind.Space ? (before === Kind.Digit) !== (next === Kind.Digit) : kind !== Kind.Other)
          places.push(Place.Around, start, at);
        if (at - start > maxWordLength) places.push(Place.LongWord, start, at);
        start = -1;
      }
    } else if (kind === Kind.Dot && before !== Kind.Dot) {
      places.push(Place.Dot, at, at);
    }
    if (unit === lineEnd && at < length) {
      if (at + 1 === knownStart) {
        places.push(Place.Known, knownStart, known!.end);
        at = known!.end - 1;
      } else {
        places.push(Place.Line, at + 1, at + 1);
      }
    }
    before = kind;
  }
  return places;
}

const lineEnd = 0x0a;

/** Buffers of the code units of the last two texts. */
let buffers = [Buffer.alloc(0), Buffer.alloc(0)] as const;

/**
 * The code units of a text, until the call after the next, and a line end. Reading them one by one from a string that is a
 * part of another or joined of several, as most are here, takes several times as long.
 */
function unitsOf(text: string): Uint16Array {
  const bytes = 2 * (text.length + 1);
  const [older, newer] = buffers;
  const buffer = older.length < bytes ? Buffer.allocUnsafeSlow(2 * bytes) : older;
  buffers = [newer, buffer];
  buffer.write(text, 'utf16le');
  const units = new Uint16Array(buffer.buffer, 0, text.length + 1);
  units[text.length] = lineEnd;
  return units;
}

/** In source text, the n of \n looks like the start of a word; in a path on Windows, it is. */
function wordsAfterEscapes(text: string): string {
  if (!text.includes('\\')) return '';
  return [...text.matchAll(/\\[bfnrt]([\p{L}\p{N}]{1,64})/gu)].map(([, word]) => ` ${word}`).join('');
}

/** Whether a character joins what is before and after it into one name. */
function isInside(before: Kind, kind: Kind, next: Kind): boolean {
  if (kind === Kind.Joiner) return isWord(before) && isWord(next);
  return kind === Kind.Dot && before === Kind.Digit && next === Kind.Digit;
}

/** The name that a word from `start` to `end` makes with the punctuation or the number behind it. */
function nameAround(text: string, start: number, end: number): string {
  const kind = kindAt(text, end);
  const next = kindAt(text, end + 1);
  if (kind === Kind.Space) return isWord(next) ? joinedAt(text, end, next) : '';
  if (kind === Kind.Dot) return isLetter(next) && end - start === 1 ? abbreviationAt(text, start) : '';
  if (kind === Kind.At) return isWord(next) ? addressAround(text, end) : '';
  if (kind !== Kind.Sign || end - start > maxNameLength) return '';
  const signs = matchAt(/\+{1,2}(?![\p{L}+#])|#(?![\p{L}\p{N}#])/uy, text, end);
  return signs && ` ${encodeName(text.slice(start, end) + signs)}`;
}

/** A word and a number, or a number and its unit, around a space: as one word. */
function joinedAt(text: string, space: number, next: Kind): string {
  const numberFirst = kindAt(text, space - 1) === Kind.Digit;
  if (numberFirst === (next === Kind.Digit)) return '';
  const [isOfLeft, isOfRight] = numberFirst ? [isNumber, isOfWord] : [isOfWord, isNumber];
  let start = space - 1;
  while (start > 0 && space - start < maxWordLength && isOfLeft(text, start - 1)) start--;
  let end = space + 2;
  while (end - space < maxWordLength && isOfRight(text, end)) end++;
  if (numberFirst && (end - space - 1 > maxUnitLength || isWord(kindAt(text, end)))) return '';
  return ` ${encodeName(text.slice(start, space) + text.slice(space + 1, end))}`;
}

function isOfWord(text: string, at: number): boolean {
  return isLetter(kindAt(text, at));
}

function isNumber(text: string, at: number): boolean {
  const kind = kindAt(text, at);
  if (kind !== Kind.Dot) return kind === Kind.Digit;
  return kindAt(text, at - 1) === Kind.Digit && kindAt(text, at + 1) === Kind.Digit;
}

/** An abbreviation such as U.S.A., as one word. */
function abbreviationAt(text: string, start: number): string {
  if (start > 0 && text[start - 1] === '.') return '';
  const name = matchAt(/\p{L}(?:\.\p{L})+(?![\p{L}\p{N}])/uy, text, start);
  return name && ` ${name.replaceAll('.', '')}`;
}

function addressAround(text: string, at: number): string {
  const user = /[\p{L}\p{N}._+-]+$/u.exec(text.slice(Math.max(0, at - maxWordLength), at))?.[0] ?? '';
  const host = matchAt(/@[\p{L}\p{N}-]{1,64}(?:\.[\p{L}\p{N}-]{1,64}){1,8}/uy, text, at);
  return host && ` ${encodeName(user + host)}`;
}

/** A name such as .NET or .gitignore; not a method call or the end of a longer name. */
function nameAfterDot(text: string, dot: number): string {
  if (dot > 0 && !' \n\t([{\'"'.includes(text[dot - 1]!)) return '';
  const name = matchAt(/\.\p{L}{2,10}(?![\p{L}\p{N}_.(])/uy, text, dot);
  return name && ` ${encodeName(name)}`;
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

/** The words of names found before: in a text, few names make up most. */
const known = new Map<string, string>();
const maxKnown = 10_000;

function wordsOf(name: string): string {
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size >= maxKnown) known.clear();
  // A copy: a part of a text keeps all of it in memory.
  const copy = Buffer.from(name).toString();
  const words = splitName(copy)
    .map((word) => ` ${word}`)
    .join('');
  known.set(copy, words);
  return words;
}

const joiners = /[-_']/;
const partStart = lazy(
  () =>
    /(?<=[\p{Ll}\p{Lo}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=[\p{L}\p{M}])(?=\p{N})|(?<=\p{N})(?=[\p{L}\p{M}])/u,
);
/** The same parts of a word of ASCII, found faster. */
const asciiPart = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[\d.]+/g;

/** The whole of a name and its parts, as far as they are not words of the text anyway. */
function splitName(name: string): string[] {
  if (name.length > maxWordLength) return [];
  const words = name.split(joiners);
  const parts = words.flatMap((word) => {
    const split = isAscii(word) ? word.match(asciiPart)! : word.split(partStart());
    return split.length > 1 ? split : split.filter((part) => part.includes('.'));
  });
  const whole = words.length > 1 || name.includes('.') ? [words.join('')] : [];
  const all = [...new Set(parts.length > maxParts ? whole : [...whole, ...parts])];
  return name.includes('.') ? all.map(encodeName) : all;
}

function encodeName(name: string): string {
  return name.replace(/[-_]/g, '').replace(/[.@+#]/g, toPrivateUse);
}
