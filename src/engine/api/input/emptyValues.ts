import type { core, ZodSafeParseResult, ZodType, output } from 'zod';

/**
 * Each attempt finds the empty values that a stage of the schema rejects. Schemas have few stages: the length of a
 * list, its elements, what one field requires of another.
 */
const maxAttempts = 8;

/**
 * Parses a body whose sender wrote fields that it does not set: `null`, as Python's `model_dump()` does, `[]` for
 * an object, as PHP does, or an object of such fields alone. Where the schema does not accept such a value, the field
 * counts as left out. Fields that are required keep the value, so that the error shows it.
 */
export function parseWithoutEmpty<S extends ZodType>(
  schema: S,
  body: unknown,
): ZodSafeParseResult<output<S>> {
  const omitted = new Map<string, PropertyKey[]>();
  const required = new Set<string>();
  let result = schema.safeParse(body, { reportInput: true });
  for (let attempt = 0; attempt < maxAttempts && !result.success; attempt++) {
    let changed = false;
    const named = result.error.issues
      .flatMap((issue) => pathsOf(issue))
      .flatMap((path) => [path, path.slice(0, -1)]);
    for (const [key, path] of new Map(named.map((path) => [JSON.stringify(path), path]))) {
      if (omitted.delete(key)) required.add(key);
      else if (required.has(key) || !isEmptyField(body, path)) continue;
      else omitted.set(key, path);
      changed = true;
    }
    if (!changed) break;
    result = schema.safeParse(without(body, omitted.values()), { reportInput: true });
  }
  return result;
}

/** Whether a whole body says nothing. */
export function isEmptyBody(body: unknown): boolean {
  return body === undefined || body === '' || isEmptyValue(body);
}

function isEmptyValue(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** The paths that an issue names, with those of all branches of a union. */
function pathsOf(issue: core.$ZodIssue, base: readonly PropertyKey[] = []): PropertyKey[][] {
  const path = [...base, ...issue.path];
  if (issue.code !== 'invalid_union') return [path];
  return [path, ...issue.errors.flat().flatMap((inner) => pathsOf(inner, path))];
}

/** Fields whose keys are the client's own: a value there is data, even if it is empty. */
const pairFields: ReadonlySet<PropertyKey | undefined> = new Set(['metadata', 'attributes']);

/** Whether a path is that of an empty field of an object. Elements of a list are not fields. */
function isEmptyField(body: unknown, path: readonly PropertyKey[]): boolean {
  if (typeof path.at(-1) !== 'string' || pairFields.has(path.at(-2))) return false;
  const value = valueAt(body, path);
  return isEmptyValue(value) || (!pairFields.has(path.at(-1)) && hasEmptyFieldsOnly(value));
}

function hasEmptyFieldsOnly(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(isEmptyValue);
}

/** The value at a path; undefined if there is none. */
function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    body,
  );
}

/** A copy of a body without the fields at these paths. */
function without(body: unknown, paths: Iterable<readonly PropertyKey[]>): unknown {
  const copy: unknown = structuredClone(body);
  for (const path of paths) {
    const owner = valueAt(copy, path.slice(0, -1));
    if (typeof owner === 'object' && owner !== null) Reflect.deleteProperty(owner, path.at(-1) as string);
  }
  return copy;
}
