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
  Mark,
  /** Joins parts of a name: a hyphen, an apostrophe or _. */
  Joiner,
}

/** By code unit; 0 if not known yet. */
export const kinds = new Uint8Array(0x10000);

/** The kind of a code unit of a text; `Other` beyond its end. */
export function kindAt(text: string, at: number): Kind {
  const unit = text.charCodeAt(at);
  const kind = kinds[unit];
  return kind === undefined || kind === 0 ? kindOf(unit) : kind;
}

export function isLetter(kind: Kind): boolean {
  return kind === Kind.Lower || kind === Kind.Upper;
}

export function isWord(kind: Kind): boolean {
  return kind >= Kind.Lower && kind <= Kind.Digit;
}

function kindOf(unit: number): Kind {
  if (Number.isNaN(unit)) return Kind.Other;
  return (kinds[unit] = kindOfCharacter(String.fromCharCode(unit)));
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
  '+': Kind.Mark,
  '#': Kind.Mark,
  '-': Kind.Joiner,
  _: Kind.Joiner,
  "'": Kind.Joiner,
};
