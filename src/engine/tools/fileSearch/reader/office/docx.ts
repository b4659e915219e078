import { Drawings } from './drawings';
import { fieldTarget, linkTarget } from '../links';
import type { OfficeParts } from './officeParts';
import { TextWriter } from '../textWriter';
import { attribute, readXml } from '../xml';

/** Parts whose text is written once, with what they are: before the body, and after it. */
const partsBefore = [{ type: 'header', mark: 'Header' }];
const partsAfter = [
  { type: 'footer', mark: 'Footer' },
  { type: 'footnotes', mark: 'Footnote' },
  { type: 'endnotes', mark: 'Endnote' },
  { type: 'comments', mark: 'Comment' },
];
/** Elements of parts with several notes. */
const noteElements = new Set(['footnote', 'endnote', 'comment']);
/** Elements whose text is deleted, moved elsewhere, or repeated for older programs. */
const leftOut = new Set(['del', 'moveFrom', 'Fallback']);

/**
 * Writes a Word document: a line for each paragraph and each table row, link targets behind their text,
 * headers first; footers, notes and comments last.
 */
export function writeWord(out: TextWriter, parts: OfficeParts, main: string): void {
  writeMarked(out, parts, main, partsBefore);
  writePart(out, parts, main);
  writeMarked(out, parts, main, partsAfter);
}

function writeMarked(
  out: TextWriter,
  parts: OfficeParts,
  main: string,
  kinds: readonly { type: string; mark: string }[],
): void {
  // First, even and other pages may have the same header.
  const written = new Set(['']);
  for (const { type, mark } of kinds) {
    for (const path of parts.related(main, type)) {
      const part = new TextWriter(Infinity);
      writePart(part, parts, path, mark);
      const text = part.document().text.trim();
      if (written.has(text)) continue;
      written.add(text);
      out.line({ blank: true });
      out.write(text);
    }
  }
  out.line({ blank: true });
}

/** Writes a part; `mark` precedes its first text, or that of each of its notes. */
function writePart(out: TextWriter, parts: OfficeParts, path: string, mark?: string): void {
  const drawings = new Drawings(parts, path);
  const targets = new Map(parts.relations(path).map(({ id, path: url, external }) => [id, external && url]));
  let inText = false;
  // Inside `tabs`, an element `tab` defines a tab stop; elsewhere it is a tab character.
  let inStops = false;
  let inInstruction = false;
  let cells = 0;
  let hidden = 0;
  let unwrittenMark = mark;
  const links: { url: string; text: string }[] = [];
  // The fields that are open, innermost last.
  const fields: { instruction: string; hasResult: boolean }[] = [];
  const write = (text: string) => {
    if (unwrittenMark !== undefined && text.trim() !== '') {
      out.write(`${unwrittenMark}: `);
      unwrittenMark = undefined;
    }
    out.write(text);
    const link = links.at(-1);
    if (link) link.text += text;
  };
  const openLink = (url: string | false | undefined) => void links.push({ url: url || '', text: '' });
  const closeLink = () => {
    const link = links.pop();
    if (link) out.write(linkTarget(link.url, link.text));
  };
  readXml(parts.get(path), {
    open(name, attributes) {
      if (leftOut.has(name)) hidden++;
      if (hidden > 0) return;
      if (name === 't') inText = true;
      else if (name === 'tabs') inStops = true;
      else if (name === 'tab' && !inStops) out.write('\t');
      else if (name === 'br' || name === 'cr') out.write(cells > 0 ? ' ' : '\n');
      else if (name === 'noBreakHyphen') out.write('-');
      else if (name === 'pStyle' && /^(heading|title)/i.test(attribute(attributes, 'val') ?? '')) {
        out.line({ blank: true });
      } else if (name === 'tc') cells++;
      else if (name === 'hyperlink') openLink(targets.get(attribute(attributes, 'id') ?? ''));
      else if (name === 'fldSimple') openLink(fieldTarget(attribute(attributes, 'instr')));
      else if (name === 'instrText') inInstruction = true;
      else if (name === 'fldChar') {
        const type = attribute(attributes, 'fldCharType');
        const field = fields.at(-1);
        if (type === 'begin') fields.push({ instruction: '', hasResult: false });
        else if (type === 'separate' && field) {
          field.hasResult = true;
          openLink(fieldTarget(field.instruction));
        } else if (type === 'end' && fields.pop()?.hasResult) closeLink();
      } else if (noteElements.has(name)) {
        const author = attribute(attributes, 'author');
        unwrittenMark = mark && author ? `${mark} by ${author}` : mark;
      } else drawings.open(name, attributes);
    },
    text(text) {
      if (hidden > 0) return;
      if (inText) write(text);
      else if (inInstruction && fields.length > 0) fields.at(-1)!.instruction += text;
    },
    close(name) {
      if (leftOut.has(name)) hidden--;
      if (hidden > 0) return;
      if (name === 't') inText = false;
      else if (name === 'tabs') inStops = false;
      else if (name === 'instrText') inInstruction = false;
      else if (name === 'hyperlink' || name === 'fldSimple') closeLink();
      else if (name === 'tc') {
        cells--;
        out.write('\t');
      } else if (name === 'p') {
        if (cells > 0) out.write(' ');
        else {
          out.line();
          drawings.write(out);
        }
      } else if (name === 'tr') out.line();
      else if (name === 'tbl') out.line({ blank: true });
    },
  });
  drawings.write(out);
}
