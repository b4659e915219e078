import { linkTarget } from '../links';
import type { Annotation } from './annotations';
import { rightToLeft } from './bidiText';
import { boxOf, frameOf, isInside } from './boxes';
import { placeOf, type TextItem } from './textItem';

/**
 * A page's text with the targets of its links behind their text, each once. Those in right-to-left text,
 * whose order is not yet that of reading, are in `rest`.
 */
export function withLinks(
  items: readonly TextItem[],
  annotations: readonly Annotation[],
): { items: readonly TextItem[]; rest: string[] } {
  const rectangles = new Map(
    annotations.flatMap(({ subtype, url, rect }) => (subtype === 'Link' && url ? [[url, rect]] : [])),
  );
  if (rectangles.size === 0) return { items, rest: [] };
  const frame = frameOf(items);
  const text = items.map(({ str }) => str).join('');
  const targets = new Map<TextItem, string>();
  const rest: string[] = [];
  for (const [url, rect] of rectangles) {
    const target = linkTarget(url, text);
    if (target === '') continue;
    const box = boxOf(rect, frame);
    const linked = items.filter((item) => {
      const { left, right } = placeOf(item);
      return /\S/.test(item.str) && isInside(item, box) && left < box.right && right > box.left;
    });
    const last = linked.at(-1);
    if (last && !linked.some(({ str }) => rightToLeft.test(str))) {
      targets.set(last, (targets.get(last) ?? '') + target);
    } else rest.push(target.trim());
  }
  return {
    items: items.map((item) => ({ ...item, str: item.str + (targets.get(item) ?? '') })),
    rest,
  };
}
