import type { OfficeParts } from './officeParts';
import type { TextWriter } from './textWriter';
import { attribute, readXml } from './xml';

/** Writes a Word document: a line for each paragraph and each table row, footnotes and endnotes last. */
export function writeWord(out: TextWriter, parts: OfficeParts, main: string): void {
  writePart(out, parts.get(main));
  for (const { type, path } of parts.relations(main)) {
    if (type !== 'footnotes' && type !== 'endnotes') continue;
    out.line({ blank: true });
    writePart(out, parts.get(path));
  }
}

function writePart(out: TextWriter, part: Uint8Array | undefined): void {
  let inText = false;
  // Inside `tabs`, an element `tab` defines a tab stop; elsewhere it is a tab character.
  let inStops = false;
  let cells = 0;
  // The alternative for older programs, which repeats the same text.
  let fallback = 0;
  readXml(part, {
    open(name, attributes) {
      if (name === 'Fallback') fallback++;
      if (fallback > 0) return;
      if (name === 't') inText = true;
      else if (name === 'tabs') inStops = true;
      else if (name === 'tab' && !inStops) out.write('\t');
      else if (name === 'br' || name === 'cr') out.write(cells > 0 ? ' ' : '\n');
      else if (name === 'noBreakHyphen') out.write('-');
      else if (name === 'pStyle' && /^(heading|title)/i.test(attribute(attributes, 'val') ?? '')) {
        out.line({ blank: true });
      } else if (name === 'tc') cells++;
    },
    text(text) {
      if (inText && fallback === 0) out.write(text);
    },
    close(name) {
      if (name === 'Fallback') fallback--;
      if (fallback > 0) return;
      if (name === 't') inText = false;
      else if (name === 'tabs') inStops = false;
      else if (name === 'tc') {
        cells--;
        out.write('\t');
      } else if (name === 'p') {
        if (cells > 0) out.write(' ');
        else out.line();
      } else if (name === 'tr') out.line();
      else if (name === 'tbl') out.line({ blank: true });
    },
  });
}
