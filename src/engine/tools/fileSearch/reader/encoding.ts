import { analyse } from 'chardet';
import { NotTextError } from './errors';

/** So many bytes tell an encoding. */
const sampleBytes = 64 * 1024;
/** The share of control characters that no text has. */
const mostControls = 0.005;

/**
 * Decodes a text in whatever encoding it is: by its byte order mark, as UTF-16, as UTF-8 where it is
 * that, as what an HTML or XML file says of itself, or as what its bytes look like most. Lines end in
 * `\n` after that. Throws NotTextError.
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = markedEncoding(bytes) ?? wideEncoding(bytes);
  const text = encoding ? decode(bytes, encoding) : (decode(bytes, 'utf-8') ?? decodeLegacy(bytes));
  if (text === undefined || !looksLikeText(text)) throw new NotTextError();
  return text.replace(/\r\n?/g, '\n');
}

function markedEncoding([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8';
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  return a === 0xfe && b === 0xff ? 'utf-16be' : undefined;
}

/** UTF-16 without a mark has its zeros, those of ASCII and line ends, all in the same place of the pairs. */
function wideEncoding(bytes: Uint8Array): string | undefined {
  const sample = bytes.subarray(0, sampleBytes);
  const zeros = [0, 0];
  for (let i = 0; i < sample.length; i++) if (sample[i] === 0) zeros[i % 2]!++;
  const [even, odd] = zeros as [number, number];
  if (even + odd === 0) return undefined;
  if (bytes.length % 2 === 1 || (even > 0 && odd > 0)) throw new NotTextError();
  return odd > 0 ? 'utf-16le' : 'utf-16be';
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

/** Undefined where the bytes are not in that encoding, or it is not known. */
function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function looksLikeText(text: string): boolean {
  const sample = text.slice(0, sampleBytes);
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  const controls = sample.match(/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/g)?.length ?? 0;
  return controls <= sample.length * mostControls;
}
