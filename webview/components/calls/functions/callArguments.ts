/** A call's arguments for people. */
import { isObject, parse, words } from '../../../../src/protocol/json';

export interface NamedArgument {
  /** The schema's title for it, or its name. */
  name: string;
  description: string | undefined;
  value: string;
}

/** Longer values, and arguments after as many, are left to the JSON below. */
const maxValueLength = 500;
const maxArguments = 30;

/** The arguments by the names and with the explanations that the schema has for them; empty where it has none. */
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

/** JSON indented; what is none, or not all of it yet, as it is. */
export function prettyJson(text: string): string {
  const value = parse(text);
  return value === undefined ? text : JSON.stringify(value, null, 2);
}
