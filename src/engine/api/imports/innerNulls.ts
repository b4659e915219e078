/** Fields with data of their own, in which null may mean something. */
const opaque: ReadonlySet<string> = new Set([
  'metadata',
  'attributes',
  'parameters',
  'schema',
  'turn',
  'forked_from',
]);

/**
 * An object without the null fields of the objects in it: OpenAI's client for Python writes every optional field, such
 * as `"tool_resources": {"code_interpreter": {…}, "file_search": null}`. Its own null fields stay.
 */
export function withoutInnerNulls(object: unknown): unknown {
  if (!isObject(object)) return object;
  return mapFields(object, (name, value) => (opaque.has(name) ? value : prune(value)));
}

function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune);
  if (!isObject(value)) return value;
  const given = Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
  return mapFields(given, (name, inner) => (opaque.has(name) ? inner : prune(inner)));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapFields(object: object, change: (name: string, value: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]));
}
