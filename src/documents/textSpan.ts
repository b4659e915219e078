/** A range of a text; lines and columns are 0-based. */
export interface TextSpan {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}

/** What is known of a passage: its text, its offsets into the text with `\n` line ends, its 1-based line. */
export interface KnownPlace {
  passage?: string;
  start?: number;
  end?: number;
  line?: number;
}

/**
 * Finds a passage in a text: by its text if given, and then the occurrence nearest to the offset or line;
 * else by the offset or line alone. Undefined if the text is given but not found, or nothing is given.
 */
export function findPassage(text: string, { passage, start, end, line }: KnownPlace): TextSpan | undefined {
  const plain = text.replace(/\r\n?/g, '\n').replace(/^\uFEFF/, '');
  const words = passage?.replace(/\r\n?/g, '\n').trim();
  if (words) {
    const at = nearest(plain, words, start ?? (line === undefined ? 0 : startOfLine(plain, line)));
    return at === undefined ? undefined : spanOf(plain, at, at + words.length);
  }
  if (start !== undefined && start < plain.length) {
    return spanOf(plain, start, Math.min(plain.length, Math.max(start, end ?? start)));
  }
  if (line === undefined) return undefined;
  const at = startOfLine(plain, line);
  return spanOf(plain, at, at);
}

/** Minimum number of characters of a line that identifies a passage. */
const minLineLength = 12;

/**
 * Finds where a passage begins in a text that differs from the extracted one: an HTML page, or a file that
 * was edited. Searches for the first line of the passage that occurs, with any white space or tags between
 * its words.
 */
export function findBeginning(text: string, passage: string): TextSpan | undefined {
  const lines = passage.split(/[\r\n]+/).map((line) => line.trim());
  for (const line of lines.filter(({ length }) => length >= minLineLength)) {
    const words = line.split(/\s+/).map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    const found = new RegExp(words.join('(?:\\s|<[^<>]*>)+')).exec(text);
    if (found) return spanOf(text, found.index, found.index + found[0].length);
  }
  return undefined;
}

function nearest(text: string, words: string, wanted: number): number | undefined {
  const after = text.indexOf(words, wanted);
  const before = text.lastIndexOf(words, wanted);
  if (after === -1 || before === -1)
    return Math.max(after, before) === -1 ? undefined : Math.max(after, before);
  return after - wanted < wanted - before ? after : before;
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let number = 1; number < line; number += 1) {
    const end = text.indexOf('\n', at);
    if (end === -1) return at;
    at = end + 1;
  }
  return at;
}

function spanOf(text: string, start: number, end: number): TextSpan {
  const [from, to] = [positionOf(text, start), positionOf(text, end)];
  return { startLine: from.line, startColumn: from.column, endLine: to.line, endColumn: to.column };
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length - 1, column: offset - (before.lastIndexOf('\n') + 1) };
}
