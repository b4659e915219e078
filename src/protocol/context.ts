/** Context of a message: files, parts of files and outputs that are sent with it, below the user's words. */
import { isIndex, isObjectOf, isOneOf, isOptional, isString, type Guarded } from './guards';

export type ContextKind = (typeof contextKinds)[number];
export const contextKinds = ['file', 'lines', 'cell', 'problems', 'terminal', 'diff'] as const;

/** Context that goes with the message that is being written. */
export type ContextItem = Guarded<typeof isContextItem>;
export const isContextItem = isObjectOf({
  id: isString,
  kind: isOneOf(contextKinds),
  /** The label of its chip: `a.ts:3-5`. */
  label: isString,
  /** The full path, or where it comes from. */
  detail: isString,
  /** Estimated tokens. */
  tokens: isOptional(isIndex),
  /** Why it cannot be sent as things are. */
  error: isOptional(isString),
});

/** Maximum characters of a message, in UTF-16 code units. */
export const maxMessageLength = 256_000;

/** Maximum number of items of a message. */
export const maxContextItems = 20;

/** Where the suggestions of `#` come from; each source is asked by itself, as some are slow. */
export type ContextSource = (typeof contextSources)[number];
export const contextSources = ['editors', 'outputs', 'files', 'symbols'] as const;

/** A suggestion of `#` in the composer. */
export type ContextChoice = Guarded<typeof isContextChoice>;
export const isContextChoice = isObjectOf({
  id: isString,
  kind: isOneOf([...contextKinds, 'symbol'] as const),
  label: isString,
  detail: isString,
});

/** Maximum length of what is typed after `#`. */
export const maxQueryLength = 100;

/** What stands above the code of an item in a message. */
export interface ContextHeading {
  kind: ContextKind;
  /** A path, relative to the workspace, or the name of an output. */
  name: string;
  /** Counted from 1; of `lines` alone. */
  firstLine?: number;
  lastLine?: number;
}

/** Names of the kinds in messages. In English, whatever the language of VS Code is: the headings are read again. */
const kindNames = {
  file: 'file',
  cell: 'cell',
  problems: 'problems',
  terminal: 'terminal output',
  diff: 'diff',
} as const satisfies Record<Exclude<ContextKind, 'lines'>, string>;

/** An item as it stands in a message: its heading, and its text between fences. */
export function contextBlock(heading: ContextHeading, text: string, language: string): string {
  const content = text.replace(/\r\n?/g, '\n').replace(/\n$/, '');
  const fence = '`'.repeat(Math.max(3, maxRun(content) + 1));
  return `${headingText(heading)}\n\n${fence}${language}\n${content}\n${fence}`;
}

/** A message: the user's words, and then its context. */
export function withContext(words: string, blocks: readonly string[]): string {
  return blocks.length === 0 ? words : [words.trim(), ...blocks].filter(Boolean).join('\n\n');
}

function headingText({ kind, name, firstLine = 1, lastLine = firstLine }: ContextHeading): string {
  const shown = oneLine(name);
  if (kind !== 'lines') return `${shown} (${kindNames[kind]}):`;
  return firstLine === lastLine ? `${shown} line ${firstLine}:` : `${shown} lines ${firstLine}–${lastLine}:`;
}

/** A name of a file may have line breaks. */
function oneLine(name: string): string {
  // eslint-disable-next-line no-control-regex -- as names of files may have them
  return name.replace(/[\0-\x1f\x7f\u2028\u2029]+/g, ' ').trim();
}

/** The longest run of backticks in a text. */
function maxRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}

/** Longer lines are no headings. */
const maxHeadingLength = 1_000;

/** The lines of an excerpt; earlier versions named them in Chinese, too. */
const linesEnding = /^(.+) (?:lines? (\d{1,9})(?:–(\d{1,9}))?|第 (\d{1,9})(?:–(\d{1,9}))? 行):$/;
const kindEnding = new RegExp(`^(.+) \\((${Object.values(kindNames).join('|')})\\):$`);

/** Reads a line of a message as the heading of an item; undefined if it is none. */
export function readHeading(line: string): ContextHeading | undefined {
  if (line.length > maxHeadingLength || !line.endsWith(':')) return undefined;
  const [, file, first, last, chineseFirst, chineseLast] = linesEnding.exec(line) ?? [];
  if (file !== undefined) {
    const firstLine = Number(first ?? chineseFirst);
    return { kind: 'lines', name: file, firstLine, lastLine: Number(last ?? chineseLast ?? firstLine) };
  }
  const [, name, kindName] = kindEnding.exec(line) ?? [];
  const kind = contextKinds.find((one) => one !== 'lines' && kindNames[one] === kindName);
  return name !== undefined && kind !== undefined ? { kind, name } : undefined;
}

/** An item in a few characters: `src/a.ts:3-5`. */
export function headingLabel({ kind, name, firstLine, lastLine }: ContextHeading): string {
  if (kind !== 'lines') return name;
  return firstLine === lastLine ? `${name}:${firstLine}` : `${name}:${firstLine}-${lastLine}`;
}
