import type { KindOrReason, Unreadable } from '../fileKind';

/**
 * The kind of a compound file: an Outlook message; or why it cannot be read: an Office document from before
 * 2007, or a newer one that is encrypted.
 */
export function compoundKind(bytes: Uint8Array, extension: string): KindOrReason {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = rootEntries(content);
  const has = (name: string) =>
    names.length > 0 ? names.includes(name) : content.includes(Buffer.from(name, 'utf16le'));
  if (has('EncryptedPackage')) {
    return { code: 'invalid_file', reason: 'is encrypted: save it without a password.' };
  }
  if (has('__properties_version1.0')) return { kind: 'outlook' };
  const office = oldFormats.find(({ entry }) => has(entry));
  if (office) return refused(office.what, office.advice);
  if (/^\.(docx?|xlsx?|pptx?|dot|xlt|pps|pot)$/.test(extension)) {
    return refused('in an Office 97–2003 format', 'save it as .docx, .xlsx or .pptx');
  }
  if (extension === '.msi') return refused('a program', 'it contains no text');
  return refused('a binary file of an older program', 'save it as a PDF file');
}

/** By an entry of the root. */
const oldFormats = [
  { entry: 'WordDocument', what: 'a Word 97–2003 document (.doc)', advice: 'save it as .docx' },
  { entry: 'Workbook', what: 'an Excel 97–2003 workbook (.xls)', advice: 'save it as .xlsx' },
  { entry: 'Book', what: 'an Excel 5.0/95 workbook (.xls)', advice: 'save it as .xlsx' },
  {
    entry: 'PowerPoint Document',
    what: 'a PowerPoint 97–2003 presentation (.ppt)',
    advice: 'save it as .pptx',
  },
  { entry: 'VisioDocument', what: 'a Visio drawing', advice: 'save it as a PDF file' },
  { entry: 'Quill', what: 'a Publisher document', advice: 'save it as a PDF file' },
  { entry: 'HwpSummaryInformation', what: 'a Hangul document (.hwp)', advice: 'save it as .docx' },
  { entry: '\x05HwpSummaryInformation', what: 'a Hangul document (.hwp)', advice: 'save it as .docx' },
  { entry: 'CONTENTS', what: 'a Microsoft Works document', advice: 'save it as .docx' },
];

function refused(what: string, advice: string): Unreadable {
  return { code: 'unsupported_file', reason: `is ${what}, which cannot be read: ${advice}.` };
}

/** Directory entries of larger directories are not read. */
const maxSectors = 4_096;
const entryBytes = 128;

/** The names of the entries in the root of a compound file; empty if it is damaged. */
function rootEntries(file: Buffer): string[] {
  const shift = file.length < 512 ? 0 : file.readUInt16LE(30);
  if (shift < 7 || shift > 16) return [];
  const size = 2 ** shift;
  const sector = (index: number) => file.subarray((index + 1) * size, (index + 2) * size);
  const next = (index: number) => {
    const table = Math.floor(index / (size / 4));
    const place = (index % (size / 4)) * 4;
    const bytes = table < 109 ? sector(file.readUInt32LE(76 + table * 4)) : Buffer.of();
    return place + 4 <= bytes.length ? bytes.readUInt32LE(place) : -1;
  };
  const sectors: Buffer[] = [];
  for (let at = file.readUInt32LE(48); sectors.length < maxSectors; at = next(at)) {
    const bytes = sector(at);
    if (bytes.length < size) break;
    sectors.push(bytes);
  }
  const directory = Buffer.concat(sectors);
  const entry = (index: number) => directory.subarray(index * entryBytes, (index + 1) * entryBytes);
  const names: string[] = [];
  const seen = new Set<number>();
  // The entries of a folder are a binary tree.
  const waiting = directory.length < entryBytes ? [] : [entry(0).readUInt32LE(76)];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const bytes = entry(index);
    if (bytes.length < entryBytes || seen.has(index)) continue;
    seen.add(index);
    names.push(bytes.toString('utf16le', 0, Math.min(64, Math.max(0, bytes.readUInt16LE(64) - 2))));
    waiting.push(bytes.readUInt32LE(68), bytes.readUInt32LE(72));
  }
  return names;
}
