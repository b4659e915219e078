import { unzipSync } from 'fflate';
import type { ReadDocument } from '../../searchTypes';
import { writeWord } from './docx';
import { OfficeParts } from './officeParts';
import { UnreadablePartError } from '../readErrors';
import type { ReadLimits } from '../readerMessages';
import { writePresentation } from './pptx';
import { TextWriter } from '../textWriter';
import { writeWorkbook } from './xlsx';

/** By the root element of the main part. */
const writers: Readonly<Record<string, typeof writeWord>> = {
  document: writeWord,
  presentation: writePresentation,
  workbook: writeWorkbook,
};
const usualMains = ['word/document.xml', 'ppt/presentation.xml', 'xl/workbook.xml'];

/** The text of a Word document, PowerPoint presentation (a page per slide) or Excel workbook (a page per sheet). */
export function readOffice(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const parts = new OfficeParts(unpack(bytes, limits.unpackedBytes));
  const main = [...parts.related('', 'officeDocument'), ...usualMains].find((path) => parts.get(path));
  const write = main && writers[rootElement(parts.get(main))];
  if (!write) {
    throw new UnreadablePartError(
      'is an archive, not a Word, Excel or PowerPoint file: add the files in it one by one.',
    );
  }
  const out = new TextWriter(limits.characters);
  write(out, parts, main);
  return out.document();
}

function rootElement(part: Uint8Array | undefined): string {
  const head = new TextDecoder().decode(part?.subarray(0, 4_096)).replaceAll('\0', '');
  return /<(?:[\w.-]+:)?([\w.-]+)/.exec(head)?.[1] ?? '';
}

/** Unpacks the XML parts. Parts never exceed their declared sizes, so it is enough to check the sum of those. */
function unpack(bytes: Uint8Array, maxBytes: number): Record<string, Uint8Array> {
  let sum = 0;
  return unzipSync(bytes, {
    filter({ name, originalSize }) {
      if (!/\.(xml|rels)$/i.test(name)) return false;
      sum += originalSize;
      if (sum <= maxBytes) return true;
      throw new UnreadablePartError(`is too large: unpacked, it is more than ${maxBytes / 1024 / 1024} MB.`);
    },
  });
}
