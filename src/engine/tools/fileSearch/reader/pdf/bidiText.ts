import bidiFactory, { type Bidi } from 'bidi-js';

export type Direction = 'ltr' | 'rtl';

/** A letter, mark or sign of a right-to-left script; not its digits. */
export const rightToLeft =
  /[\u0590-\u065f\u066d-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

const maxTries = 8;

let loaded: Bidi | undefined;
const bidi = () => (loaded ??= bidiFactory());

/**
 * The text that is displayed as this one. The Unicode Bidirectional Algorithm leads from a text to its
 * display alone. Applied to what is displayed, it gives nearly the text: this guess is corrected until it
 * is displayed so.
 */
export function logicalText(displayed: string, direction: Direction): string {
  if (direction === 'ltr' && !rightToLeft.test(displayed)) return displayed;
  const first = displayedText(displayed, direction);
  let guess = first;
  for (let tries = 0; tries < maxTries; tries++) {
    const levels = bidi().getEmbeddingLevels(guess, direction);
    const text: string[] = [];
    for (const [at, index] of bidi().getReorderedIndices(guess, levels).entries()) {
      const character = displayed[at]!;
      text[index] = (levels.levels[index]! % 2 === 1 && mirrored(character)) || character;
    }
    const better = text.join('');
    if (better === guess) return guess;
    guess = better;
  }
  return first;
}

/** A text as it stands on a page. */
export function displayedText(text: string, direction: Direction): string {
  return bidi().getReorderedString(text, bidi().getEmbeddingLevels(text, direction));
}

/** The bracket as which a bracket of right-to-left text is displayed. */
export function mirrored(character: string): string | null {
  return bidi().getMirroredCharacter(character);
}
