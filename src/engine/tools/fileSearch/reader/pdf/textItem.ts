/** A piece of a page's text as pdf.js returns it, in the order of the page: right-to-left text is reversed. */
export interface TextItem {
  str: string;
  /** The item ends its line; one with no text may. */
  hasEOL: boolean;
  width: number;
  height: number;
  /** Six numbers that map the text's own coordinates to those of the page. */
  transform: number[];
}

/** Where a text stands on a page that is turned until the text is level. */
export interface Place {
  left: number;
  right: number;
  /** The height above the bottom of the page. */
  baseline: number;
  /** The font's size. */
  size: number;
}

export function placeOf({ transform, width, height }: TextItem): Place {
  const [a, b, c, d, x, y] = transform as [number, number, number, number, number, number];
  const scale = Math.hypot(a, b) || 1;
  const left = (x * a + y * b) / scale;
  return { left, right: left + width, baseline: (y * a - x * b) / scale, size: height || Math.hypot(c, d) };
}

/** Whether a text starts exactly where another ends. */
export function touches(before: TextItem, after: TextItem): boolean {
  const [{ right, baseline, size }, place] = [placeOf(before), placeOf(after)];
  const near = (a: number, b: number) => Math.abs(a - b) < size * 0.01;
  return near(place.left, right) && near(place.baseline, baseline);
}

/** Items of a page, line by line. */
export function linesOf(items: readonly TextItem[]): TextItem[][] {
  const lines: TextItem[][] = [[]];
  for (const item of items) {
    lines.at(-1)!.push(item);
    if (item.hasEOL) lines.push([]);
  }
  return lines;
}
