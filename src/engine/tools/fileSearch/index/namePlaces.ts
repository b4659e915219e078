/**
 * Finds where names may be in a text, by a table of what each kind of character means behind those before it. Most words
 * are no names, and cost one look at the table for each character. The loop has few branches and reads no strings: V8
 * would compile it again for each branch that is rarely taken, and for each kind of string.
 */
import { lazy } from '../../../lazy';
import { isLetter, isWord, Kind, kindOf, kinds } from './characterKinds';

/** In UTF-16 code units; longer runs are data rather than words. */
export const maxWordLength = 64;
/** C++ and Notepad++ are names, as an index in a long formula is not. */
const maxNameLength = 10;

export const enum Place {
  /** A word with parts. */
  Name,
  /** A word that may make a name with what is behind it; if it is empty, a dot that may start a name. */
  Around,
  LongWord,
  /** Where a line starts. */
  Line,
  /** Lines whose names are known. */
  Known,
}

/** What was before a character. In a word, `isName` is added if the word has parts. */
const enum State {
  Outside = 0x00,
  AfterDot = 0x10,
  Lower = 0x20,
  Upper = 0x30,
  /** Two or more. */
  Uppers = 0x40,
  Digit = 0x50,
  /** The word goes on if a letter or digit follows. */
  Joiner = 0x60,
  /** Behind a digit: the word goes on if a digit follows. */
  Dot = 0x70,
  /** A space behind a word that ends with a letter, or with a digit. */
  LetterSpace = 0x80,
  DigitSpace = 0x90,
}

const isName = 0x80;
const wordBits = 0x70;
const stateBits = 0xf0;
const kindBits = 0x0f;

/** What to do at a character. */
const enum Do {
  Start = 0x100,
  End = 0x200,
  /** The word that ends has parts. */
  Name = 0x400,
  /** It ended one character before. */
  Before = 0x800,
  Around = 0x1000,
  Dot = 0x2000,
  Line = 0x4000,
  /** Find out the character's kind. */
  Learn = 0x8000,
}

/** By state and kind, the next state and what to do. */
const stepTable = lazy(() => {
  const steps = new Uint16Array(0x100);
  for (let index = 0; index < steps.length; index++) {
    const word: State = index & wordBits;
    const isInWord = word >= State.Lower;
    const state: State = isInWord ? word : index & stateBits;
    steps[index] = stepOf(state, isInWord ? index & isName : 0, index & kindBits);
  }
  return steps;
});

/** `name`: `isName` if a word has parts. */
function stepOf(state: State, name: number, kind: Kind | 0): number {
  if (kind === 0) return state | name | Do.Learn;
  const isInWord = state >= State.Lower && state <= State.Dot;
  if (isWord(kind)) return isInWord ? stepInWord(state, name, kind) : stepToWord(state, kind);
  if (isInWord) return stepFromWord(state, name, kind);
  if (kind === Kind.Dot) return State.AfterDot | (state === State.AfterDot ? 0 : Do.Dot);
  return State.Outside | (kind === Kind.LineEnd ? Do.Line : 0);
}

function stepToWord(state: State, kind: Kind): number {
  // A word and a number, or a number and its unit.
  const isJoined = kind === Kind.Digit ? state === State.LetterSpace : state === State.DigitSpace;
  return stateOf(state, kind) | Do.Start | (isJoined ? Do.Around | Do.Before : 0);
}

function stepInWord(state: State, name: number, kind: Kind): number {
  const next = stateOf(state, kind);
  if (state === State.Dot && kind !== Kind.Digit) return next | endOf(name) | Do.Before | Do.Start;
  return next | (startsPart(state, kind) ? isName : name);
}

function stepFromWord(state: State, name: number, kind: Kind): number {
  const end = endOf(name) | (kind === Kind.LineEnd ? Do.Line : 0);
  if (state === State.Joiner || state === State.Dot) {
    if (kind !== Kind.Dot) return State.Outside | end | Do.Before;
    return State.AfterDot | end | Do.Before | (state === State.Joiner ? Do.Dot : 0);
  }
  switch (kind) {
    case Kind.Joiner:
      return State.Joiner | name;
    case Kind.Dot:
      return state === State.Digit ? State.Dot | name : State.AfterDot | end | Do.Around;
    case Kind.Space:
      return (state === State.Digit ? State.DigitSpace : State.LetterSpace) | end;
    case Kind.At:
    case Kind.Sign:
      return State.Outside | end | Do.Around;
    default:
      return State.Outside | end;
  }
}

function stateOf(before: State, kind: Kind): State {
  if (kind === Kind.Lower) return State.Lower;
  if (kind === Kind.Digit) return State.Digit;
  return before === State.Upper || before === State.Uppers ? State.Uppers : State.Upper;
}

/** Whether a character starts another part of the word. In HTMLParser, the last capital does. */
function startsPart(before: State, kind: Kind): boolean {
  switch (before) {
    case State.Lower:
      return kind !== Kind.Lower;
    case State.Upper:
      return kind === Kind.Digit;
    case State.Uppers:
      return kind !== Kind.Upper;
    case State.Digit:
      return kind !== Kind.Digit;
    default:
      return true;
  }
}

function endOf(name: number): number {
  return Do.End | (name === isName ? Do.Name : 0);
}

/** A `Place`, its start and its end, one after the other, until the next call. */
let places = new Int32Array(1_024);
/** Of one character. */
const maxPlaces = 4;

/**
 * Finds the places of a text that ends with a line end. Lines whose names are known are one place. Returns the places,
 * which are valid until the next call, and their count.
 */
export function namePlaces(
  units: Uint16Array,
  known: { start: number; end: number } | undefined,
): { places: Int32Array; count: number } {
  const steps = stepTable();
  const last = units.length - 1;
  const knownStart = known ? known.start : -1;
  const knownEnd = known ? known.end : -1;
  let found = places;
  let count = 0;
  let start = 0;
  let state = 0;
  for (let at = 0; at <= last; at++) {
    let step = steps[state | kinds[units[at]!]!]!;
    // Nearly all characters: the rest of a word. The line end at the text's end is not passed.
    while (step === state) step = steps[state | kinds[units[++at]!]!]!;
    state = step & stateBits;
    if (step === state) continue;
    if (step === (state | Do.Start)) {
      start = at;
      continue;
    }
    if (count + 3 * maxPlaces > found.length) found = places = enlarged(places);
    const end = step & Do.Before ? at - 1 : at;
    if (step & Do.End) {
      if (end - start > maxWordLength) count = put(found, count, Place.LongWord, start, end);
      else if (step & Do.Name) count = put(found, count, Place.Name, start, end);
    }
    if (step & Do.Around && mayGoOn(units, start, end)) count = put(found, count, Place.Around, start, end);
    if (step & Do.Dot) count = put(found, count, Place.Around, at, at);
    if (step & Do.Start) start = at;
    if (step & Do.Line && at < last) {
      const isKnown = at + 1 === knownStart;
      count = put(found, count, isKnown ? Place.Known : Place.Line, at + 1, at + 1);
      if (isKnown) at = knownEnd - 1;
    }
    if (step & Do.Learn) kindOf(units[at--]!);
  }
  return { places: found, count };
}

function put(found: Int32Array, count: number, place: Place, start: number, end: number): number {
  found[count] = place;
  found[count + 1] = start;
  found[count + 2] = end;
  return count + 3;
}

function enlarged(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Whether the word from `start` to `end` may make a name with the punctuation or the number behind it. */
function mayGoOn(units: Uint16Array, start: number, end: number): boolean {
  switch (kindOf(units[end]!)) {
    case Kind.Dot:
      return end - start === 1 && isLetter(kindOf(units[end + 1]!));
    case Kind.Sign:
      return end - start <= maxNameLength;
    case Kind.At:
      return isWord(kindOf(units[end + 1]!));
    default:
      return true;
  }
}
