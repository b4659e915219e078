/** How many objects and lists may lie inside each other: to write JSON takes stack, as reading it does not. */
export const maxNesting = 500;

/** Whether something that was read from JSON is nested deeper than anybody means it to be. */
export function isNestedTooDeep(value: unknown, depth = maxNesting): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((inner) => isNestedTooDeep(inner, depth - 1));
}
