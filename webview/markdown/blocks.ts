/**
 * Splits Markdown into its top-level blocks, also incrementally while a text is streamed: everything
 * before the last block is finished, and neither parsed nor rendered again.
 */
import type MarkdownIt from 'markdown-it';
import { namesAt, type FencedCode } from '../../src/protocol/text/fences';
import type { MarkdownEnv } from './mathRules';
import type { Token } from './parser';
import { withoutStackedAccents } from './layout';
import { TooMuchWorkError } from './work';

export interface HtmlBlock {
  kind: 'html';
  /** The HTML before and after the parts; empty if the block is a single part. */
  frame: [before: string, after: string];
  /** HTML of the items of a list or the rows of a table, one element each; else of the whole block. */
  parts: string[];
}

/** A fenced or indented code block. */
export interface CodeBlock extends FencedCode {
  /** The text may continue inside this block. */
  open: boolean;
}

/** Text that takes too long to be read as Markdown. */
export interface PlainBlock {
  kind: 'plain';
  text: string;
}

export type Block = HtmlBlock | CodeBlock | PlainBlock;

/** Letters of a text that are read as Markdown: the blocks that end within them. Reading more would block the page. */
const maxMarkdownLength = 100_000;

export class BlockSplitter {
  private finished: Block[] = [];
  /** The source text of the finished blocks. */
  private finishedText = '';
  /** The budget for formulas that remains after them; see {@link MarkdownEnv}. */
  private mathLeft: number | undefined;
  /** What follows them takes too long to read, and would do so again with every word. */
  private isPlain = false;

  constructor(private readonly md: MarkdownIt) {}

  /** All blocks of a complete text. Links by reference are resolved here alone. */
  split(source: string): Block[] {
    if (source.length > maxMarkdownLength) return this.grow(source);
    const text = normalise(source);
    const env: MarkdownEnv = {};
    const tokens = this.parse(text, env);
    return tokens === undefined
      ? [{ kind: 'plain', text }]
      : groups(tokens).map((group) => this.toBlock(group, env, false));
  }

  /** The blocks so far of a text that is being streamed: each call gets the whole text so far. */
  grow(source: string): Block[] {
    const text = normalise(source);
    if (!text.startsWith(this.finishedText)) this.reset();
    if (text.length <= maxMarkdownLength) {
      const open = this.read(text);
      return [...this.finished, ...open];
    }
    if (!this.isPlain) this.read(text.slice(0, maxMarkdownLength));
    this.isPlain = true;
    return [...this.finished, { kind: 'plain', text: text.slice(this.finishedText.length) }];
  }

  /** Reads what follows the finished blocks, and adds to them. Returns the blocks that may still change. */
  private read(text: string): Block[] {
    const rest = text.slice(this.finishedText.length);
    const env: MarkdownEnv = { streaming: true, mathLeft: this.mathLeft };
    const tokens = this.isPlain ? undefined : this.parse(rest, env);
    this.isPlain = tokens === undefined;
    if (tokens === undefined) return [{ kind: 'plain', text: rest }];

    const tail = groups(tokens);
    const open = tail.splice(finishedCount(tail, rest));
    const start = offsetOfLine(rest, firstLine(open[0]));
    if (start > 0) {
      this.finished = [...this.finished, ...tail.map((tokens) => this.toBlock(tokens, env, false))];
      this.finishedText += rest.slice(0, start);
      this.mathLeft = env.mathLeft;
    }
    const last = open.length - 1;
    return open.map((tokens, index) => this.toBlock(tokens, env, index === last));
  }

  private reset(): void {
    this.finished = [];
    this.finishedText = '';
    this.mathLeft = undefined;
    this.isPlain = false;
  }

  /** Undefined where that takes too much work. */
  private parse(text: string, env: MarkdownEnv): Token[] | undefined {
    return unlessTooMuch(() => this.md.parse(text, env));
  }

  private toBlock(tokens: Token[], env: MarkdownEnv, open: boolean): Block {
    const [token] = tokens;
    if (token?.type === 'fence' || token?.type === 'code_block') {
      return { kind: 'code', code: token.content.replace(/\n$/, ''), ...namesAt(token.info), open };
    }
    env.blockMathLeft = undefined;
    const toHtml = (some: Token[]) => this.md.renderer.render(some, this.md.options, env);
    const { before, parts, after } = partsOf(tokens);
    return { kind: 'html', frame: [toHtml(before), toHtml(after)], parts: parts.map(toHtml) };
  }
}

/** A single line, with what Markdown has within a paragraph. */
export function inlineBlock(md: MarkdownIt, line: string): HtmlBlock | PlainBlock {
  const html = unlessTooMuch(() => md.renderInline(line));
  return html === undefined
    ? { kind: 'plain', text: line }
    : { kind: 'html', frame: ['', ''], parts: [html] };
}

function unlessTooMuch<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TooMuchWorkError) return undefined;
    throw error;
  }
}

/** Splits lists and tables, which may become long, into parts; any other block is one part. */
function partsOf(tokens: Token[]): { before: Token[]; parts: Token[][]; after: Token[] } {
  const isTable = tokens[0]?.type === 'table_open';
  const isList = tokens[0]?.type.endsWith('_list_open') ?? false;
  const first = isTable ? tokens.findIndex(({ type }) => type === 'tbody_open') + 1 : 1;
  if (first === 0 || !(isTable || isList)) return { before: [], parts: [tokens], after: [] };
  const end = isTable ? -2 : -1;
  return {
    before: tokens.slice(0, first),
    parts: groups(tokens.slice(first, end), isTable ? 2 : 1),
    after: tokens.slice(end),
  };
}

/** Groups tokens by the blocks of one nesting level. */
function groups(tokens: Token[], level = 0): Token[][] {
  const result: Token[][] = [];
  let group: Token[] = [];
  for (const token of tokens) {
    group.push(token);
    if (token.level !== level || token.nesting > 0) continue;
    result.push(group);
    group = [];
  }
  return result;
}

/**
 * How many blocks can no longer be changed by more text: all before the last. If the last block comes
 * from the unfinished last line, or is an open formula, it may still become part of the block before it.
 */
function finishedCount(blocks: Token[][], text: string): number {
  const last = blocks.at(-1)?.[0];
  // A formula is recognised by its last line, every other block by its first.
  const [first = 0, end = 1] = last?.map ?? [];
  const decidingLine = last?.type === 'math_block' ? end - 1 : first;
  const isSettled = last?.type !== 'math_pending' && text.includes('\n', offsetOfLine(text, decidingLine));
  return Math.max(0, blocks.length - (isSettled ? 1 : 2));
}

function firstLine(block: Token[] | undefined): number {
  return block?.[0]?.map?.[0] ?? 0;
}

function normalise(text: string): string {
  return withoutStackedAccents(text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let passed = 0; passed < line; passed++) offset = text.indexOf('\n', offset) + 1;
  return offset;
}
