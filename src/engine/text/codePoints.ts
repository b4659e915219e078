/**
 * Positions in texts of the API count code points, as the strings of Python do; those of JavaScript count UTF-16
 * units. Each code point has one unit that is no low surrogate.
 */
const lowSurrogate = /[\uDC00-\uDFFF]/g;

/** The number of code points in a text, of which each half of a pair may be in another one. */
export function countCodePoints(text: string): number {
  return text.length - (text.match(lowSurrogate)?.length ?? 0);
}

/** Converts the ranges of annotations of a text from UTF-16 units to code points. */
export function inCodePoints<A extends { start_index: number; end_index: number }>(
  text: string,
  annotations: readonly A[],
): A[] {
  const lows = [...text.matchAll(lowSurrogate)].map(({ index }) => index);
  if (lows.length === 0) return [...annotations];
  const pointsBefore = (unit: number): number => unit - lows.filter((at) => at < unit).length;
  return annotations.map((annotation) => ({
    ...annotation,
    start_index: pointsBefore(annotation.start_index),
    end_index: pointsBefore(annotation.end_index),
  }));
}
