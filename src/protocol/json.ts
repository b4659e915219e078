/** Reading untrusted JSON. */

/** Maximum nesting of lists and objects; serializing deeper values could overflow the stack. */
const maxJsonDepth = 100;

/** The value of a JSON text; undefined if it is invalid or too deeply nested. */
export function parse(json: string): unknown {
  try {
    const value = JSON.parse(json) as unknown;
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Whether a value is nested deeper than `parse` accepts. */
export function isTooDeep(value: unknown): boolean {
  return isDeeper(value, maxJsonDepth);
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Indents JSON; other text, and JSON that is nested too deeply, is returned unchanged. */
export function prettyJson(text: string): string {
  const value = parse(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}

/** A value as text: a string unchanged, anything else as JSON. */
export function words(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
