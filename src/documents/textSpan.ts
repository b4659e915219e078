/** A part of a text, by lines and columns from 0. */
export interface TextSpan {
  startLine: number;
  startColumn: number;
  endLine: number;
  endColumn: number;
}

/** What is known of a passage: its words, its offsets into the text with `\n` line ends, its line from 1. */
export interface KnownPlace {
  passage?: string;
  start?: number;
  end?: number;
  line?: number;
}

/**
 * Finds a passage in a text. Words count most: among several places with them the nearest one to where
 * it is said to be. Undefined where the words are given and not there, or nothing is given.
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

/** Characters of a line that are enough to tell a text by it. */
const minLineLength = 12;

/**
 * Finds where a passage begins in a text that is not word for word what was read: in a page, with its tags, or in a
 * file that was edited. By the first of its lines that is there, whatever is between the words of it.
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
