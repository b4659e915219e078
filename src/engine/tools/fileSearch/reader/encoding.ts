import { analyse } from 'chardet';
import { NotTextError } from './readErrors';

/** So many bytes tell an encoding. */
const sampleBytes = 64 * 1024;
/** The share of control characters that no text has. */
const maxControls = 0.005;
/** A text of so many characters may have one all the same. */
const minLengthForControl = 40;
/** The share of characters without a meaning that no text has. */
const maxUnusual = 0.02;
/** So many characters that are UTF-8 make up for one fault: no other encoding looks as much like it. */
const validPerError = 3;

/**
 * Decodes a text in whatever encoding it is: by its byte order mark, as UTF-8 where it is that, as
 * UTF-16, as what an HTML or XML file says of itself, or as what its bytes look like most. Lines end in
 * `\n` after that. Throws NotTextError.
 */
export function decodeText(bytes: Uint8Array): string {
  const marked = markedEncoding(bytes);
  const text = marked ? decodeMarked(bytes, marked) : decodeUnmarked(bytes);
  if (text === undefined || !looksLikeText(text)) throw new NotTextError();
  // The database and others take a zero for an end.
  return text.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd');
}

function markedEncoding([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
}

/** Its mark tells what it is: a few faults change nothing in that. */
function decodeMarked(bytes: Uint8Array, encoding: string): string | undefined {
  const strict = decode(bytes, encoding);
  if (strict !== undefined) return strict;
  const lenient = new TextDecoder(encoding).decode(bytes);
  return isReadable(lenient) ? lenient : undefined;
}

function decodeUnmarked(bytes: Uint8Array): string | undefined {
  const utf8 = decode(bytes, 'utf-8') ?? decodeDamaged(bytes);
  if (utf8 !== undefined && looksLikeText(utf8)) return utf8;
  const utf16 = utf16Encoding(bytes);
  return utf16 ? decode(bytes, utf16) : (utf8 ?? decodeLegacy(bytes));
}

/** UTF-8 that is cut in the middle of a character, or damaged in a few places; undefined where it is something else. */
function decodeDamaged(bytes: Uint8Array): string | undefined {
  const decoder = new TextDecoder();
  const text = decoder.decode(bytes, { stream: true });
  let errors = 0;
  let valid = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0xfffd) errors++;
    else if (unit > 0x7f) valid++;
  }
  // What is left is a character that was begun at the end.
  return valid > 0 && errors * validPerError <= valid ? text + decoder.decode() : undefined;
}

/** UTF-16 without a mark, which has zeros: those of ASCII, of line ends, and of characters such as `一` (U+4E00). */
function utf16Encoding(bytes: Uint8Array): string | undefined {
  if (bytes.length % 2 === 1) return undefined;
  const sample = bytes.subarray(0, sampleBytes);
  if (!sample.includes(0)) return undefined;
  const likelyFirst = isLittleEndian(sample) ? ['utf-16le', 'utf-16be'] : ['utf-16be', 'utf-16le'];
  return likelyFirst.find((encoding) => {
    const text = decode(sample, encoding, { stream: true });
    return text !== undefined && looksLikeText(text) && isReadable(text);
  });
}

/** The first bytes of a text's characters, which tell their script, differ less than the second ones. */
function isLittleEndian(sample: Uint8Array): boolean {
  const kinds = [new Set<number>(), new Set<number>()] as const;
  const zeros = [0, 0] as [number, number];
  for (const [i, byte] of sample.entries()) {
    const place = i % 2 === 0 ? 0 : 1;
    kinds[place].add(byte);
    if (byte === 0) zeros[place]++;
  }
  const [even, odd] = kinds;
  return even.size === odd.size ? zeros[1] > zeros[0] : odd.size < even.size;
}

/** Whether nearly all characters are ones that texts are written with: bytes that are no UTF-16 make others soon. */
function isReadable(text: string): boolean {
  const sample = text.slice(0, sampleBytes);
  const unusual = sample.match(/(?![\s\u00ad\u200b-\u200f\ufeff])\p{C}|\ufffd/gu)?.length ?? 0;
  return unusual <= sample.length * maxUnusual;
}

function decodeLegacy(bytes: Uint8Array): string | undefined {
  const sample = bytes.subarray(0, sampleBytes);
  const candidates = [declaredEncoding(sample), ...likelyEncodings(sample), 'windows-1252'];
  for (const encoding of candidates) {
    const text = encoding && decode(bytes, encoding);
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/** What a page says in `<meta charset>`, or an XML file in its first line. */
function declaredEncoding(sample: Uint8Array): string | undefined {
  const head = Buffer.from(sample.subarray(0, 2_048)).toString('latin1');
  return /<(?:meta|\?xml)[^>]*(?:charset|encoding)\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
}

function likelyEncodings(sample: Uint8Array): string[] {
  return analyse(sample)
    .filter(({ name }) => !/^(ascii|utf|iso-2022)/i.test(name))
    .map(({ name }) => name);
}

/** Undefined where the bytes are not in that encoding, or it is not known. `stream`: more may follow them. */
function decode(bytes: Uint8Array, encoding: string, options?: { stream: boolean }): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, options);
  } catch {
    return undefined;
  }
}

function looksLikeText(text: string): boolean {
  const sample = text.slice(0, sampleBytes);
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  const controls = sample.match(/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/g)?.length ?? 0;
  return controls <= Math.max(sample.length * maxControls, sample.length < minLengthForControl ? 0 : 1);
}
