/** Reads the errors of model servers, which come in many forms, and recognises one in a successful response. */
import { fieldsOf, listOf, textOf, type Fields } from '../json';

/** An error as a server reports it. */
export interface ProviderError {
  /** The server's own words; empty if it gave none. */
  message: string;
  /** All codes and types that it names, in lower case. */
  codes: readonly string[];
  /** The HTTP status that it names in its body: 400–599. */
  status?: number;
}

const maxDepth = 6;
const maxItems = 5;

const noError: ProviderError = { message: '', codes: [] };

/** Fields with the words, the best first. */
const wordFields = [
  'message',
  'msg',
  'error_message',
  'errorMessage',
  'error_msg',
  'errorMsg',
  'status_msg',
  'error_description',
  'Message',
  'detail',
  'title',
];

const codeFields = [
  'code',
  'type',
  'status',
  'status_code',
  'statusCode',
  'http_code',
  'error_code',
  'errorCode',
  'error_type',
  'reason',
  '__type',
];

/** Fields that hold an error within an error. */
const innerFields = [
  'error',
  'errors',
  'issues',
  'detail',
  'details',
  'base_resp',
  'innererror',
  'message',
  'response',
];

/** What servers answer for «no error» where others have a code. */
const successCodes = new Set(['', '0', '200', 'ok', 'success', 'null', 'none', 'error', 'about:blank']);

/** The error of a response with an error status. */
export function readErrorBody(body: string): ProviderError {
  return readText(body, 0);
}

/**
 * The error in a value that should have been a part of an answer; undefined if it is none. `whole` says that
 * the value is the complete response, `event` is the type of the server-sent event it came with.
 */
export function errorIn(
  value: unknown,
  { whole = false, event }: { whole?: boolean; event?: string } = {},
): ProviderError | undefined {
  if (event === 'error') return readErrorValue(value);
  // Google's form.
  if (Array.isArray(value)) return fieldsOf(value[0])['error'] ? readErrorValue(value) : undefined;
  const fields = fieldsOf(value);
  const type = textOf(fields['type']);
  const reported =
    Boolean(fields['error']) ||
    fields['object'] === 'error' ||
    type === 'error' ||
    (fields['success'] === false && listOf(fields['errors']).length > 0) ||
    isCode(fieldsOf(fields['base_resp'])['status_code']);
  if (reported) return readErrorValue(value);
  const response = type === 'response.failed' ? fieldsOf(fields['response']) : whole ? fields : {};
  if (response['status'] === 'failed' && 'error' in response) return readErrorValue(response);
  const [choice] = listOf(fields['choices']).map(fieldsOf);
  if (choice) return choiceError(choice, value);
  if (type.startsWith('response.') || listOf(fields['output']).length > 0) return undefined;
  // Words without an answer are an error if a code says so, or if nothing else is to come.
  const read = readErrorValue(value);
  const failed =
    read.status !== undefined ||
    ['code', 'error_code', 'errorCode', '__type'].some((name) => isCode(fields[name])) ||
    /error|fail/i.test(textOf(fields['status']));
  return read.message && (failed || whole || /error|exception/i.test(type)) ? read : undefined;
}

/** Servers that end an answer with an error may say so in its finish reason alone. */
function choiceError(choice: Fields, chunk: unknown): ProviderError | undefined {
  const reason = textOf(choice['finish_reason']);
  if (!/error|insufficient_system_resource/i.test(reason) && !choice['error']) return undefined;
  const error = readErrorValue(choice['error'] ? choice : chunk);
  return { ...error, message: error.message || (reason === 'error' ? '' : reason) };
}

/** Reads the error that a value is known to contain. */
export function readErrorValue(value: unknown, depth = 0): ProviderError {
  if (depth > maxDepth) return noError;
  if (typeof value === 'string') return readText(value, depth);
  if (Array.isArray(value)) return readItems(value, depth);
  if (typeof value !== 'object' || value === null) return noError;
  const fields = fieldsOf(value);
  const own = ownError(fields, depth);
  const inner = innerFields.map((name) => readInner(fields, name, depth));
  // OpenRouter: what the provider behind it said.
  const raw = readErrorValue(fieldsOf(fields['metadata'])['raw'], depth + 1);
  const all = [raw, ...inner, own];
  const messages = all.map(({ message }) => message).filter((message) => message !== '');
  const status = all.find((error) => error.status !== undefined)?.status;
  return {
    message: messages.find((message) => !isLabel(message)) ?? messages[0] ?? '',
    codes: [
      ...new Set(
        all.flatMap(({ codes, message }) => (isLabel(message) ? [...codes, lower(message)] : codes)),
      ),
    ],
    ...(status !== undefined && { status }),
  };
}

function ownError(fields: Fields, depth: number): ProviderError {
  const named = codeFields
    .map((name) => fields[name])
    .filter(isCode)
    .map(String);
  const statuses = named.map(Number).filter((code) => code >= 400 && code < 600);
  const words = wordFields.map((name) => textOf(fields[name])).find((text) => text.trim() !== '') ?? '';
  const packed = readText(words, depth + 1);
  const status = packed.status ?? statuses[0];
  return {
    message: packed.message,
    codes: [...packed.codes, ...named.map(lower)],
    ...(status !== undefined && { status }),
  };
}

function readInner(fields: Fields, name: string, depth: number): ProviderError {
  const value = fields[name];
  // As text, these are among the words of the object itself.
  if (typeof value === 'string' && wordFields.includes(name)) return noError;
  return readErrorValue(value, depth + 1);
}

/** Several errors, such as those of a validator, which name the place of each. */
function readItems(items: readonly unknown[], depth: number): ProviderError {
  const errors = items.slice(0, maxItems).map((item) => {
    const error = readErrorValue(item, depth + 1);
    const place = listOf(fieldsOf(item)['loc'])
      .filter((part) => part !== 'body')
      .map(String)
      .join('.');
    return place && error.message ? { ...error, message: `${place}: ${error.message}` } : error;
  });
  const messages = [...new Set(errors.map(({ message }) => message).filter((message) => message !== ''))];
  const status = errors.find((error) => error.status !== undefined)?.status;
  return {
    message: messages.join('; '),
    codes: errors.flatMap(({ codes }) => codes),
    ...(status !== undefined && { status }),
  };
}

/** An error as text: plain words, JSON, words with JSON at their end, or a web page. */
function readText(text: string, depth: number): ProviderError {
  if (depth > maxDepth) return { message: text.trim(), codes: [] };
  const trimmed = text.trim();
  if (/^<(!doctype|html|\?xml|head|body)/i.test(trimmed)) return { message: titleOf(trimmed), codes: [] };
  // A word in brackets before it is no JSON.
  const start = trimmed.search(/\[\s*\{|\{/);
  const end = trimmed[start] === '[' ? ']' : '}';
  const packed = start < 0 ? undefined : parsed(trimmed.slice(start, trimmed.lastIndexOf(end) + 1));
  if (typeof packed === 'object' && packed !== null) {
    const error = readErrorValue(packed, depth + 1);
    if (start === 0 || error.message) return error;
  }
  const unquoted = /^".*"$/s.test(trimmed) ? parsed(trimmed) : undefined;
  return typeof unquoted === 'string' ? readText(unquoted, depth + 1) : { message: trimmed, codes: [] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The title or the first heading of a web page; empty if it has neither. */
function titleOf(page: string): string {
  const [, title = ''] = /<title[^>]*>([^<]+)</i.exec(page) ?? /<h1[^>]*>([^<]+)</i.exec(page) ?? [];
  return title
    .replace(/&(amp|lt|gt|quot|#39|nbsp|mdash|ndash|#8211|#124);/g, (entity) => entities[entity] ?? entity)
    .trim();
}

const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': ' ',
  '&mdash;': '—',
  '&ndash;': '–',
  '&#8211;': '–',
  '&#124;': '|',
};

/** Whether a text is the name of an error (`Bad Request`, `invalid_request`), beside which others have words. */
function isLabel(text: string): boolean {
  return /^[\w.-]+$|^([A-Z][a-z-]+ ){1,3}[A-Z][a-z-]+$|^Provider returned error$/.test(text);
}

/** Whether a value is a code that names an error. */
function isCode(value: unknown): value is string | number {
  return (typeof value === 'string' || typeof value === 'number') && !successCodes.has(lower(String(value)));
}

function lower(text: string): string {
  return text.trim().toLowerCase();
}
