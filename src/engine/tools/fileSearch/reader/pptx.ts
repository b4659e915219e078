import type { OfficeParts } from './officeParts';
import type { TextWriter } from './textWriter';
import { readXml } from './xml';

/** Writes a presentation: a page per slide, followed by its speaker notes. */
export function writePresentation(out: TextWriter, parts: OfficeParts, main: string): void {
  parts.listed(main, 'sldId').forEach(({ path }, i) => {
    out.page(i + 1);
    writePart(out, parts.get(path));
    for (const notes of parts.relations(path).filter(({ type }) => type === 'notesSlide')) {
      out.line({ blank: true });
      writePart(out, parts.get(notes.path));
    }
  });
}

function writePart(out: TextWriter, part: Uint8Array | undefined): void {
  let inText = false;
  let inField = false;
  let cells = 0;
  readXml(part, {
    open(name) {
      if (name === 't') inText = true;
      // Fields such as the slide number are left out.
      else if (name === 'fld') inField = true;
      else if (name === 'br') out.write(cells > 0 ? ' ' : '\n');
      else if (name === 'tab') out.write('\t');
      else if (name === 'tc') cells++;
      else if (name === 'sp') out.line({ blank: true });
    },
    text(text) {
      if (inText && !inField) out.write(text);
    },
    close(name) {
      if (name === 't') inText = false;
      else if (name === 'fld') inField = false;
      else if (name === 'tc') {
        cells--;
        out.write('\t');
      } else if (name === 'p') {
        if (cells > 0) out.write(' ');
        else out.line();
      } else if (name === 'tr') out.line();
    },
  });
}
