import { ToolError } from './toolOutput';

/** Names that an error lists at most. */
const maxNames = 20;

/** The object with this id or name. Throws ToolError, with the names that there are, if it is not exactly one. */
export function findByName<T extends { id: string; name?: string | null }>(
  objects: readonly T[],
  wanted: string,
  what: string,
): T {
  const byId = objects.find(({ id }) => id === wanted);
  if (byId) return byId;
  const name = wanted.trim().toLowerCase();
  const [found, another] = objects.filter((object) => object.name?.trim().toLowerCase() === name);
  if (found && !another) return found;
  const reason = found
    ? `There are several ${what}s called “${wanted}”. Use the id.`
    : `There is no ${what} “${wanted}”.`;
  throw new ToolError(`${reason} ${namesOf(objects, what)}`);
}

/** A sentence that lists the objects. */
export function namesOf(objects: readonly { id: string; name?: string | null }[], what: string): string {
  if (objects.length === 0) return `There are no ${what}s yet.`;
  const names = objects.slice(0, maxNames).map(({ id, name }) => (name ? `“${name}” (${id})` : id));
  const more = objects.length > maxNames ? `, and ${objects.length - maxNames} more` : '';
  return `There are: ${names.join(', ')}${more}.`;
}
