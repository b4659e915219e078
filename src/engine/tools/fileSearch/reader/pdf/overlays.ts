import type { Field } from './annotations';
import { logicalText, rightToLeft } from './bidiText';
import { boxAround } from './boxes';
import { placeOf, type TextItem } from './textItem';

/** Longer text is a column rather than the value of a field. */
const maxLines = 10;

/**
 * Divides a page's text from what was put onto it, as programs do that turn the fields of a form into text:
 * pieces of their own, between which pdf.js ends no line, beside or above text that precedes them.
 */
export function withoutOverlays(items: readonly TextItem[]): {
  items: readonly TextItem[];
  overlays: Field[];
} {
  const pieces = piecesOf(items);
  if (pieces.length < 2) return { items, overlays: [] };
  const main: TextItem[] = [];
  const overlays: Field[] = [];
  let lowest = Infinity;
  for (const piece of pieces) {
    const places = piece.filter(({ str }) => /\S/.test(str)).map(placeOf);
    const isLevel = main.length === 0 || isParallel(main[0]!, piece[0]!);
    const isAbove = isLevel && places.some(({ baseline }) => baseline > lowest);
    if (isAbove && piece.filter(({ hasEOL }) => hasEOL).length < maxLines) {
      const displayed = piece
        .map(({ str, hasEOL }) => (hasEOL ? `${str}\n` : str))
        .join('')
        .trim();
      const value = rightToLeft.test(displayed) ? logicalText(displayed, 'rtl') : displayed;
      overlays.push({ box: boxAround(places), label: '', value, displayed, isButton: false });
      continue;
    }
    if (isLevel) lowest = places.reduce((lowest, { baseline }) => Math.min(lowest, baseline), lowest);
    const last = main.pop();
    if (last) main.push({ ...last, hasEOL: true });
    main.push(...piece);
  }
  return { items: main, overlays };
}

function piecesOf(items: readonly TextItem[]): TextItem[][] {
  const pieces: TextItem[][] = [];
  let before: TextItem | undefined;
  for (const item of items) {
    const isText = item.str.trim() !== '';
    if (!before || (isText && !before.hasEOL && !isSameLine(before, item))) pieces.push([]);
    pieces.at(-1)!.push(item);
    if (isText || item.hasEOL) before = item;
  }
  return pieces;
}

function isSameLine(a: TextItem, b: TextItem): boolean {
  const [{ baseline, size }, place] = [placeOf(a), placeOf(b)];
  const isVertical = a.height > size * 1.5;
  return isVertical || (Math.abs(baseline - place.baseline) < size && isParallel(a, b));
}

function isParallel(
  { transform: [a = 1, b = 0] }: TextItem,
  { transform: [c = 1, d = 0] }: TextItem,
): boolean {
  return Math.abs(Math.atan2(b, a) - Math.atan2(d, c)) < 0.01;
}
