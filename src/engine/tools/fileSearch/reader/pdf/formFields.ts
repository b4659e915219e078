import type { Field } from './annotations';
import { rightToLeft } from './bidiText';
import { type Box, type Frame, isInside } from './boxes';
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
  frame: Frame,
): { items: readonly TextItem[]; rest: string[] } {
  const rest: string[] = [];
  const placed = new Map<TextItem, { field: Field; isBefore: boolean }[]>();
  for (const field of fields) {
    const label = labelOf(items, field.box, field.isButton);
    if (label)
      placed.set(label.item, [...(placed.get(label.item) ?? []), { field, isBefore: label.isBefore }]);
    else if (field.isButton) rest.push(`${field.value} ${field.label}`);
    else rest.push(field.label === '' ? field.value : `${field.label}: ${field.value}`);
  }
  if (placed.size === 0) return { items, rest };
  return { items: items.flatMap((item) => labelled(item, placed.get(item) ?? [], frame)), rest };
}

/** A label with its fields from left to right; the values of those that it stands before follow it. */
function labelled(
  label: TextItem,
  fields: readonly { field: Field; isBefore: boolean }[],
  frame: Frame,
): TextItem[] {
  if (fields.length === 0) return [label];
  const line = [{ ...label, hasEOL: false }];
  const ordered = fields.toSorted((a, b) => a.field.box.left - b.field.box.left);
  for (const { field, isBefore } of ordered) {
    const needsColon =
      isBefore &&
      !field.isButton &&
      field.label !== '' &&
      line.at(-1)!.str === label.str &&
      !/[:?.!]\s*$|^$/.test(label.str);
    if (needsColon && !rightToLeft.test(label.str)) {
      line.push(textAt(label, placeOf(label).right, ':', frame));
    }
    if (isBefore) line.push(textAt(label, field.box.left, ` ${field.displayed}`, frame));
    else line.splice(line.length - 1, 0, textAt(label, field.box.left, `${field.displayed} `, frame));
  }
  line[line.length - 1] = { ...line.at(-1)!, hasEOL: label.hasEOL };
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
