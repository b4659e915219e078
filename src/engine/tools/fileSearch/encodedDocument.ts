import type { PageStart, ReadDocument } from './searchTypes';

/** Bytes in a piece of a document's text: copying one takes a fraction of a millisecond. */
const pieceBytes = 256 * 1024;

/** A document on its way between processes and threads: its text is in pieces, none of which is long work. */
export interface EncodedDocument {
  /** `latin1` where it has all the characters. */
  encoding: 'latin1' | 'utf16le';
  /** The text, in order. Each has a buffer of its own, which can be transferred. */
  pieces: Uint8Array<ArrayBuffer>[];
  /** The start and the number of each page, one after the other; absent if there are none. */
  pages?: Uint32Array<ArrayBuffer>;
}

export function encodeDocument({ text, pages }: ReadDocument): EncodedDocument {
  const encoding = isLatin1(text) ? 'latin1' : 'utf16le';
  const characters = encoding === 'latin1' ? pieceBytes : pieceBytes / 2;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < text.length; at += characters)
    pieces.push(new Uint8Array(Buffer.from(text.slice(at, at + characters), encoding)));
  return {
    encoding,
    pieces,
    ...(pages && { pages: Uint32Array.from(pages.flatMap(({ start, number }) => [start, number])) }),
  };
}

export function decodeDocument({ encoding, pieces, pages }: EncodedDocument): ReadDocument {
  const text = Buffer.concat(pieces).toString(encoding);
  return { text, ...(pages && { pages: pagesOf(pages) }) };
}

function pagesOf(numbers: Uint32Array): PageStart[] {
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    start: numbers[2 * i]!,
    number: numbers[2 * i + 1]!,
  }));
}

function isLatin1(text: string): boolean {
  return !/[^\0-\xff]/.test(text);
}
