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

/** The text of a Word document, a PowerPoint presentation (a page a slide) or an Excel workbook (a page a sheet). */
export function readOffice(bytes: Uint8Array, limits: ReadLimits): ReadDocument {
  const parts = new OfficeParts(unpack(bytes, limits.unpackedBytes));
  const format = formats.find(({ main }) => parts.get(main));
  if (!format) {
    throw new UnreadablePartError(
      'is an archive, but no Word, Excel or PowerPoint file: what is in it has to be added file by file.',
    );
  }
  const out = new TextWriter(limits.characters);
  format.write(out, parts, format.main);
  return out.document();
}

/** Unpacks the parts that text is in. None gets larger than it says of itself, so their sum is known before. */
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
