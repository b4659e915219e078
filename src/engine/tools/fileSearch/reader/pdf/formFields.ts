import type { Field } from './annotations';
import { displayedText, rightToLeft } from './bidiText';
import { type Box, boxOf, type Frame, frameOf, isInside } from './boxes';
import { placeOf, type TextItem } from './textItem';

/** In font sizes: how far a field may be from its label, which is beside it, behind it or above it. */
const maxDistance = { beside: 20, behind: 4, above: 1.5 };

/**
 * A page's text with the values of fields behind their labels, and the marks of check boxes and radio
 * buttons before them; `rest` has a line for each field whose label is not on the page.
 */
export function withFields(
  items: readonly TextItem[],
  fields: readonly Field[],
): { items: readonly TextItem[]; rest: string[] } {
  if (fields.length === 0) return { items, rest: [] };
  const frame = frameOf(items);
  const placed = new Map<TextItem, { before: TextItem[]; after: TextItem[] }>();
  const rest: string[] = [];
  const boxes = fields.map((field) => ({ field, box: boxOf(field.rect, frame) }));
  for (const { field, box } of boxes.sort((a, b) => a.box.left - b.box.left)) {
    const label = labelOf(items, box, field.isButton);
    if (!label) {
      rest.push(field.isButton ? `${field.value} ${field.label}` : `${field.label}: ${field.value}`);
      continue;
    }
    const { item, isBefore } = label;
    const at = placed.get(item) ?? { before: [], after: [] };
    placed.set(item, at);
    const isFirst = isBefore && at.after.length === 0 && !field.isButton && !/[:?.!]\s*$/.test(item.str);
    if (isFirst && !rightToLeft.test(item.str)) at.after.push(textAt(item, placeOf(item).right, ':', frame));
    const value = rightToLeft.test(field.value)
      ? displayedText(field.value.replaceAll('\n', ' '), 'rtl')
      : field.value;
    if (isBefore) at.after.push(textAt(item, box.left, ` ${value}`, frame));
    else at.before.push(textAt(item, box.left, `${value} `, frame));
  }
  return { items: items.flatMap((item) => inserted(item, placed.get(item))), rest };
}

function inserted(item: TextItem, texts?: { before: TextItem[]; after: TextItem[] }): TextItem[] {
  if (!texts) return [item];
  const line = [...texts.before, { ...item, hasEOL: false }, ...texts.after];
  line[line.length - 1] = { ...line.at(-1)!, hasEOL: item.hasEOL };
  return line;
}

/** The text that labels a field, which stands before it in the order of reading or behind it. */
function labelOf(
  items: readonly TextItem[],
  box: Box,
  isButton: boolean,
): { item: TextItem; isBefore: boolean } | undefined {
  let left: { item: TextItem; distance: number } | undefined;
  let right: typeof left;
  let above: typeof left;
  for (const item of items) {
    if (!/\S/.test(item.str)) continue;
    const place = placeOf(item);
    const near = (known: typeof left, distance: number, max: number) =>
      distance > -0.5 && distance <= max && distance < (known?.distance ?? Infinity)
        ? { item, distance }
        : known;
    if (isInside(item, box)) {
      left = near(left, (box.left - place.right) / place.size, maxDistance.beside);
      right = near(right, (place.left - box.right) / place.size, maxDistance.behind);
    } else if (place.left < box.right && place.right > box.left) {
      above = near(above, (place.baseline - box.top) / place.size, maxDistance.above);
    }
  }
  if (isButton && right && right.distance <= (left?.distance ?? Infinity)) left = undefined;
  if (isButton || (above && right && right.distance < above.distance)) above = undefined;
  const before = left ?? above;
  if (before) return { item: before.item, isBefore: true };
  return right && { item: right.item, isBefore: false };
}

/** A text in the line of an item. */
function textAt(item: TextItem, left: number, str: string, { cos, sin }: Frame): TextItem {
  const { baseline } = placeOf(item);
  const [a, b, c, d] = item.transform as [number, number, number, number];
  const transform = [a, b, c, d, left * cos - baseline * sin, left * sin + baseline * cos];
  return { ...item, str, width: 0, transform, hasEOL: false };
}
