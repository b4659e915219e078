/**
 * The JSON Schema to send for the arguments of a function. Servers reject functions without a schema, and
 * schemas without `type` or `properties`.
 */
export function argumentSchema(parameters: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'object', properties: {}, ...parameters };
}
