/**
 * markdown-it rules for mathematics as models write it: `\(…\)` inline; `$$…$$` and `\[…\]` on their own
 * lines, inside a sentence, or with punctuation after them. @mdit/plugin-tex, used for `$…$`, has rules for
 * these too, but its display rules consume the rest of an answer if no line ends with the closing mark,
 * and its bracket rules take seconds on many unclosed brackets.
 */
import type MarkdownIt from 'markdown-it';

type RuleBlock = Parameters<MarkdownIt['block']['ruler']['before']>[2];
type RuleInline = Parameters<MarkdownIt['inline']['ruler']['before']>[2];
type StateBlock = Parameters<RuleBlock>[0];
type StateInline = Parameters<RuleInline>[0];

/** The `env` of a Markdown render. */
export interface MarkdownEnv {
  /** More text will follow: a formula that is open at the end stays pending. */
  streaming?: boolean;
  /** The remaining budget for this text's formulas; those over it are shown as TeX. */
  mathLeft?: number;
}

const displayMarks = [
  { open: '$$', close: '$$', type: 'math_display' },
  { open: '\\[', close: '\\]', type: 'math_display' },
] as const;

const inlineMarks = [...displayMarks, { open: '\\(', close: '\\)', type: 'math_inline' }] as const;

/** Adds the rules; tokens are `math_block`, `math_display`, `math_inline` and `math_pending`. */
export function mathRules(md: MarkdownIt): void {
  const alt = ['paragraph', 'reference', 'blockquote', 'list'];
  md.block.ruler.before('fence', 'math_block', blockRule, { alt });
  md.inline.ruler.before('escape', 'math_brackets', inlineRule);
}

function blockRule(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (state.sCount[startLine]! - state.blkIndent >= 4) return false;
  const start = state.bMarks[startLine]! + state.tShift[startLine]!;
  const mark = displayMarks.find(({ open }) => state.src.startsWith(open, start));
  if (mark === undefined) return false;

  for (let line = startLine; line < endLine; line++) {
    const lineStart = state.bMarks[line]! + state.tShift[line]!;
    // A formula contains no blank line except right after its opening mark, and does not leave its list.
    const isBlank = lineStart >= state.eMarks[line]!;
    if (line > startLine + 1 && isBlank) return false;
    if (!isBlank && state.sCount[line]! < state.blkIndent) return false;

    const from = line === startLine ? start + mark.open.length : lineStart;
    const close = state.src.indexOf(mark.close, from);
    if (close < 0 || close > state.eMarks[line]! - mark.close.length) continue;

    const after = state.src.slice(close + mark.close.length, state.eMarks[line]).trim();
    if (!/^[.,;:!?]?$/.test(after)) return false;
    if (silent) return true;
    const lines = state.getLines(startLine, line + 1, state.blkIndent, false);
    const opened = lines.indexOf(mark.open) + mark.open.length;
    push(state, 'math_block', lines.slice(opened, lines.lastIndexOf(mark.close)), startLine, line + 1);
    return true;
  }

  if (!(state.env as MarkdownEnv).streaming) return false;
  if (!silent) {
    const rest = state.getLines(startLine, endLine, state.blkIndent, false);
    push(state, 'math_pending', rest, startLine, endLine);
  }
  return true;
}

function push(state: StateBlock, type: string, content: string, startLine: number, endLine: number): void {
  const token = state.push(type, 'math', 0);
  token.block = true;
  token.content = content;
  token.map = [startLine, endLine];
  state.line = endLine;
}

/** Closing marks known to be absent from the rest: avoids a search to the end for each opening one. */
const unclosed = new WeakMap<StateInline, Set<string>>();

function inlineRule(state: StateInline, silent: boolean): boolean {
  const mark = inlineMarks.find(({ open }) => state.src.startsWith(open, state.pos));
  if (mark === undefined || unclosed.get(state)?.has(mark.close)) return false;
  const from = state.pos + mark.open.length;
  const close = state.src.indexOf(mark.close, from);
  if (close < 0) {
    unclosed.set(state, new Set(unclosed.get(state)).add(mark.close));
    return false;
  }
  const content = state.src.slice(from, close);
  if (content.trim() === '') return false;
  if (!silent) state.push(mark.type, 'math', 0).content = content;
  state.pos = close + mark.close.length;
  return true;
}
