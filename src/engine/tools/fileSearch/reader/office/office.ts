import type { ReadDocument } from '../../searchTypes';
import { writeWord } from './docx';
import { OfficeParts } from './officeParts';
import { UnreadablePartError } from '../readErrors';
import type { ReadLimits } from '../readerMessages';
import { writePresentation } from './pptx';
import { TextWriter } from '../textWriter';
import { unzip } from '../zip';
import { writeWorkbook } from './xlsx';

/** By the root element of the main part. */
const writers: Readonly<Record<string, typeof writeWord>> = {
  document: writeWord,
  presentation: writePresentation,
  workbook: writeWorkbook,
};
const archive = 'is an archive, not a Word, Excel or PowerPoint file: add the files in it one by one.';
const binaryWorkbook = 'is a binary Excel workbook (.xlsb), which cannot be read: save it as .xlsx.';
const otherFormats: Readonly<Record<string, string>> = {
  VisioDocument: 'is a Visio drawing, which cannot be read: save it as a PDF file.',
};
const usualMains = ['word/document.xml', 'ppt/presentation.xml', 'xl/workbook.xml'];

/** The text of a Word document, PowerPoint presentation (a page per slide) or Excel workbook (a page per sheet). */
export function readOffice(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const parts = new OfficeParts(unzip(bytes, /\.(xml|rels)$/i, limits.unpackedBytes));
  const mains = parts.related('', 'officeDocument');
  const main = [...mains, ...usualMains].find((path) => parts.get(path));
  const root = main && rootElement(parts.get(main));
  const write = root && writers[root];
  if (!main || !write) {
    const isBinary = mains.some((path) => path.endsWith('.bin'));
    throw new UnreadablePartError(isBinary ? binaryWorkbook : (otherFormats[root ?? ''] ?? archive));
  }
  const out = new TextWriter(limits.characters);
  write(out, parts, main);
  return out.document();
}

function rootElement(part: Uint8Array | undefined): string {
  const head = new TextDecoder().decode(part?.subarray(0, 4_096)).replaceAll('\0', '');
  return /<(?:[\w.-]+:)?([\w.-]+)/.exec(head)?.[1] ?? '';
}
