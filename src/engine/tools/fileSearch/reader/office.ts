import { unzipSync } from 'fflate';
import type { ReadDocument } from '../searchTypes';
import { writeWord } from './docx';
import { OfficeParts } from './officeParts';
import { UnreadablePartError } from './readErrors';
import type { ReadLimits } from './readerMessages';
import { writePresentation } from './pptx';
import { TextWriter } from './textWriter';
import { writeWorkbook } from './xlsx';

const formats = [
  { main: 'word/document.xml', write: writeWord },
  { main: 'ppt/presentation.xml', write: writePresentation },
  { main: 'xl/workbook.xml', write: writeWorkbook },
];

/** The text of a Word document, PowerPoint presentation (a page per slide) or Excel workbook (a page per sheet). */
export function readOffice(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const parts = new OfficeParts(unpack(bytes, limits.unpackedBytes));
  const format = formats.find(({ main }) => parts.get(main));
  if (!format) {
    throw new UnreadablePartError(
      'is an archive, not a Word, Excel or PowerPoint file: add the files in it one by one.',
    );
  }
  const out = new TextWriter(limits.characters);
  format.write(out, parts, format.main);
  return out.document();
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
