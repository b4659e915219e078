import { decodeAs, decodeLegacy } from './legacyEncoding';
import { NotTextError, UnreadablePartError } from '../readErrors';

/** UTF-16, ISO-2022-JP and control characters are looked for in this many bytes or characters. */
const sampleBytes = 64 * 1024;
/** Maximum share of control characters in a text. */
const maxControls = 0.005;
/** From this length on, a text may contain one control character whatever the share. */
const minLengthForControl = 40;
/** Maximum share of unassigned or unusual characters in a text. */
const maxUnusual = 0.02;
/** Damaged UTF-8 has at least this many valid multibyte characters per error; other encodings have fewer. */
const validPerError = 3;

/**
 * Decodes text and detects its encoding: by byte order mark, as valid UTF-8, as UTF-16, as declared in
 * an HTML or XML file, or as the legacy encoding that gives the most plausible text. Line ends become
 * `\n`. Throws NotTextError, and UnreadablePartError if `encoding` is given and unknown.
 */
export function decodeText(bytes: Uint8Array, encoding?: string): string {
  const marked = markedEncoding(bytes);
  const text = encoding
    ? decodeNamed(bytes, encoding)
    : marked
      ? decodeMarked(bytes, marked)
      : decodeUnmarked(bytes);
  if (text === undefined || !looksLikeText(text)) throw new NotTextError();
  // SQLite and others treat a zero as the end of a string.
  return text.replace(/\r\n?/g, '\n').replaceAll('\0', '\ufffd');
}

function decodeNamed(bytes: Uint8Array, encoding: string): string {
  try {
    return decodeAs(encoding, bytes);
  } catch {
    throw new UnreadablePartError(`cannot be read: “${encoding}” is not an encoding.`);
  }
}

function markedEncoding([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
}

/** The byte order mark settles the encoding, so a few decoding errors are tolerated. */
function decodeMarked(bytes: Uint8Array, encoding: string): string | undefined {
  const strict = decode(bytes, encoding);
  if (strict !== undefined) return strict;
  const lenient = new TextDecoder(encoding).decode(bytes);
  return isReadable(lenient) ? lenient : undefined;
}

function decodeUnmarked(bytes: Uint8Array): string | undefined {
  if (isIso2022(bytes)) return decode(bytes, 'iso-2022-jp');
  const utf8 = decode(bytes, 'utf-8') ?? decodeDamaged(bytes);
  if (utf8 !== undefined && looksLikeText(utf8)) return utf8;
  const utf16 = utf16Encoding(bytes);
  return utf16 ? decode(bytes, utf16) : (utf8 ?? decodeDeclared(bytes) ?? decodeLegacy(bytes));
}

/** Decodes UTF-8 that is truncated or damaged in a few places; undefined if it is another encoding. */
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
  // The final call adds a replacement character for a truncated last character.
  return valid > 0 && errors * validPerError <= valid ? text + decoder.decode() : undefined;
}

/** Detects UTF-16 without a byte order mark by zeros, as in ASCII, line ends and characters like `一` (U+4E00). */
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

/** High bytes, which determine the script, vary less than low bytes. */
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

/** Whether nearly all characters are assigned, printable ones: bytes wrongly decoded as UTF-16 soon give others. */
function isReadable(text: string): boolean {
  const sample = text.slice(0, sampleBytes);
  const unusual = sample.match(/(?![\s\u00ad\u200b-\u200f\ufeff])\p{C}|\ufffd/gu)?.length ?? 0;
  return unusual <= sample.length * maxUnusual;
}

/** Decodes text in the encoding declared in `<meta charset>` or in the first line of an XML file. */
function decodeDeclared(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 2_048)).toString('latin1');
  const encoding = /<(?:meta|\?xml)[^>]*(?:charset|encoding)\s*=\s*["']?([\w-]+)/i.exec(head)?.[1];
  return encoding && decode(bytes, encoding);
}

/** Whether a text in ASCII switches to Japanese characters by an escape sequence. */
function isIso2022(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, sampleBytes)).toString(
    'latin1',
  );
  return (head.includes('\x1b$B') || head.includes('\x1b$@')) && !/[\x80-\xff]/.test(head);
}

/** Undefined if the bytes are invalid in that encoding or it is unknown. `stream`: the last character may be cut. */
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
