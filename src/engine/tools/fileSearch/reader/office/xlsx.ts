import { builtInFormats, type DayFormat, dayFormat, dayZero, dayZero1904, showDays } from './cellFormat';
import { Drawings } from './drawings';
import { linkTarget } from '../links';
import type { OfficeParts } from './officeParts';
import type { TextWriter } from '../textWriter';
import { attribute, readXml } from '../xml';

/** Maximum number of tabs written for a gap of empty columns. */
const maxGaps = 20;

/**
 * Writes a workbook: a page per sheet with its name first, a line per row, tabs between cells, ISO 8601
 * dates, link targets behind their text; then its comments and charts.
 */
export function writeWorkbook(out: TextWriter, parts: OfficeParts, main: string): void {
  const relations = parts.relations(main);
  const partOf = (type: string) =>
    parts.get(relations.find((relation) => relation.type === type)?.path ?? '');
  const book: Book = {
    strings: sharedStrings(partOf('sharedStrings')),
    dayStyles: dayStyles(partOf('styles')),
    dayZero: startsIn1904(parts.get(main)) ? dayZero1904 : dayZero,
  };
  parts.listed(main, 'sheet').forEach(({ path, attributes }, i) => {
    out.page(i + 1);
    out.write(attributes['name'] ?? `Sheet ${i + 1}`);
    out.line();
    writeSheet(out, parts.get(path), book, linksOf(parts, path));
    writeComments(out, parts, path);
    writeCharts(out, parts, path);
  });
}

interface Book {
  strings: readonly string[];
  /** The cell styles that show a number as a date or time, by their indexes. */
  dayStyles: ReadonlyMap<number, DayFormat>;
  dayZero: number;
}

function writeSheet(
  out: TextWriter,
  part: Uint8Array | undefined,
  book: Book,
  links: ReadonlyMap<string, string>,
): void {
  let cell: Record<string, string> | undefined;
  let value = '';
  let formula = '';
  let inValue = false;
  let inFormula = false;
  let inPhonetic = false;
  let column = 0;
  // Cells may come without a reference.
  let next = 0;
  readXml(part, {
    open(name, attributes) {
      if (name === 'row') column = next = 0;
      else if (name === 'c') {
        cell = attributes;
        value = '';
        formula = '';
      } else if (name === 'f') inFormula = true;
      else if (name === 'rPh') inPhonetic = true;
      else if (name === 'v' || name === 't') inValue = !inPhonetic;
    },
    text(text) {
      if (cell && inValue) value += text;
      else if (cell && inFormula) formula += text;
    },
    close(name) {
      if (name === 'rPh') inPhonetic = false;
      else if (name === 'v' || name === 't') inValue = false;
      else if (name === 'f') inFormula = false;
      else if (name === 'row') out.line();
      else if (name === 'c' && cell) {
        const at = columnOf(cell['r']) ?? next;
        next = at + 1;
        const shown = shownValue(value, cell, book);
        if (shown !== '') {
          const link = links.get(cell['r'] ?? '') ?? formulaTarget(formula);
          out.write(
            '\t'.repeat(Math.min(Math.max(at - column, 0), maxGaps)) + shown + linkTarget(link, shown),
          );
          column = at;
        }
        cell = undefined;
      }
    },
  });
}

function shownValue(value: string, { t, s }: Record<string, string>, book: Book): string {
  if (t === 's') return oneLine(book.strings[Number(value)] ?? '');
  if (t === 'b') return value === '1' ? 'TRUE' : 'FALSE';
  if (t === undefined || t === 'n') {
    const format = book.dayStyles.get(Number(s));
    return format ? showDays(value, format, book.dayZero) : value;
  }
  return oneLine(t === 'd' ? value : unescaped(value));
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, ' ');
}

/** Excel writes characters that XML cannot hold, or that it changes, as `_x000D_`. */
function unescaped(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([\da-f]{4})_/gi, (_escape, code: string) =>
    // SQLite and others treat a zero as the end of a string.
    String.fromCharCode(Number.parseInt(code, 16) || 0xfffd),
  );
}

/** The addresses of the sheet's links, by the cells they are in. */
function linksOf(parts: OfficeParts, path: string): Map<string, string> {
  const links = new Map<string, string>();
  const targets = new Map(
    parts.relations(path).flatMap(({ id, path: url, external }) => (external ? [[id, url] as const] : [])),
  );
  const part = parts.get(path);
  if (targets.size === 0 || !part) return links;
  // They follow the rows, which are not parsed for them.
  const start = Buffer.from(part.buffer, part.byteOffset, part.byteLength).lastIndexOf('</sheetData>');
  readXml(part.subarray(Math.max(start, 0)), {
    open(name, attributes) {
      const url = name === 'hyperlink' && targets.get(attribute(attributes, 'id') ?? '');
      const cell = attributes['ref']?.split(':')[0];
      if (url && cell) links.set(cell, url);
    },
  });
  return links;
}

/** The address of a formula such as `HYPERLINK("https://example.com","text")`. */
function formulaTarget(formula: string): string | undefined {
  return /^HYPERLINK\(\s*"([^"]+)"/i.exec(formula)?.[1];
}

/** Writes the comments of a sheet. Threaded ones are repeated as comments for older programs. */
function writeComments(out: TextWriter, parts: OfficeParts, sheet: string): void {
  const threads = parts.related(sheet, 'threadedComment');
  for (const path of threads.length > 0 ? threads : parts.related(sheet, 'comments')) {
    let cell = '';
    let text = '';
    let inText = false;
    readXml(parts.get(path), {
      open(name, { ref }) {
        if (name === 'comment' || name === 'threadedComment') {
          cell = ref ?? '';
          text = '';
        } else if (name === 't' || (name === 'text' && threads.length > 0)) inText = true;
      },
      text(piece) {
        if (inText) text += piece;
      },
      close(name) {
        if (name === 't' || name === 'text') inText = false;
        else if ((name === 'comment' || name === 'threadedComment') && text.trim() !== '') {
          out.line();
          out.write(`Comment on ${cell}: ${oneLine(unescaped(text)).trim()}`);
          out.line();
        }
      },
    });
  }
}

function writeCharts(out: TextWriter, parts: OfficeParts, sheet: string): void {
  for (const path of parts.related(sheet, 'drawing')) {
    const drawings = new Drawings(parts, path);
    readXml(parts.get(path), { open: (name, attributes) => drawings.open(name, attributes) });
    drawings.write(out);
  }
}

/** The 0-based column of a reference such as `AB12`. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(reference ?? '')?.[0];
  if (letters === undefined) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function sharedStrings(part: Uint8Array | undefined): string[] {
  const strings: string[] = [];
  let text = '';
  let inText = false;
  let inPhonetic = false;
  readXml(part, {
    open(name) {
      if (name === 'si') text = '';
      else if (name === 'rPh') inPhonetic = true;
      else if (name === 't') inText = !inPhonetic;
    },
    text(piece) {
      if (inText) text += piece;
    },
    close(name) {
      if (name === 't') inText = false;
      else if (name === 'rPh') inPhonetic = false;
      else if (name === 'si') strings.push(unescaped(text));
    },
  });
  return strings;
}

function dayStyles(part: Uint8Array | undefined): Map<number, DayFormat> {
  const formats = new Map(builtInFormats);
  const styles = new Map<number, DayFormat>();
  let inCells = false;
  let style = 0;
  readXml(part, {
    open(name, { numFmtId, formatCode = '' }) {
      const id = Number(numFmtId);
      if (name === 'cellXfs') inCells = true;
      else if (name === 'numFmt') {
        const format = dayFormat(formatCode);
        if (format) formats.set(id, format);
        else formats.delete(id);
      } else if (name === 'xf' && inCells) {
        const format = formats.get(id);
        if (format) styles.set(style, format);
        style++;
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false;
    },
  });
  return styles;
}

function startsIn1904(part: Uint8Array | undefined): boolean {
  let found = false;
  readXml(part, {
    open(name, { date1904 }) {
      if (name === 'workbookPr') found = date1904 === '1' || date1904 === 'true';
    },
  });
  return found;
}
