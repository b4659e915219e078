/** What a UTF-16 code unit can be in a name. */
export const enum Kind {
  Other = 1,
  Lower,
  Upper,
  Digit,
  Dot,
  Space,
  At,
  /** Ends a name such as C++ or C#. */
  Sign,
  /** Joins parts of a name: a hyphen, an apostrophe or _. */
  Joiner,
  LineEnd,
}

/** By code unit; 0 if not known yet. */
export const kinds = new Uint8Array(0x10000);

/** The kind of a code unit of a text; `Other` before its start and beyond its end. */
export function kindAt(text: string, at: number): Kind {
  return at >= 0 && at < text.length ? kindOf(text.charCodeAt(at)) : Kind.Other;
}

export function kindOf(unit: number): Kind {
  return kinds[unit]! || (kinds[unit] = kindOfCharacter(String.fromCharCode(unit)));
}

export function isLetter(kind: Kind): boolean {
  return kind === Kind.Lower || kind === Kind.Upper;
}

export function isWord(kind: Kind): boolean {
  return kind >= Kind.Lower && kind <= Kind.Digit;
}

function kindOfCharacter(character: string): Kind {
  if (/\p{Lu}/u.test(character)) return Kind.Upper;
  // Half of a surrogate pair counts as a letter: most characters beyond 16 bits that are in words are letters.
  if (/[\p{L}\p{M}\p{Cs}]/u.test(character)) return Kind.Lower;
  if (/\p{N}/u.test(character)) return Kind.Digit;
  return punctuation[character] ?? Kind.Other;
}

const punctuation: Readonly<Record<string, Kind>> = {
  '.': Kind.Dot,
  ' ': Kind.Space,
  '@': Kind.At,
  '+': Kind.Sign,
  '#': Kind.Sign,
  '-': Kind.Joiner,
  _: Kind.Joiner,
  "'": Kind.Joiner,
  '\n': Kind.LineEnd,
};

/** FTS5's tokenizer takes characters for private use as part of a word, and punctuation and marks as its end. */
const privateUse = 0xe000;
const privateUseSize = 0x1900;

/** A character for private use in place of another. Those for the marks of one script are different. */
export function toPrivateUse(character: string): string {
  return String.fromCharCode(privateUse + (character.codePointAt(0)! % privateUseSize));
}

/** By code unit, what `markAsLetter` returns; 0 if not known yet. */
const letters = new Uint16Array(0x10000);

/** The code unit, or one for private use in place of a mark. */
export function markAsLetter(unit: number): number {
  const letter = letters[unit];
  if (letter !== undefined && letter !== 0) return letter;
  const character = String.fromCharCode(unit);
  return (letters[unit] = /\p{M}/u.test(character) ? toPrivateUse(character).charCodeAt(0) : unit);
}

/** Simple, so that the rest is only done for texts that may have marks; accents have been folded away. */
const mayHaveMarks = /[\u0700-\u1fff\u2c00-\uffff]/;

/** Makes the marks of a folded text part of their words. */
export function marksAsLetters(text: string): string {
  return mayHaveMarks.test(text) ? text.replace(/\p{M}/gu, toPrivateUse) : text;
}
