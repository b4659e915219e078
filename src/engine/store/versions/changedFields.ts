import type { Assistant } from 'openai/resources/beta/assistants';

/** The names of the fields in which two states of an assistant differ, in the order of the API. */
export function changedFields(before: Assistant, after: Assistant): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof Assistant>;
  return [...names].filter((name) => comparable(name, before[name]) !== comparable(name, after[name]));
}

/** The JSON of a field's value, which is the same for what the API answers in the same way. */
function comparable(name: keyof Assistant, value: unknown): string {
  // The order of the fields in a function's schema counts: the model reads it in this order.
  const isOrdered = name !== 'metadata' && name !== 'tool_resources';
  return JSON.stringify((isOrdered ? value : sorted(value)) ?? null);
}

/** Sorts the fields of an object, and leaves out those without a value, as lists without an item. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? value : undefined;
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  const entries = Object.entries(value)
    .map(([name, inner]) => [name, sorted(inner)] as const)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
