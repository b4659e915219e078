import { decodeText } from '../text/encoding';
import { decodeAs } from '../text/legacyEncoding';

/** In place of an encoding: it is detected. */
export const detected = 'detected';

/** The part of the package `iconv-lite` that the reader of Outlook messages needs, without its large tables. */
export function decode(bytes: Uint8Array, encoding: string): string {
  if (encoding !== detected) return decodeAs(encoding, bytes);
  try {
    return decodeText(bytes);
  } catch {
    return decodeAs('windows-1252', bytes);
  }
}

/** Only needed to write messages. */
export function encode(): never {
  throw new Error('Encoding is not supported.');
}
