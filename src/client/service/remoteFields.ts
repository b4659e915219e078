/** An object parsed from JSON. */
export type Fields = Record<string, unknown>;

/** Called with the name of a field that was replaced. */
type Note = (field: string) => void;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a field, which is an array of objects afterwards. */
export function asArray(owner: Fields, name: string, note: Note): Fields[] {
  const given: unknown = owner[name];
  const items = Array.isArray(given) ? given.filter(isFields) : [];
  if (!Array.isArray(given) || items.length < given.length) note(name);
  owner[name] = items;
  return items;
}

/** The object of a field, which is an object afterwards. */
export function asObject(owner: Fields, name: string, note: Note): Fields {
  const given = owner[name];
  if (isFields(given)) return given;
  note(name);
  const empty: Fields = {};
  owner[name] = empty;
  return empty;
}

/** Makes a field a text, which is empty if it was none. */
export function asText(owner: Fields, name: string, note: Note): void {
  if (typeof owner[name] === 'string') return;
  note(name);
  owner[name] = typeof owner[name] === 'number' ? String(owner[name]) : '';
}

/** Makes a field a number, which is 0 if it was none. */
export function asNumber(owner: Fields, name: string, note: Note): void {
  if (typeof owner[name] === 'number') return;
  note(name);
  owner[name] = 0;
}
