import type { OfficeParts } from './officeParts';
import type { TextWriter } from './textWriter';
import { readXml } from './xml';

/** Maximum number of tabs written for a gap of empty columns. */
const maxGaps = 20;
const dayMs = 86_400_000;
/** Excel's day 0. Excel treats 1900 as a leap year, so this is exact from March 1900 on. */
const dayZero = Date.UTC(1899, 11, 30);
const dayZero1904 = Date.UTC(1904, 0, 1);

/** Writes a workbook: a page per sheet with its name first, a line per row, tabs between cells, ISO 8601 dates. */
export function writeWorkbook(out: TextWriter, parts: OfficeParts, main: string): void {
  const relations = parts.relations(main);
  const partOf = (type: string) =>
    parts.get(relations.find((relation) => relation.type === type)?.path ?? '');
  const book: Book = {
    strings: sharedStrings(partOf('sharedStrings')),
    dateStyles: dateStyles(partOf('styles')),
    dayZero: startsIn1904(parts.get(main)) ? dayZero1904 : dayZero,
  };
  parts.listed(main, 'sheet').forEach(({ path, attributes }, i) => {
    out.page(i + 1);
    out.write(attributes['name'] ?? `Sheet ${i + 1}`);
    out.line();
    writeSheet(out, parts.get(path), book);
  });
}

interface Book {
  strings: readonly string[];
  /** Indexes of the cell styles that show a number as a date. */
  dateStyles: ReadonlySet<number>;
  dayZero: number;
}

function writeSheet(out: TextWriter, part: Uint8Array | undefined, book: Book): void {
  let cell: Record<string, string> | undefined;
  let value = '';
  let inValue = false;
  let inPhonetic = false;
  let column = 0;
  readXml(part, {
    open(name, attributes) {
      if (name === 'row') column = 0;
      else if (name === 'c') {
        cell = attributes;
        value = '';
      } else if (name === 'rPh') inPhonetic = true;
      else if (name === 'v' || name === 't') inValue = !inPhonetic;
    },
    text(text) {
      if (cell && inValue) value += text;
    },
    close(name) {
      if (name === 'rPh') inPhonetic = false;
      else if (name === 'v' || name === 't') inValue = false;
      else if (name === 'row') out.line();
      else if (name === 'c' && cell) {
        const at = columnOf(cell['r']) ?? column;
        const shown = shownValue(value, cell, book);
        if (shown !== '') {
          out.write('\t'.repeat(Math.min(Math.max(at - column, 0), maxGaps)) + shown);
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
  if (t === undefined || t === 'n')
    return book.dateStyles.has(Number(s)) ? dateOf(value, book.dayZero) : value;
  return oneLine(value);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}

function dateOf(value: string, zero: number): string {
  const days = Number(value);
  const date = new Date(zero + Math.round(days * dayMs));
  if (value === '' || Number.isNaN(date.getTime())) return value;
  const [day, time] = date.toISOString().slice(0, 19).split('T') as [string, string];
  if (Number.isInteger(days)) return day;
  return days < 1 ? time : `${day} ${time}`;
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
      else if (name === 'si') strings.push(text);
    },
  });
  return strings;
}

function dateStyles(part: Uint8Array | undefined): Set<number> {
  const dateFormats = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]);
  const styles = new Set<number>();
  let inCells = false;
  let style = 0;
  readXml(part, {
    open(name, { numFmtId, formatCode = '' }) {
      if (name === 'cellXfs') inCells = true;
      else if (name === 'numFmt' && showsDate(formatCode)) dateFormats.add(Number(numFmtId));
      else if (name === 'xf' && inCells) {
        if (dateFormats.has(Number(numFmtId))) styles.add(style);
        style++;
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false;
    },
  });
  return styles;
}

function showsDate(format: string): boolean {
  return /[ymdhs]/i.test(format.replace(/"[^"]*"|\[[^\]]*\]|\\./g, ''));
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
