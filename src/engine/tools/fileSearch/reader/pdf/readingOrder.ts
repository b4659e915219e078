import { type Direction, logicalText, rightToLeft } from './bidiText';
import { linesOf, placeOf, type Place, type TextItem } from './textItem';

const rtlLetters = new RegExp(`(?=\\p{L})${rightToLeft.source}`, 'gu');
const ltrLetters = new RegExp(`(?!${rightToLeft.source})\\p{L}`, 'gu');
const letterWithMarks = new RegExp(`(?<letter>${rightToLeft.source})(?<marks>\\p{M}+)`, 'gu');
/** Marks at the left end of a word, and at the right one. */
const marksBefore = new RegExp(`(?<![\\p{L}\\p{M}])\\p{M}+(?=${rightToLeft.source})`, 'gu');
const marksAfter = new RegExp(`(?<=${rightToLeft.source})\\p{M}+(?![\\p{L}\\p{M}])`, 'gu');
const onlyMarks = /^\s*\p{M}+$/u;
/** In font sizes: gaps from which on there is a space, or another column, which may be drawn before. */
const spaceGap = 0.1;
const columnGap = 1.5;
const columnGapBefore = 0.36;
/** A gap that is no mere inaccuracy. */
const smallestGap = 0.03;

/**
 * Items of a page whose right-to-left text is put from the order of the page into the order of reading:
 * each line of such text becomes one item. Other items stay.
 */
export function inReadingOrder(items: readonly TextItem[]): readonly TextItem[] {
  if (!items.some(({ str }) => rightToLeft.test(str))) return items;
  const lines = linesOf(items).map((line) => ({ line, cells: cellsOf(line) }));
  const page = pageOf(lines.flatMap(({ cells }) => cells));
  return lines.flatMap(({ line, cells }) => {
    if (page.direction === 'ltr' && !cells.some(({ text }) => rightToLeft.test(text))) return line;
    const texts = cells.map(({ text, place }) => {
      const displayed = page.marksAfter ? text.replace(letterWithMarks, '$<marks>$<letter>') : text;
      return composed(logicalText(displayed.trim(), directionOf(text, place, page, cells.length)));
    });
    if (page.direction === 'rtl') texts.reverse();
    const last = line.at(-1);
    return last
      ? [{ ...(line.find(({ str }) => str !== '') ?? last), str: texts.join(' '), hasEOL: last.hasEOL }]
      : [];
  });
}

/** Text that stands by itself in a line, in the order of the page. */
interface Cell {
  text: string;
  place: Place;
}

/** The cells of a line from left to right. Text may have been drawn in any order. */
function cellsOf(line: readonly TextItem[]): Cell[] {
  const drawn = piecesOf(line);
  const ordered = drawn.every(({ place }, i) => i === 0 || drawn[i - 1]!.place.left <= place.left);
  const turns = new Map(drawn.map((piece, i) => [piece, i]));
  const pieces = ordered ? drawn : drawn.toSorted((a, b) => a.place.left - b.place.left);
  const cells: Cell[] = [];
  for (const [i, piece] of pieces.entries()) {
    const { text, place, spaced } = piece;
    const cell = cells.at(-1);
    const gap = cell ? (place.left - cell.place.right) / place.size : Infinity;
    const isBefore = i > 0 && turns.get(piece)! < turns.get(pieces[i - 1]!)!;
    if (!cell || gap > (isBefore ? columnGapBefore : columnGap)) {
      cells.push({ text, place: { ...place } });
      continue;
    }
    const space = gap > spaceGap || (ordered && spaced && gap > smallestGap);
    cell.text += space && !/\s$/.test(cell.text) && !/^\s/.test(text) ? ` ${text}` : text;
    cell.place.right = Math.max(cell.place.right, place.right);
  }
  return cells;
}

/** Items with the marks that stand at their first letter, which are drawn before it; `spaced`: after a space. */
function piecesOf(line: readonly TextItem[]): (Cell & { spaced: boolean })[] {
  const pieces: (Cell & { spaced: boolean })[] = [];
  let marks = '';
  let spaced = false;
  for (const item of line) {
    const text = item.str;
    const place = placeOf(item);
    if (/^\s*$/.test(text)) {
      // Between a mark and its letter pdf.js adds a space.
      if (item.width > place.size * 0.03) spaced = true;
    } else if (onlyMarks.test(text)) {
      spaced ||= /^\s/.test(text);
      marks += text.trim();
    } else {
      pieces.push({ text: marks + text, place, spaced });
      marks = '';
      spaced = false;
    }
  }
  const last = pieces.at(-1);
  if (marks !== '' && last) last.text += marks;
  return pieces;
}

interface Page {
  direction: Direction;
  left: number;
  right: number;
  /** A letter's marks are drawn after it. */
  marksAfter: boolean;
}

function pageOf(cells: readonly Cell[]): Page {
  const text = cells.map((cell) => cell.text).join('\n');
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  return {
    direction: count(rtlLetters) > count(ltrLetters) ? 'rtl' : 'ltr',
    left: cells.reduce((left, { place }) => Math.min(left, place.left), Infinity),
    right: cells.reduce((right, { place }) => Math.max(right, place.right), -Infinity),
    marksAfter: count(marksAfter) > count(marksBefore),
  };
}

/** The direction of a paragraph is not part of a PDF file: it shows in letters, signs and margins. */
function directionOf(text: string, place: Place, page: Page, cells: number): Direction {
  const rtl = text.match(rtlLetters)?.length ?? 0;
  const ltr = text.match(ltrLetters)?.length ?? 0;
  if (ltr === 0 && rtl > 0) return 'rtl';
  const starts = /^\s*[.,:;!?،؛؟]/.test(text);
  const ends = /[.,:;!?،؛؟]\s*$/.test(text);
  if (rtl === 0) return page.direction === 'rtl' && starts && !ends ? 'rtl' : 'ltr';
  if (starts !== ends) return starts ? 'rtl' : 'ltr';
  if (cells === 1) {
    const atLeft = place.left - page.left < place.size;
    const atRight = page.right - place.right < place.size;
    if (atLeft !== atRight) return atRight ? 'rtl' : 'ltr';
  }
  if (Math.max(rtl, ltr) > 4 * Math.min(rtl, ltr)) return rtl > ltr ? 'rtl' : 'ltr';
  return page.direction;
}

/** Letters in place of the forms that they have at the start, in the middle and at the end of words. */
function composed(text: string): string {
  return text
    .replace(/[\ufb1d-\ufdff\ufe70-\ufefc]/g, (form) => form.normalize('NFKC').replace(/^ (?=\p{M})/u, ''))
    .normalize('NFC');
}
