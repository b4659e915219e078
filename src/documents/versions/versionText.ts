import type { Assistant } from 'openai/resources/beta/assistants';

/** The fields of an assistant in the order in which they are read; others follow. */
const order = [
  'name',
  'description',
  'model',
  'reasoning_effort',
  'temperature',
  'top_p',
  'response_format',
  'instructions',
  'tools',
  'tool_resources',
  'metadata',
];

/** Fields that are the same in all versions. */
const constant = ['id', 'object', 'created_at'];

/**
 * An assistant as a text that people read and compare: YAML, in which the lines of the instructions are lines. It is only
 * shown, and never read again.
 */
export function versionText(assistant: Assistant): string {
  const fields = Object.entries(assistant).filter(([name]) => !constant.includes(name));
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  fields.sort(([a], [b]) => place(a) - place(b));
  return `${linesOf(Object.fromEntries(fields)).join('\n')}\n`;
}

/** The lines of an object or a list that is not empty. */
function linesOf(value: object): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown) => {
      const [first = '', ...rest] = isBlock(item) ? linesOf(item) : entryLines(item);
      return [`- ${first}`, ...indented(rest)];
    });
  }
  return Object.entries(value).flatMap(([name, inner]) => {
    const key = /^[A-Za-z_$][\w$.-]*$/.test(name) ? name : JSON.stringify(name);
    if (isBlock(inner)) return [`${key}:`, ...indented(linesOf(inner))];
    const [first = '', ...rest] = entryLines(inner);
    return [`${key}: ${first}`, ...rest];
  });
}

/** What follows a key or a dash: one line, or the mark of a text and its lines. */
function entryLines(value: unknown): string[] {
  if (typeof value !== 'string' || !isText(value)) return [JSON.stringify(value ?? null)];
  const endsInNewline = value.endsWith('\n');
  const lines = (endsInNewline ? value.slice(0, -1) : value).split('\n');
  const indent = lines[0] === '' || lines[0]?.startsWith(' ') ? '2' : '';
  return [`|${indent}${endsInNewline ? '+' : '-'}`, ...indented(lines)];
}

/** Whether a string is shown as lines: it has several or is long, and no characters but those of a text. */
function isText(value: string): boolean {
  return (value.includes('\n') || value.length > maxWords) && !/[^\P{Cc}\n\t]/u.test(value);
}

/** Longer strings are texts. */
const maxWords = 40;

function isBlock(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}
