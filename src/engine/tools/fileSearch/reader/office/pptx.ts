import { Drawings } from './drawings';
import { linkTarget } from '../links';
import type { OfficeParts } from './officeParts';
import type { TextWriter } from '../textWriter';
import { attribute, readXml } from '../xml';

/** Writes a presentation: a page per slide, followed by its speaker notes and comments. */
export function writePresentation(out: TextWriter, parts: OfficeParts, main: string): void {
  parts.listed(main, 'sldId').forEach(({ path }, i) => {
    out.page(i + 1);
    writePart(out, parts, path);
    for (const notes of parts.related(path, 'notesSlide')) {
      out.line({ blank: true });
      writePart(out, parts, notes, 'Notes');
    }
    for (const comments of parts.related(path, 'comments')) {
      out.line({ blank: true });
      writePart(out, parts, comments, 'Comment');
    }
  });
}

/** Writes a part; `mark` precedes its first text, or that of each comment. */
function writePart(out: TextWriter, parts: OfficeParts, path: string, mark?: string): void {
  const drawings = new Drawings(parts, path);
  const targets = new Map(parts.relations(path).map(({ id, path: url, external }) => [id, external && url]));
  let inText = false;
  let inField = false;
  let cells = 0;
  // The alternative for older programs, which repeats the same text.
  let fallback = 0;
  let unwrittenMark = mark;
  let inRun = false;
  let run = { url: '', text: '' };
  let shape = { url: '', text: '' };
  const write = (text: string) => {
    if (unwrittenMark !== undefined && text.trim() !== '') {
      out.write(`${unwrittenMark}: `);
      unwrittenMark = undefined;
    }
    out.write(text);
    run.text += text;
    shape.text += text;
  };
  readXml(parts.get(path), {
    open(name, attributes) {
      if (name === 'Fallback') fallback++;
      if (fallback > 0) return;
      drawings.open(name, attributes);
      // Comments from before 2021 have `text`.
      if (name === 't' || name === 'text') inText = true;
      // Fields such as the slide number are left out.
      else if (name === 'fld') inField = true;
      else if (name === 'br') out.write(cells > 0 ? ' ' : '\n');
      else if (name === 'tab') out.write('\t');
      else if (name === 'tc') cells++;
      else if (name === 'cm') unwrittenMark = mark;
      else if (name === 'r') {
        inRun = true;
        run = { url: '', text: '' };
      } else if (name === 'hlinkClick') {
        (inRun ? run : shape).url = targets.get(attribute(attributes, 'id') ?? '') || '';
      } else if (name === 'sp') {
        out.line({ blank: true });
        shape = { url: '', text: '' };
      }
    },
    text(text) {
      if (inText && !inField && fallback === 0) write(text);
    },
    close(name) {
      if (name === 'Fallback') fallback--;
      if (fallback > 0) return;
      if (name === 't' || name === 'text') inText = false;
      else if (name === 'fld') inField = false;
      else if (name === 'r') {
        out.write(linkTarget(run.url, run.text));
        inRun = false;
      } else if (name === 'tc') {
        cells--;
        out.write('\t');
      } else if (name === 'p') {
        if (cells > 0) out.write(' ');
        else out.line();
      } else if (name === 'tr' || name === 'cm') out.line();
      else if (name === 'sp' && shape.text !== '') {
        const target = linkTarget(shape.url, shape.text).trim();
        if (target !== '') out.write(target);
        out.line();
      }
    },
  });
  drawings.write(out);
}
