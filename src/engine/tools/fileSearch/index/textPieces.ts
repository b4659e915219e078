import { lazy } from '../../../lazy';

/** Minimum characters of a piece, which take a millisecond or two to be split into words. */
const defaultLength = 8 * 1024;

/** Letters that are not folded away, and do not end the escape of another character. */
const letter = String.raw`[\p{L}--[A-Fa-f\u0640\p{DI}]]`;
/** Where no word, name or divided word goes on: at a line's end, at a space between letters, and behind punctuation. */
const boundary = lazy(
  () =>
    new RegExp(
      String.raw`(?<=[!-,.\/:-@G-\[\]-\`g-~])\n|(?<=${letter}) (?=${letter})|[,;](?=["\d]|${letter})|[。，、；！？](?=${letter})`,
      'gv',
    ),
);

/** A long text in pieces that have the words of the whole. What has no boundary stays together. */
export function* textPieces(text: string, minLength = defaultLength): Generator<string, void> {
  let start = 0;
  while (text.length - start > minLength) {
    boundary().lastIndex = start + minLength;
    const found = boundary().exec(text);
    if (!found) break;
    const end = found.index + found[0].length;
    yield text.slice(start, end);
    start = end;
  }
  yield text.slice(start);
}
