/**
 * Pipes within code and formulas of a table, `` | `a|b` | $|x|$ | ``, as models write them. By GitHub's rules they
 * separate cells, and the cells beyond those of the header are dropped.
 */
import MarkdownIt from 'markdown-it';
import { spend, type WorkEnv } from './work';

type RuleBlock = Parameters<MarkdownIt['block']['ruler']['before']>[2];
type StateBlock = Parameters<RuleBlock>[0];

/** Stands for such a pipe while the rows are split: of Unicode's private use. */
const stand = '\uf8fd';

/** Code, and formulas, of a row; each begins at the first mark alone, so that a row is read once. */
const code = /(?<!`)(`+)(?!`)[^`]+\1(?!`)/g;
const formula = /(?<!\\)\$(?!\s)[^$]+(?<!\s)\$(?!\w)|\\\((?:(?!\\\().)*?\\\)/g;

const delimiters = /^[|:\s-]+$/;

/** Units of work of looking at a row. */
const costOfRow = 20;

/** Has such pipes be part of their cell, in rows that have more cells than the table has columns. */
export function pipesInCells(md: MarkdownIt): void {
  const [table] = new MarkdownIt('zero').enable('table').block.ruler.getRules('');
  const rule: RuleBlock = (state, startLine, endLine, silent) => {
    const { src, tokens } = state;
    const first = tokens.length;
    state.src = silent ? withStands(state, startLine, startLine + 2) : withStands(state, startLine, endLine);
    const isTable = table!(state, startLine, endLine, silent);
    const isChanged = state.src !== src;
    state.src = src;
    if (isChanged)
      for (const token of tokens.slice(first)) token.content = token.content.replaceAll(stand, '|');
    return isTable;
  };
  md.block.ruler.at('table', rule, { alt: ['paragraph', 'reference'] });
}

/** The text of a state, with the pipes that are part of cells replaced in the rows of a table that begins at a line. */
function withStands(state: StateBlock, startLine: number, endLine: number): string {
  const { src, bMarks, eMarks } = state;
  const rowAt = (line: number): string => src.slice(bMarks[line]! + state.tShift[line]!, eMarks[line]);
  if (startLine + 1 >= state.lineMax || !delimiters.test(rowAt(startLine + 1))) return src;
  const columns = rowAt(startLine + 1).match(/-+/g)?.length ?? 0;
  if (cellsOf(rowWithStands(rowAt(startLine), columns)) !== columns) return src;
  const parts: string[] = [];
  let end = 0;
  for (let line = startLine; line < endLine && !state.isEmpty(line); line++) {
    const row = rowAt(line);
    spend(state.env as WorkEnv, costOfRow);
    const changed = rowWithStands(row, columns);
    if (changed === row) continue;
    parts.push(src.slice(end, bMarks[line]! + state.tShift[line]!), changed);
    end = eMarks[line]!;
  }
  return parts.length === 0 ? src : parts.join('') + src.slice(end);
}

function rowWithStands(row: string, columns: number): string {
  if (cellsOf(row) <= columns) return row;
  const replace = (span: string): string => span.replace(/(?<!\\)\|/g, stand);
  const withCode = row.replace(code, replace);
  const withAll = withCode.replace(formula, replace);
  return [withCode, withAll].find((changed) => cellsOf(changed) === columns) ?? row;
}

function cellsOf(row: string): number {
  const pipes = row.match(/(?<!\\)\|/g)?.length ?? 0;
  const text = row.trim();
  return pipes + 1 - Number(text.startsWith('|')) - Number(/(?<!\\)\|$/.test(text));
}
