import { unzipSync } from 'fflate';
import type { ReadDocument } from '../types';
import { writeWord } from './docx';
import { UnreadablePartError } from './errors';
import type { ReadLimits } from './messages';
import { writePresentation } from './pptx';
import { TextWriter } from './textWriter';
import { readXml } from './xml';
import { writeWorkbook } from './xlsx';

/** The parts of an Office file. */
export class OfficeParts {
  constructor(private readonly files: Readonly<Record<string, Uint8Array>>) {}

  get(path: string): Uint8Array | undefined {
    return this.files[path];
  }

  /** What a part refers to: paths of other parts, by the ids it uses for them and by their kind. */
  relations(path: string): { id: string; type: string; path: string }[] {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, slash + 1);
    const found: { id: string; type: string; path: string }[] = [];
    readXml(this.get(`${folder}_rels/${path.slice(slash + 1)}.rels`), {
      open(name, attributes) {
        const { Id, Type = '', Target } = attributes;
        if (name !== 'Relationship' || !Id || !Target) return;
        const target = new URL(Target, `file:///${folder}`).pathname.slice(1);
        found.push({ id: Id, type: Type.slice(Type.lastIndexOf('/') + 1), path: target });
      },
    });
    return found;
  }

  /** The parts that the elements of a list name by their ids, in their order. */
  listed(path: string, element: string): { path: string; attributes: Record<string, string> }[] {
    const relations = new Map(this.relations(path).map((relation) => [relation.id, relation.path]));
    const found: { path: string; attributes: Record<string, string> }[] = [];
    readXml(this.get(path), {
      open(name, attributes) {
        const id = name === element && Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
        const target = id && relations.get(id);
        if (target) found.push({ path: target, attributes });
      },
    });
    return found;
  }
}

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
function unpack(bytes: Uint8Array, most: number): Record<string, Uint8Array> {
  let sum = 0;
  return unzipSync(bytes, {
    filter({ name, originalSize }) {
      if (!/\.(xml|rels)$/i.test(name)) return false;
      sum += originalSize;
      if (sum <= most) return true;
      throw new UnreadablePartError(`is too large: unpacked, it is more than ${most / 1024 / 1024} MB.`);
    },
  });
}
