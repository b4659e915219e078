/** The lines that two overlapping chunks of a document share: their names are found once. */

/** The start of a text that is compared first, in code units: not many lines are so long and occur twice. */
const comparedFirst = 120;
const maxComparisons = 4;

/** A text's names by its lines; none is in two of them. */
export interface Lines {
  /** The text's code units. */
  units: Uint16Array;
  /** Where lines start, except the first. */
  starts: number[];
  /** The length of the words of the lines before each of these. */
  wordsBefore: number[];
  words: string;
}

/** Lines of the last text in the next one, from a start to an end. */
export type KnownLines = Lines & { start: number; end: number };

/** The lines of a text that are whole lines of the text before, too, if it starts with the end of that one. */
export function knownLines(before: Lines, units: Uint16Array): KnownLines | undefined {
  const at = startIn(before.units, units);
  if (at === undefined) return undefined;
  const first = before.starts.findIndex((start) => start > at);
  const count = before.starts.length - 1 - first;
  if (first < 0 || count <= 0) return undefined;
  const lengthBefore = before.wordsBefore[first]!;
  return {
    units,
    start: before.starts[first]! - at,
    end: before.starts.at(-1)! - at,
    starts: before.starts.slice(first).map((start) => start - at),
    wordsBefore: before.wordsBefore.slice(first).map((length) => length - lengthBefore),
    words: before.words.slice(lengthBefore, before.wordsBefore.at(-1)),
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
