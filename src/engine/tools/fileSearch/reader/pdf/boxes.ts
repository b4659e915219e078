import { placeOf, type TextItem } from './textItem';

/** A rectangle on a page that is turned until its text is level. */
export interface Box {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

/** The direction in which a page's text runs: a cosine and a sine. */
export interface Frame {
  cos: number;
  sin: number;
}

export function frameOf(items: readonly TextItem[]): Frame {
  const [a = 1, b = 0] = items.find(({ str }) => /\S/.test(str))?.transform ?? [];
  const scale = Math.hypot(a, b);
  return { cos: a / scale, sin: b / scale };
}

export function boxOf(
  [left = 0, bottom = 0, right = 0, top = 0]: readonly number[],
  { cos, sin }: Frame,
): Box {
  const [x1, x2] = [left * cos + bottom * sin, right * cos + top * sin];
  const [y1, y2] = [bottom * cos - left * sin, top * cos - right * sin];
  return { left: Math.min(x1, x2), right: Math.max(x1, x2), bottom: Math.min(y1, y2), top: Math.max(y1, y2) };
}

/** Whether a text stands at the height of a box. */
export function isInside(item: TextItem, { bottom, top }: Box): boolean {
  const { baseline, size } = placeOf(item);
  const middle = baseline + size * 0.35;
  return middle >= bottom && middle <= top;
}
