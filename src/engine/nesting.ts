/** Maximum depth of nested objects and arrays: `JSON.stringify` uses stack per level, `JSON.parse` does not. */
export const maxNesting = 500;

/** Whether a value parsed from JSON is nested deeper than `depth`. */
export function isNestedTooDeep(value: unknown, depth = maxNesting): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((inner) => isNestedTooDeep(inner, depth - 1));
}
