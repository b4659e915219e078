/**
 * markdown-it rules for mathematics as models write it: `\(…\)` inline; `$$…$$` and `\[…\]` on their own
 * lines, inside a sentence, or with punctuation after them; `\begin{align}…\end{align}` on lines of its own. @mdit/plugin-tex, used for `$…$`, has rules for
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
  /** The same for the block that is drawn. */
  blockMathLeft?: number;
}

const displayMarks = [
  { open: '$$', close: '$$', type: 'math_display' },
  { open: '\\[', close: '\\]', type: 'math_display' },
] as const;

/** What begins and ends a formula. */
interface DisplayMark {
  open: string;
  close: string;
}

/** The environments of LaTeX that are formulas without other marks around them. */
const environment =
  /\\begin\{((?:equation|align|alignat|gather|multline|eqnarray|flalign)\*?|(?:[bBpvV]?matrix|cases|array))\}/y;

/** The marks of the formula that begins at an index of a text. */
function markAt(text: string, index: number): DisplayMark | undefined {
  environment.lastIndex = index;
  const [open, name] = environment.exec(text) ?? [];
  if (open !== undefined) return { open, close: `\\end{${name}}` };
  return displayMarks.find((mark) => text.startsWith(mark.open, index));
}

const inlineMarks = [...displayMarks, { open: '\\(', close: '\\)', type: 'math_inline' }] as const;

/** Letters and digits that a dollar between them and a formula speaks against: not of scripts without spaces. */
const wordCharacter =
  /(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}])[\p{L}\p{N}]/u;

/** What may follow a formula without a space: “the $n$th”, “all $x$s”. */
const suffix = /^(?:th|st|nd|rd|s)(?![\p{L}\p{N}])/u;

/** The same after a single sign: “das $n$te”. */
const shortSuffix = /^[a-z]{1,3}(?![\p{L}\p{N}])/u;

/** Adds the rules; tokens are `math_block`, `math_display`, `math_inline` and `math_pending`. */
export function mathRules(md: MarkdownIt): void {
  const alt = ['paragraph', 'reference', 'blockquote', 'list'];
  md.block.ruler.before('fence', 'math_block', blockRule, { alt });
  md.inline.ruler.before('escape', 'math_brackets', inlineRule);
  // Before the rule of @mdit/plugin-tex.
  md.inline.ruler.before('math_brackets', 'dollar_text', dollarText);
}

/** Dollars of prices, names and shell variables stay text: `US$5 to US$10`, `Ke$ha`, `$HOME/bin:$PATH`. */
const dollarText: RuleInline = (state, silent) => {
  const { src, pos } = state;
  if (src[pos] !== '$' || src[pos + 1] === '$') return false;
  const close = closingDollar(state, pos + 1);
  if (close < 0) return false;
  const content = src.slice(pos + 1, close);
  const after = src.slice(close + 1, close + 6);
  const isSuffix = suffix.test(after) || (content.length === 1 && shortSuffix.test(after));
  const isFormula =
    !wordCharacter.test(characterBefore(src, pos)) &&
    (isSuffix || !wordCharacter.test(characterAt(src, close + 1))) &&
    !isPrices(content) &&
    !isCode(content, after);
  if (isFormula) return false;
  if (!silent) state.pending += '$';
  state.pos = pos + 1;
  return true;
};

/** Whether what is between two dollars begins with a number, and has words but nothing of a formula. */
function isPrices(content: string): boolean {
  return /^\d/.test(content) && /\s/.test(content) && !/[\\^_={}<>+*/|]/.test(content);
}

/** Whether what is between two dollars is of a shell, a script, a path or a list of currencies: `${a}/${b}`, `($) and ($)`. */
function isCode(content: string, after: string): boolean {
  const isCalledTwice =
    (content.startsWith('{') && after.startsWith('{')) ||
    (/^\(.*[^)]$/s.test(content) && after.startsWith('('));
  const isCut = /^[)/]./.test(content) || /.\($/.test(content);
  const isQuoted = content.includes('"') && !content.includes('\\');
  return isCalledTwice || isCut || isQuoted || !hasPairsOfBraces(content);
}

function hasPairsOfBraces(content: string): boolean {
  let depth = 0;
  for (const [sign] of content.matchAll(/\\.|[{}]/gsu)) {
    if (sign === '{') depth++;
    else if (sign === '}' && --depth < 0) return false;
  }
  return depth === 0;
}

/** The next dollar without a backslash before it; -1 if there is none, which is remembered. */
function closingDollar(state: StateInline, from: number): number {
  if (unclosed.get(state)?.has('$')) return -1;
  for (let at = state.src.indexOf('$', from); at >= 0; at = state.src.indexOf('$', at + 1)) {
    let start = at;
    while (state.src[start - 1] === '\\') start--;
    if ((at - start) % 2 === 0) return at;
  }
  unclosed.set(state, new Set(unclosed.get(state)).add('$'));
  return -1;
}

function characterAt(text: string, index: number): string {
  return String.fromCodePoint(text.codePointAt(index) ?? 0x20);
}

function characterBefore(text: string, index: number): string {
  const isPair = /[\udc00-\udfff]/.test(text[index - 1] ?? '');
  return text.slice(Math.max(0, index - (isPair ? 2 : 1)), index);
}

function blockRule(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (state.sCount[startLine]! - state.blkIndent >= 4) return false;
  const start = state.bMarks[startLine]! + state.tShift[startLine]!;
  const mark = markAt(state.src, start);
  if (mark === undefined) return false;
  const isEnvironment = mark.open.startsWith('\\begin');
  const searched = searchedLines(state, mark.open, endLine);
  if (startLine < searched.before) return false;

  const end = closingLine(state, mark, startLine, endLine);
  if (end < endLine) {
    const close = closeInLine(state, mark, end, startLine);
    if (close < 0) {
      // What was not found from here is not found from the lines in between either. Only a line right
      // before a blank one may still begin a formula.
      searched.before = Math.max(searched.before, state.isEmpty(end) ? end - 1 : end);
      return false;
    }
    const after = state.src.slice(close + mark.close.length, state.eMarks[end]).trim();
    if (!/^[.,;:!?]?$/.test(after)) {
      searched.before = end;
      return false;
    }
    if (silent) return true;
    const lines = state.getLines(startLine, end + 1, state.blkIndent, false);
    const opened = lines.indexOf(mark.open);
    const closed = lines.lastIndexOf(mark.close);
    const content = isEnvironment
      ? lines.slice(opened, closed + mark.close.length)
      : lines.slice(opened + mark.open.length, closed);
    push(state, 'math_block', content, startLine, end + 1);
    return true;
  }

  if (!(state.env as MarkdownEnv).streaming) {
    searched.before = endLine;
    return false;
  }
  if (!silent) {
    const rest = state.getLines(startLine, endLine, state.blkIndent, false);
    push(state, 'math_pending', rest, startLine, endLine);
  }
  return true;
}

/** The line that closes the formula, or that no formula goes past; `endLine` where there is none. */
function closingLine(state: StateBlock, mark: DisplayMark, startLine: number, endLine: number): number {
  for (let line = startLine; line < endLine; line++) {
    const isBlank = state.isEmpty(line);
    // A formula holds no blank line but the one right after its opening mark, and stays in its list.
    if (line > startLine + 1 && isBlank) return line;
    if (!isBlank && state.sCount[line]! < state.blkIndent) return line;
    if (closeInLine(state, mark, line, startLine) >= 0) return line;
  }
  return endLine;
}

/** The index of the closing mark in a line; -1 where it does not. */
function closeInLine(
  state: StateBlock,
  { open, close }: DisplayMark,
  line: number,
  startLine: number,
): number {
  if (state.sCount[line]! < state.blkIndent) return -1;
  const lineStart = state.bMarks[line]! + state.tShift[line]!;
  const from = line === startLine ? lineStart + open.length : lineStart;
  const found = state.src.slice(from, state.eMarks[line]).indexOf(close);
  return found < 0 ? -1 : from + found;
}

/** Lines of one container that no formula begins in: those before `before`. */
interface SearchedLines {
  before: number;
}

const searchedLinesOf = new WeakMap<StateBlock, Map<string, SearchedLines>>();

/** Keeps a text of opening marks from being searched to its end once for each of them. */
function searchedLines(state: StateBlock, open: string, endLine: number): SearchedLines {
  const all = searchedLinesOf.get(state) ?? new Map<string, SearchedLines>();
  searchedLinesOf.set(state, all);
  // The level and the rest name the container: the same line is looked at from each around it.
  const key = `${open} ${state.level} ${state.blkIndent} ${endLine}`;
  const lines = all.get(key) ?? { before: 0 };
  all.set(key, lines);
  return lines;
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
