/**
 * The HTML that models write in Markdown and people expect to see drawn: `<br>`, `<b>`, `<strong>`, `<i>`, `<em>`,
 * `<sub>`, `<sup>`, `<kbd>`, `<mark>`, `<u>`, `<ins>`, `<del>`, without attributes, and `<details>` with a
 * `<summary>`. All other HTML stays text.
 */
import type MarkdownIt from 'markdown-it';

type RuleBlock = Parameters<MarkdownIt['block']['ruler']['before']>[2];
type RuleInline = Parameters<MarkdownIt['inline']['ruler']['before']>[2];
type StateBlock = Parameters<RuleBlock>[0];
type StateInline = Parameters<RuleInline>[0];

const tag = /<(\/?)(br|sub|sup|kbd|mark|u|ins|del|b|strong|i|em)(\s*\/?)>/iy;

const drawnAs: Readonly<Record<string, string>> = { b: 'strong', i: 'em' };

/** Adds the rules; tokens are `html_inline`, `details_open`, `summary` and `details_close`. */
export function htmlTags(md: MarkdownIt): void {
  md.inline.ruler.before('escape', 'html_tags', tagRule);
  const alt = ['paragraph', 'reference', 'blockquote', 'list'];
  md.block.ruler.before('fence', 'details', detailsRule, { alt });
}

interface Tags {
  /** The names of open tags. */
  open: string[];
  /** Where each name is closed last, at an index of the text; -1 if nowhere. */
  closed: Map<string, number>;
}

const tagsOf = new WeakMap<StateInline, Tags>();

const tagRule: RuleInline = (state, silent) => {
  if (state.src[state.pos] !== '<') return false;
  tag.lastIndex = state.pos;
  const [source, slash, name = ''] = tag.exec(state.src) ?? [];
  if (source === undefined) return false;
  const kind = name.toLowerCase();
  if (kind !== 'br') {
    const { open, closed } = tagsIn(state);
    if (slash === '' ? (closed.get(kind) ?? -1) < state.pos : open.at(-1) !== kind) return false;
    if (!silent && slash === '') open.push(kind);
    else if (!silent) open.pop();
  }
  const drawn = drawnAs[kind] ?? kind;
  if (!silent) state.push('html_inline', '', 0).content = kind === 'br' ? '<br>' : `<${slash}${drawn}>`;
  state.pos += source.length;
  return true;
};

function tagsIn(state: StateInline): Tags {
  let tags = tagsOf.get(state);
  if (tags === undefined) {
    const closed = new Map<string, number>();
    for (const { 1: name = '', index } of state.src.matchAll(/<\/([a-z]{1,6})>/gi))
      closed.set(name.toLowerCase(), index);
    tags = { open: [], closed };
    tagsOf.set(state, tags);
  }
  return tags;
}

/** `<details>` within `<details>`; deeper ones are text. */
const maxDepth = 5;

/** What `env` has while the content of a `<details>` is parsed. */
interface DetailsEnv {
  detailsDepth?: number;
}

const detailsStart = /^<details(\s+open(?:="[^"]*")?)?\s*>(.*)$/i;
const detailsEnd = /^(.*)<\/details>\s*$/i;
const summary = /^\s*<summary>([^]{0,1000}?)<\/summary>[^\S\n]*/i;

/** `<details>` up to its `</details>` at the end of a line, or to the end of the text. */
function detailsRule(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (state.sCount[startLine]! - state.blkIndent >= 4) return false;
  const line = lineOf(state, startLine);
  if (!line.startsWith('<')) return false;
  const start = detailsStart.exec(line);
  const env = state.env as DetailsEnv;
  const depth = env.detailsDepth ?? 0;
  if (start === null || depth >= maxDepth) return false;
  if (silent) return true;

  const [, isOpen] = start;
  const end = endOf(state, startLine, endLine);
  const last = end < endLine ? end + 1 : endLine;
  const lines = state.getLines(startLine, last, state.blkIndent, false).trimStart();
  const whole = lines.slice(lines.indexOf('>') + 1);
  const inner = end < endLine ? (detailsEndOf(whole) ?? whole) : whole;
  const title = summary.exec(inner);

  const open = state.push('details_open', 'details', 1);
  open.block = true;
  if (isOpen !== undefined) open.attrSet('open', '');
  open.map = [startLine, last];
  state.push('summary_open', 'summary', 1);
  const label = state.push('inline', '', 0);
  label.content = (title?.[1] ?? 'Details').trim().replace(/\s*\n\s*/g, ' ');
  label.children = [];
  state.push('summary_close', 'summary', -1);
  const rest = inner.slice(title?.[0].length ?? 0).replace(/^\n+/, '');
  const tokens: typeof state.tokens = [];
  env.detailsDepth = depth + 1;
  state.md.block.parse(rest, state.md, env, tokens);
  env.detailsDepth = depth;
  for (const token of tokens) {
    token.level += state.level;
    state.tokens.push(token);
  }
  state.push('details_close', 'details', -1).block = true;
  state.line = last;
  return true;
}

function detailsEndOf(text: string): string | undefined {
  const at = text.toLowerCase().lastIndexOf('</details>');
  return at < 0 ? undefined : text.slice(0, at);
}

/** The line that ends it; `endLine` if there is none. */
function endOf(state: StateBlock, startLine: number, endLine: number): number {
  let depth = 0;
  for (let line = startLine; line < endLine; line++) {
    const text = lineOf(state, line);
    if (detailsStart.test(text)) depth++;
    if (detailsEnd.test(text) && --depth === 0) return line;
  }
  return endLine;
}

function lineOf(state: StateBlock, line: number): string {
  return state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]);
}
