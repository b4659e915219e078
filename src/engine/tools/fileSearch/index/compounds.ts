/**
 * Names that people write in more than one way: as one word or as several (getUserName, get_user_name, e-mail, don't,
 * U.S.A., RTX4090, RTX 4090), or with punctuation that belongs to them (3.14, C++, .NET, an e-mail address). FTS5 splits
 * text at everything but letters and digits; the whole and the parts of these names are indexed besides.
 */
import { lazy } from '../../../lazy';
import { isLetter, isWord, Kind, kindAt, toPrivateUse } from './characterKinds';
import { isAscii } from './fold';
import { type KnownLines, knownLines, type Lines } from './knownLines';
import { KnownNames } from './knownNames';
import { maxWordLength, namePlaces, Place } from './namePlaces';
import { UnitsWriter } from './unitsWriter';

/** Of more parts, or longer, only a name of words has its parts indexed: those of a hash or of Base64 are shorter. */
const maxParts = 12;
const minWordLength = 3;
const maxNameLength = 160;
/** Between a number and its unit there may be a space; a longer word behind a number is hardly ever one. */
const maxUnitLength = 3;

/** What the names of a text add to its words. */
export interface Compounds {
  /** Words separated by spaces, with their case; empty if there are none. */
  words: string;
  /** Whether the text has runs of letters and digits above `maxWordLength`. */
  hasLongWords: boolean;
}

/** The names of the last text: its end is often the start of the next, because the chunks of a document overlap. */
let last: Lines = { units: new Uint16Array(), starts: [], words: new Uint16Array() };

const knownNames = lazy(() => new KnownNames());

/** Finds the names in a folded text. */
export function compoundsOf(text: string): Compounds {
  const units = unitsOf(text);
  const own = units.subarray(0, text.length);
  const known = knownLines(last, own);
  const names = new Names(text, units, nextWriter());
  const { places, count } = namePlaces(units, known);
  for (let i = 0; i < count; i += 3) {
    const start = places[i + 1]!;
    const end = places[i + 2]!;
    switch (places[i]! as Place) {
      case Place.Name:
        names.add(start, end);
        break;
      case Place.Line:
        names.addLine(end);
        break;
      case Place.Known:
        names.addLines(known!);
        break;
      case Place.LongWord:
        names.hasLongWords = true;
        if (end - start <= maxNameLength) names.add(start, end);
        break;
      default:
        names.addAround(start, end);
    }
  }
  const { hasLongWords, starts, words } = names;
  last = { units: hasLongWords ? own.subarray(0, 0) : own, starts, words: words.written() };
  return { words: words.toString() + wordsAfterEscapes(text), hasLongWords };
}

/** The names that are found in a text, by its lines. */
class Names {
  /** As those of `Lines`. */
  readonly starts: number[] = [];
  /** Whether the text has runs of letters and digits above `maxWordLength`. */
  hasLongWords = false;

  constructor(
    private readonly text: string,
    private readonly units: Uint16Array,
    readonly words: UnitsWriter,
  ) {}

  /** A word with parts. */
  add(start: number, end: number): void {
    if (knownNames().writeWords(this.words, this.units, start, end)) return;
    const words = wordsOf(this.text.slice(start, end));
    knownNames().add(this.units, start, end, words);
    this.words.writeText(words);
  }

  /** A word that may make a name with what is behind it, or a dot that may start a name. */
  addAround(start: number, end: number): void {
    this.words.writeText(start === end ? nameAfterDot(this.text, start) : nameAround(this.text, start, end));
  }

  addLine(start: number): void {
    this.starts.push(start, this.words.length);
  }

  /** The lines of the text before. */
  addLines({ shift, starts, words }: KnownLines): void {
    const lengthBefore = this.words.length - starts[1]!;
    for (let i = 0; i < starts.length; i += 2)
      this.starts.push(starts[i]! - shift, lengthBefore + starts[i + 1]!);
    this.words.write(words, 0, words.length);
  }
}

const lineEnd = 0x0a;

/** Buffers of the code units of the last two texts, and of the words of their names. */
let buffers = [Buffer.alloc(0), Buffer.alloc(0)] as const;
let writers = [new UnitsWriter(), new UnitsWriter()] as const;

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

function nextWriter(): UnitsWriter {
  const [older, newer] = writers;
  writers = [newer, older];
  older.clear();
  return older;
}

/** In source text, the n of \n looks like the start of a word; in a path on Windows, it is. */
function wordsAfterEscapes(text: string): string {
  if (!text.includes('\\')) return '';
  // With the rest of a name such as get_user_name or Node.js, whose words are found next to one another.
  const escaped = text.matchAll(/\\[bfnrt]([\p{L}\p{N}][^\s\\",;。，、；！？]{0,63})/gu);
  return [...escaped].map(([, name]) => ` ${name}`).join('');
}

/** The name that a word from `start` to `end` makes with what is behind it. */
function nameAround(text: string, start: number, end: number): string {
  switch (kindAt(text, end)) {
    case Kind.Space:
      return joinedAt(text, end);
    case Kind.Dot:
      return abbreviationAt(text, start);
    case Kind.At:
      return addressAround(text, end);
    default:
      return nameWithSigns(text, start, end);
  }
}

function nameWithSigns(text: string, start: number, end: number): string {
  const signs = matchAt(/\+{1,2}(?![\p{L}+#])|#(?![\p{L}\p{N}#])/uy, text, end);
  return signs && ` ${encodeName(text.slice(start, end) + signs)}`;
}

/** A word and a number, or a number and its unit, around a space: as one word. */
function joinedAt(text: string, space: number): string {
  const numberFirst = kindAt(text, space - 1) === Kind.Digit;
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
  if (dot > 0 && !' \n\t([{\'"`'.includes(text[dot - 1]!)) return '';
  const name = matchAt(/\.\p{L}{2,10}(?![\p{L}\p{N}_.(])/uy, text, dot);
  return name && ` ${encodeName(name)}`;
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

/** The words of a name, each behind a space. */
function wordsOf(name: string): string {
  // Half of a surrogate pair is no character.
  return splitName(Buffer.from(name).toString())
    .map((word) => ` ${word}`)
    .join('');
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
  const words = name.split(joiners);
  const parts = words.flatMap((word) => {
    const split = isAscii(word) ? word.match(asciiPart)! : word.split(partStart());
    return split.length > 1 ? split : split.filter((part) => part.includes('.'));
  });
  const isLong = name.length > maxWordLength;
  const whole = !isLong && (words.length > 1 || name.includes('.')) ? [words.join('')] : [];
  const isData = (isLong || parts.length > maxParts) && name.length < minWordLength * parts.length;
  const all = [...new Set(isData ? whole : [...whole, ...parts])];
  return name.includes('.') ? all.map(encodeName) : all;
}

function encodeName(name: string): string {
  return name.replace(/[-_]/g, '').replace(/[.@+#]/g, toPrivateUse);
}
