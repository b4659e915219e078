import type { core, output, ZodSafeParseResult, ZodType } from 'zod';
import { countCodePoints } from '../../text/codePoints';
import { type ApiError, badRequest } from '../../errors';
import { isEmptyBody, parseWithoutEmpty } from './emptyValues';
import { readJson } from './jsonBody';

/**
 * Checks a value against a schema. Throws the API's 400 with the hosted service's wording, which names the
 * first invalid field and what is allowed.
 */
export function check<S extends ZodType>(schema: S, value: unknown): output<S> {
  return dataOf(schema.safeParse(value, { reportInput: true }));
}

/**
 * Reads a request's JSON body and checks it. A body that says nothing (none, `null`, `[]`, `""`) counts as `{}`,
 * and fields that say nothing count as left out.
 */
export async function checkBody<S extends ZodType>(schema: S, request: Request): Promise<output<S>> {
  return checkValue(schema, await readJson(request));
}

/** The same for a body that has been read. */
export function checkValue<S extends ZodType>(schema: S, value: unknown): output<S> {
  return dataOf(parseWithoutEmpty(schema, isEmptyBody(value) ? {} : value));
}

function dataOf<T>(result: ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  throw explain(mostSpecific(result.error.issues));
}

type Issue = core.$ZodIssue;

/** The issue to report. For a union, that of the branch that matched furthest, which is most likely the one meant. */
function mostSpecific(issues: readonly Issue[]): Issue {
  // An unknown (old or misspelt) field is often the cause of the other issues, so it comes first.
  const issue = issues.find((i) => i.code === 'unrecognized_keys') ?? (issues[0] as Issue);
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const branches = issue.errors.filter((branch) => branch.length > 0).map(mostSpecific);
  const deepest = branches.reduce((a, b) => (depth(b) > depth(a) ? b : a));
  if (deepest.path.length === 0 && branches.every((b) => b.code === 'invalid_type')) {
    return {
      ...deepest,
      path: issue.path,
      expected: branches.map((b) => expectedOf(b)).join(' or '),
    } as Issue;
  }
  return { ...deepest, path: [...issue.path, ...deepest.path] };
}

function depth(issue: Issue): number {
  return issue.path.length * 2 + (issue.code === 'invalid_type' ? 0 : 1);
}

function expectedOf(issue: Issue): string {
  return issue.code === 'invalid_type' ? issue.expected : '';
}

function explain(issue: Issue): ApiError {
  const param = paramName(issue.path);
  const at = param === '' ? 'the body of the request' : `'${param}'`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownField(paramName([...issue.path, issue.keys[0] ?? '']));
    case 'invalid_type':
      if (issue.input === undefined) {
        return badRequest(`Missing required parameter: ${at}.`, param, 'missing_required_parameter');
      }
      return badRequest(
        `Invalid type for ${at}: expected ${withArticles(issue.expected)}, but got ${typeName(issue.input)} instead.`,
        param,
        'invalid_type',
      );
    case 'too_big':
      return outOfBounds(at, param, issue.origin, 'above', 'maximum', Number(issue.maximum), issue.input);
    case 'too_small':
      return outOfBounds(at, param, issue.origin, 'below', 'minimum', Number(issue.minimum), issue.input);
    case 'invalid_value':
      return unsupported(param, issue.input, issue.values);
    case 'invalid_union': {
      // Only discriminated unions get here. Zod sets `options`, although its types lack it.
      const { discriminator = '', options = [] } = issue as { discriminator?: string; options?: unknown[] };
      return unsupported(
        param,
        (issue.input as Record<string, unknown> | undefined)?.[discriminator],
        options,
      );
    }
    case 'custom':
      return badRequest(
        issue.message,
        param === '' ? null : param,
        (issue.params?.['code'] as string | undefined) ?? 'invalid_value',
      );
    default:
      return badRequest(`Invalid ${at}: ${issue.message}.`, param, 'invalid_value');
  }
}

/** What replaced the files of assistants and messages of v1 of the API. */
export const filesInV2 =
  "In v2 of the Assistants API files belong to a tool: use 'tool_resources' " +
  "(code_interpreter.file_ids, file_search.vector_store_ids) on assistants and threads, and 'attachments' on messages.";

/** Messages for fields of v1 of the API, which say what replaced them in v2. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['file_ids', `Unknown parameter: '{0}'. ${filesInV2}`],
]);

function unknownField(param: string): ApiError {
  const known = renamed.get(param.split('.').at(-1) ?? '');
  return badRequest(
    known?.replace('{0}', param) ?? `Unknown parameter: '${param}'.`,
    param,
    'unknown_parameter',
  );
}

function unsupported(param: string, input: unknown, values: readonly unknown[]): ApiError {
  if (input === undefined) {
    return badRequest(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  }
  const given = JSON.stringify(input) ?? 'nothing';
  const hint =
    input === 'retrieval' ? " The tool 'retrieval' of v1 is 'file_search' in v2 of the Assistants API." : '';
  const allowed =
    values.length > 0 ? ` Supported values are: ${values.map((v) => `'${String(v)}'`).join(', ')}.` : '';
  return badRequest(
    `Invalid value for '${param}': ${given.slice(0, 200)}.${allowed}${hint}`,
    param,
    'invalid_value',
  );
}

/** The parameters that are decimal numbers; Zod's issues do not tell them from integers. */
const decimals: ReadonlySet<string | undefined> = new Set(['temperature', 'top_p', 'score_threshold']);

function outOfBounds(
  at: string,
  param: string,
  origin: string,
  side: 'above' | 'below',
  limit: 'maximum' | 'minimum',
  value: number,
  input: unknown,
): ApiError {
  const number = decimals.has(param.split('.').at(-1)) ? 'decimal' : 'integer';
  const code = `${origin === 'number' ? number : origin}_${side}_${limit.slice(0, 3)}`;
  if (origin === 'string' || origin === 'array') {
    const length = typeof input === 'string' ? countCodePoints(input) : (input as unknown[]).length;
    const long = side === 'above' ? 'long' : 'short';
    const message = `Invalid ${at}: ${origin} too ${long}. Expected ${withArticles(origin)} with ${limit} length ${value}, but got one with length ${length} instead.`;
    return badRequest(message, param, `${code}_length`);
  }
  const sign = side === 'above' ? '<=' : '>=';
  return badRequest(
    `Invalid ${at}: ${side} the ${limit} value. Expected a value ${sign} ${value}, but got ${String(input)} instead.`,
    param,
    `${code}_value`,
  );
}

function paramName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`;
    const field = shorten(String(key));
    return name === '' ? field : `${name}.${field}`;
  }, '');
}

/** At most `length` characters of a text that a client sent, for a message. */
function shorten(text: string, length = 100): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function withArticles(types: string): string {
  return types
    .split(' or ')
    .map((type) => (type === 'int' ? 'integer' : type === 'record' ? 'object' : type))
    .map((type) => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`)
    .join(' or ');
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number';
  return withArticles(typeof value);
}
