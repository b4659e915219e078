import { fieldsOf, textOf, type Fields } from '../json';

/** One thing that the body of an error says. */
export interface ErrorClaim {
  /** The parameter that it is about, as a path in snake case: `tools.0.function.strict`; empty if it names none. */
  param: string;
  /** The words, in snake case where they are in camel case. */
  text: string;
  /** The codes that come with it. */
  code: string;
}

const paramNames = ['param', 'loc', 'field', 'parameter', 'instancePath', 'property'];
const textNames = ['message', 'msg', 'description', 'title', 'error_message', 'errorMessage', 'Message'];
const codeNames = ['code', 'type', 'reason', 'status'];
/** What can contain further errors. Other fields may repeat the request. */
const innerNames = [
  'error',
  'errors',
  'issues',
  'detail',
  'details',
  'metadata',
  'raw',
  'fieldViolations',
  'response',
  'cause',
];

const maxDepth = 8;
const maxLength = 20_000;

/**
 * Reads the errors in the body of a response: OpenAI's `param`, the lists of pydantic, Google's field
 * violations, errors within errors, JSON within texts, and plain text.
 */
export function errorClaims(body: string): ErrorClaim[] {
  return [...claimsOf(parsed(body) ?? body, maxDepth)];
}

function* claimsOf(value: unknown, depth: number): Generator<ErrorClaim> {
  if (depth === 0) return;
  if (typeof value === 'string') yield* claimsOfText(value, { param: '', code: '' }, depth);
  else if (Array.isArray(value)) for (const entry of value) yield* claimsOf(entry, depth - 1);
  else yield* claimsOfObject(fieldsOf(value), depth);
}

function* claimsOfObject(fields: Fields, depth: number): Generator<ErrorClaim> {
  const { path } = fields;
  // Zod's; as text it may be the URL's.
  const zodPath = Array.isArray(path) && path.length > 0 ? path : undefined;
  const named = paramNames.map((name) => fields[name]).find(Boolean) ?? zodPath;
  // Some gateways put the words there.
  const isText = typeof named === 'string' && named.includes(' ');
  const param = isText ? '' : pathOf(named);
  const codes = codeNames.map((name) => fields[name]);
  const code = codes.filter((value) => typeof value === 'string' || typeof value === 'number').join(' ');
  const words = textNames.map((name) => textOf(fields[name])).find(Boolean) ?? '';
  const text = isText ? `${words} ${named}` : words;
  if (text || param) yield* claimsOfText(text, { param, code }, depth);
  for (const name of innerNames) {
    const inner = fields[name];
    if (!inner) continue;
    if (name === 'errors' && isMap(inner)) yield* claimsOfMap(fieldsOf(inner));
    else yield* claimsOf(inner, depth - 1);
  }
  // As text, it is among the words above.
  const { message } = fields;
  if (typeof message === 'object' && message !== null) yield* claimsOf(message, depth - 1);
}

/** The words of an error, and the errors in JSON that they quote. */
function* claimsOfText(
  text: string,
  { param, code }: Omit<ErrorClaim, 'text'>,
  depth: number,
): Generator<ErrorClaim> {
  // A number or a list of names in brackets is part of the words.
  const start = text.search(/\[\s*\{|\{/);
  const end = text.lastIndexOf(text[start] === '[' ? ']' : '}') + 1;
  const quoted = start < 0 ? undefined : parsed(text.slice(start, end));
  const own = quoted === undefined ? text : `${text.slice(0, start)} ${text.slice(end)}`;
  const locations = pythonLocations(own);
  for (const location of locations) yield { param: location, text: snakeCase(messagesOfPython(own)), code };
  if (locations.length === 0) yield { param, text: snakeCase(own.slice(0, maxLength)), code };
  if (quoted !== undefined) yield* claimsOf(quoted, depth - 1);
}

/** Errors by parameter, as ASP.NET lists them. */
function* claimsOfMap(fields: Fields): Generator<ErrorClaim> {
  for (const [name, texts] of Object.entries(fields)) {
    yield { param: pathOf(name), text: snakeCase([texts].flat().map(String).join(' ')), code: '' };
  }
}

function isMap(value: unknown): boolean {
  const entries = Object.entries(fieldsOf(value));
  return entries.length > 0 && entries.every(([, texts]) => Array.isArray(texts));
}

/** A JSON object or list; undefined if the text is none. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The paths in a list of errors that was printed by Python: `'loc': ('body', 'top_p')`. */
function pythonLocations(text: string): string[] {
  return [...text.matchAll(/'loc': [([]([^)\]]*)[)\]]/g)].map(([, path = '']) =>
    pathOf(path.split(',').map((part) => part.trim().replaceAll(/^['"]|['"]$/g, ''))),
  );
}

function messagesOfPython(text: string): string {
  return [...text.matchAll(/'msg': '([^']*)'/g)].map(([, message]) => message).join(' ');
}

/** `['body', 'tools', 0]`, `tools[0]`, `/tools/0` as `tools.0`. */
function pathOf(value: unknown): string {
  const path = Array.isArray(value) ? value.map(String).join('.') : textOf(value);
  return snakeCase(path)
    .split(/[.[\]/]+/)
    .filter((part) => part !== '' && !/^(body|request|none|null|generation_config)$/.test(part))
    .join('.');
}

function snakeCase(text: string): string {
  return text.replaceAll(/([a-z\d])([A-Z])(?=[a-z]|\b)/g, '$1_$2').toLowerCase();
}
