/** The lines that two overlapping chunks of a document share: their names are found once. */

/** The start of a text that is compared first, in code units: not many lines are so long and occur twice. */
const comparedFirst = 120;
const maxComparisons = 4;

/** A text's names by its lines; none is in two of them. */
export interface Lines {
  /** The text's code units. */
  units: Uint16Array;
  /** Where each line starts, except the first, and the length of the words of the lines before it. */
  starts: number[];
  words: Uint16Array;
}

/** Lines of the last text in the next one. */
export interface KnownLines {
  /** Where they start and end in the next text. */
  start: number;
  end: number;
  /** How far ahead of that they are in the last one. */
  shift: number;
  /** As those of `Lines`, from the first of these lines to the end of the last. */
  starts: number[];
  words: Uint16Array;
}

/** The lines of a text that are whole lines of the text before, too, if it starts with the end of that one. */
export function knownLines(before: Lines, units: Uint16Array): KnownLines | undefined {
  const shift = startIn(before.units, units);
  if (shift === undefined) return undefined;
  let first = 0;
  while (first < before.starts.length && before.starts[first]! <= shift) first += 2;
  const starts = before.starts.slice(first);
  if (starts.length < 4) return undefined;
  return {
    start: starts[0]! - shift,
    end: starts.at(-2)! - shift,
    shift,
    starts,
    words: before.words.subarray(starts[1], starts.at(-1)),
  };
}

/** Where the end of a text starts that another text starts with. */
function startIn(before: Uint16Array, text: Uint16Array): number | undefined {
  const [whole, part] = [bytesOf(before), bytesOf(text)];
  const opening = part.subarray(0, 2 * comparedFirst);
  let at = -2;
  for (let i = 0; i < maxComparisons; i++) {
    at = whole.indexOf(opening, at + 2, 'utf16le');
    if (at < 0) return undefined;
    const shared = whole.length - at;
    if (shared <= part.length && part.compare(whole, at, whole.length, 0, shared) === 0) return at / 2;
  }
  return undefined;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
