import * as vscode from 'vscode';

/** An error in the schema of a strict function, and its path in the schema. */
export interface StrictError {
  path: (string | number)[];
  message: string;
}

type Schema = Record<string, unknown>;

const schemaMaps = ['properties', '$defs', 'definitions'];
const schemaLists = ['anyOf', 'prefixItems'];

/**
 * Why a schema is not strict: models can follow it exactly only if every object lists all its properties
 * as required and allows no others.
 */
export function strictErrors(schema: Schema, path: (string | number)[] = []): StrictError[] {
  return [
    ...objectErrors(schema, path),
    ...partsOf(schema, path).flatMap(([part, at]) => strictErrors(part, at)),
  ];
}

function objectErrors(schema: Schema, path: (string | number)[]): StrictError[] {
  const { properties, type } = schema;
  const isObjectSchema = type === 'object' || (Array.isArray(type) && type.includes('object'));
  if (!isObjectSchema && !isSchema(properties)) return [];
  const errors: StrictError[] = [];
  if (schema['additionalProperties'] !== false) {
    errors.push({
      path: 'additionalProperties' in schema ? [...path, 'additionalProperties'] : path,
      message: vscode.l10n.t('A strict function needs "additionalProperties": false in every object.'),
    });
  }
  const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const missing = Object.keys(isSchema(properties) ? properties : {}).filter(
    (key) => !required.includes(key),
  );
  if (missing.length > 0) {
    errors.push({
      path: 'required' in schema ? [...path, 'required'] : path,
      message: vscode.l10n.t(
        'A strict function must list every property as required; missing here: {0}.',
        missing.join(', '),
      ),
    });
  }
  return errors;
}

function partsOf(schema: Schema, path: (string | number)[]): [Schema, (string | number)[]][] {
  const parts: [unknown, (string | number)[]][] = [[schema['items'], [...path, 'items']]];
  for (const key of schemaMaps) {
    const map = schema[key];
    if (isSchema(map)) for (const name of Object.keys(map)) parts.push([map[name], [...path, key, name]]);
  }
  for (const key of schemaLists) {
    const list: unknown = schema[key];
    if (Array.isArray(list)) list.forEach((part, index) => parts.push([part, [...path, key, index]]));
  }
  return parts.filter((part): part is [Schema, (string | number)[]] => isSchema(part[0]));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
