/** Formats a call's arguments for display. */
import { isObject, parse, words } from '../../../../src/protocol/json';

export interface NamedArgument {
  /** The title in the schema, else the property's name. */
  name: string;
  description: string | undefined;
  value: string;
}

/** Longer values are cut, and further arguments left out: the JSON below has them. */
const maxValueLength = 500;
const maxArguments = 30;

/** The arguments with the schema's titles and descriptions; empty if it has none for them. */
export function namedArguments(json: string, schema: Record<string, unknown> | undefined): NamedArgument[] {
  const value = parse(json);
  const properties = schema?.['properties'];
  if (!isObject(value) || !isObject(properties)) return [];
  const named = Object.entries(value)
    .slice(0, maxArguments)
    .map(([key, argument]) => {
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
      const { title, description } = isObject(property) ? property : {};
      const text = words(argument);
      return {
        explained: typeof title === 'string' || typeof description === 'string',
        name: typeof title === 'string' ? title : key,
        description: typeof description === 'string' ? description : undefined,
        value: text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text,
      };
    });
  return named.some(({ explained }) => explained) ? named : [];
}
