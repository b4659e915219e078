import { Allow, parse } from 'partial-json';

/**
 * The Python in the arguments of a code interpreter call, `{"code": "…"}`, as far as it was written.
 * Some models write the code alone; that is seen once it is `whole`.
 */
export function codeIn(json: string, { whole = false } = {}): string {
  const value = tryParse(json);
  if (typeof value === 'string') return value;
  const code = typeof value === 'object' && value !== null ? (value as { code?: unknown }).code : undefined;
  if (typeof code === 'string') return code;
  return whole ? json : '';
}

function tryParse(json: string): unknown {
  try {
    return parse(json, Allow.STR | Allow.OBJ);
  } catch {
    return undefined;
  }
}
