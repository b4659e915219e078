import { detectAll } from 'jschardet';
import { coherence, languageShare, wordShare } from './plausibleText';
import { codePages, decodeCodePage } from './codePages';

interface Encoding {
  /** Its name in the results of jschardet. */
  name: string;
  /** Its name in TextDecoder, or of a code page that TextDecoder lacks. */
  label: string;
  /** How usual it is: decides between encodings that give equally plausible texts. */
  weight: number;
  /** Whether all its letters come in two cases. */
  cased?: boolean;
}

const encodings: readonly Encoding[] = [
  { name: 'GB18030', label: 'gb18030', weight: 1 },
  { name: 'CP932', label: 'shift_jis', weight: 1 },
  { name: 'EUC-JP', label: 'euc-jp', weight: 1 },
  { name: 'CP949', label: 'euc-kr', weight: 1 },
  { name: 'Big5', label: 'big5', weight: 1 },
  { name: 'CP874', label: 'windows-874', weight: 1 },
  { name: 'Windows-1252', label: 'windows-1252', weight: 1.4, cased: true },
  { name: 'Windows-1250', label: 'windows-1250', weight: 1, cased: true },
  { name: 'ISO-8859-2', label: 'iso-8859-2', weight: 0.9 },
  { name: 'Windows-1251', label: 'windows-1251', weight: 1, cased: true },
  { name: 'KOI8-R', label: 'koi8-r', weight: 0.9, cased: true },
  { name: 'IBM866', label: 'ibm866', weight: 0.9, cased: true },
  { name: 'Windows-1253', label: 'windows-1253', weight: 1, cased: true },
  { name: 'Windows-1254', label: 'windows-1254', weight: 1, cased: true },
  { name: 'Windows-1255', label: 'windows-1255', weight: 1 },
  { name: 'Windows-1256', label: 'windows-1256', weight: 1 },
  { name: 'Windows-1257', label: 'windows-1257', weight: 1 },
  { name: 'cp1258', label: 'windows-1258', weight: 0.9 },
  { name: 'MacRoman', label: 'macintosh', weight: 0.9 },
  { name: 'cp850', label: 'cp850', weight: 0.9 },
  { name: 'cp437', label: 'cp437', weight: 0.85 },
];

/** Encodings are judged by this many bytes. */
const maxSample = 2_048;
/** Maximum number of bytes before the first character beyond ASCII of a line. */
const asciiBefore = 64;
/** The detector gives short texts a low confidence, and those of unusual words none. */
const minConfidence = 0.005;
/** UTF-16 without zeros and without a byte order mark needs this many characters to be recognized. */
const minUtf16 = 4;

/**
 * Decodes text in an encoding from before Unicode, or in UTF-16 without zeros and a byte order mark:
 * the encoding that gives the most plausible text. Damaged characters become U+FFFD.
 */
export function decodeLegacy(bytes: Uint8Array): string {
  const sample = linesAboveAscii(bytes);
  const confidences = detect(sample);
  let best = { score: -1, coherent: 0, label: 'windows-1252' };
  const candidates = encodings.map((encoding) => {
    const text = decodeAs(encoding.label, sample);
    const confidence = Math.max(confidences.get(encoding.name) ?? 0, confidenceInLowerCase(encoding, text));
    return { label: encoding.label, text, limit: (confidence + minConfidence) * encoding.weight };
  });
  candidates.sort((first, second) => second.limit - first.limit);
  for (const { label, text, limit } of candidates) {
    if (limit <= best.score) break;
    const coherent = coherence(text);
    const score = limit * (coherent * languageShare(text) * (0.7 + wordShare(text) * 0.3)) ** 3;
    if (score > best.score) best = { score, coherent, label };
  }
  return wideText(bytes, best.coherent) ?? decodeAs(best.label, bytes);
}

/** Decodes bytes in any encoding by its name. Throws RangeError if it is unknown. */
export function decodeAs(label: string, bytes: Uint8Array): string {
  const name = label.toLowerCase();
  return name in codePages ? decodeCodePage(name, bytes) : new TextDecoder(label).decode(bytes);
}

/** The first lines with characters other than ASCII. In all these encodings, a line end is that of ASCII. */
function linesAboveAscii(bytes: Uint8Array): Uint8Array {
  const lines: Uint8Array[] = [];
  let left = maxSample;
  for (let start = 0; start < bytes.length && left > 0;) {
    const lineEnd = bytes.indexOf(0x0a, start);
    const end = lineEnd === -1 ? bytes.length : lineEnd + 1;
    const line = bytes.subarray(start, end);
    const high = line.findIndex((byte) => byte > 0x7f);
    if (high !== -1) {
      const from = Math.max(0, high - asciiBefore);
      lines.push(line.subarray(from, from + maxSample));
      left -= lines.at(-1)!.length;
    }
    start = end;
  }
  return Buffer.concat(lines);
}

// It falls back to UTF-8 for ASCII, and warns if that is not among the encodings.
const options = { detectEncodings: [...encodings.map(({ name }) => name), 'UTF-8'], minimumThreshold: 0 };

/** The detector's confidence in each encoding, by its name there. */
function detect(bytes: Uint8Array): Map<string | null, number> {
  return new Map(detectAll(bytes, options).map(({ encoding, confidence }) => [encoding, confidence]));
}

/** The detector knows the letters of words in lower case: it is asked again for texts in capitals. */
function confidenceInLowerCase(encoding: Encoding, text: string): number {
  if (!encoding.cased) return 0;
  const letters = text.match(/(?![A-Za-z])\p{L}/gu) ?? [];
  const capitals = letters.filter((letter) => letter !== letter.toLowerCase());
  if (capitals.length < 3 || capitals.length * 2 <= letters.length) return 0;
  const byteOf = new Map<string, number>();
  for (let byte = 0xff; byte >= 0; byte--) byteOf.set(decodeAs(encoding.label, Uint8Array.of(byte)), byte);
  const bytes = Uint8Array.from(
    text,
    (letter) => byteOf.get(letter.toLowerCase()) ?? byteOf.get(letter) ?? 0x20,
  );
  return detect(bytes).get(encoding.name) ?? 0;
}

/** Text in UTF-16, if it consists of common characters alone: bytes wrongly decoded as UTF-16 rarely do. */
function wideText(bytes: Uint8Array, coherentOtherwise: number): string | undefined {
  if (bytes.length % 2 === 1 || bytes.length < minUtf16 * 2) return undefined;
  const encoding = ['utf-16le', 'utf-16be'].find((label) => {
    const sample = new TextDecoder(label).decode(bytes.subarray(0, maxSample));
    return coherence(sample) === 1 && coherentOtherwise < 1;
  });
  return encoding && new TextDecoder(encoding).decode(bytes);
}
