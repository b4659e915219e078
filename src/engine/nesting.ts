/** Maximum depth of nested objects and arrays: `JSON.stringify` uses stack per level, `JSON.parse` does not. */
export const maxNesting = 500;

/** Whether JSON has enough brackets to be nested too deeply: a cheap first check. */
export function mayBeTooDeep(json: string): boolean {
  if (json.length <= maxNesting) return false;
  let brackets = 0;
  for (const bracket of ['{', '[']) {
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1)) brackets++;
  }
  return brackets > maxNesting;
}

/** Whether a value parsed from JSON is nested deeper than `depth`. */
export function isNestedTooDeep(value: unknown, depth = maxNesting): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((inner) => isNestedTooDeep(inner, depth - 1));
}
