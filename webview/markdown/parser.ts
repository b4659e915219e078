/** Markdown to HTML. The output is untrusted: `sanitise.ts` cleans it. */
import { tex } from '@mdit/plugin-tex';
import MarkdownIt from 'markdown-it';
import { isFileLink } from './sandboxLinks';
import { bareLinks } from './bareLinks';
import { citationRule } from './citationRule';
import { footnotes } from './footnotes';
import { htmlTags } from './htmlTags';
import { mathRules, type MarkdownEnv } from './mathRules';
import { emphasisInCjk } from './emphasis';
import { linkedPath, pathClass, pathLinks } from './paths';
import { pipesInCells } from './tables';
import { limitWork } from './work';

export type Token = ReturnType<MarkdownIt['parse']>[number];

/**
 * Classes of formula placeholders: to render, still incomplete, or to leave as source. Their text is TeX. `end` is
 * around a formula and the punctuation after it.
 */
export const mathClass = {
  ...{ inline: 'math-inline', display: 'math-display' },
  ...{ pending: 'math-pending', source: 'math-source', end: 'math-end' },
} as const;

/** What one formula, those of a block, and all those of a text may cost to draw: see `costOf`. */
const formulaBudget = 4_000;
const blockBudget = 12_000;
const textBudget = 30_000;

/** For text by models. */
export const answerMarkdown = createParser().use(citationRule);

/** Whether a link with this URL may be opened; others are shown as text. */
export function isOpenable(url: string): boolean {
  return /^(?:https?|mailto):/i.test(url) && URL.canParse(url);
}

function createParser(): MarkdownIt {
  const md = new MarkdownIt({ html: false, linkify: true });
  bareLinks(md);
  limitWork(md);
  md.use(htmlTags);
  md.use(emphasisInCjk);
  md.use(pipesInCells);
  md.use(footnotes);
  md.core.ruler.push('empty_links', dropEmptyLinks);
  md.core.ruler.push('linked_images', markLinkedImages);
  md.core.ruler.push('tasks', markTasks);
  md.core.ruler.push('directions', setDirections);
  md.core.ruler.push('math_stops', keepStops);
  md.validateLink = (url) => isOpenable(url) || isFileLink(url);
  pathLinks(md);

  md.use(tex, {
    delimiters: 'dollars',
    render: (content, _display, env) => math(content, mathClass.inline, env as MarkdownEnv),
  });
  md.block.ruler.disable('math_block_dollar');
  md.use(mathRules);

  const { rules } = md.renderer;
  const escape = md.utils.escapeHtml;
  const math = (content: string, className: string, env: MarkdownEnv) => {
    const drawn = className === mathClass.pending || mayDraw(content, env);
    const text = drawn ? content.trim() : sourceOf(content, className === mathClass.display);
    return `<span class="${drawn ? className : mathClass.source}">${escape(text)}</span>`;
  };
  rules['math_block'] = (tokens, index, _options, env: MarkdownEnv) =>
    `<p>${math(tokens[index]?.content ?? '', mathClass.display, env)}</p>\n`;
  const formula = rules['math_inline']!;
  rules['math_inline'] = (tokens, index, options, env, self) => {
    const html = formula(tokens, index, options, env, self);
    return stopOf(tokens[index + 1]) === '' ? html : `<span class="${mathClass.end}">${html}`;
  };
  const text = rules['text']!;
  rules['text'] = (tokens, index, options, env, self) => {
    const stop = stopOf(tokens[index]);
    if (stop === '') return text(tokens, index, options, env, self);
    return `${escape(stop)}</span>${escape(tokens[index]!.content.slice(stop.length))}`;
  };
  rules['math_display'] = (tokens, index, _options, env: MarkdownEnv) =>
    math(tokens[index]?.content ?? '', mathClass.display, env);
  rules['math_pending'] = (tokens, index, _options, env: MarkdownEnv) =>
    `<p>${math(tokens[index]?.content ?? '', mathClass.pending, env)}</p>\n`;

  // Images become links: loading one would tell its server that, when and where the answer is read.
  rules['image'] = (tokens, index) => {
    const token = tokens[index];
    const url = String(token?.attrGet('src') ?? '');
    const label = escape(token?.content || url);
    if (url === '' || isWithinLink(token)) return label;
    const path = linkedPath(url);
    if (path !== undefined) return `<span class="${pathClass}" title="${escape(path)}">${label}</span>`;
    return `<a class="image-link" href="${escape(url)}">${label}</a>`;
  };

  // The page's Content Security Policy forbids inline styles, so columns are aligned by class.
  for (const type of ['th_open', 'td_open']) {
    rules[type] = (tokens, index, options, _env, self) => {
      const token = tokens[index]!;
      const align = /text-align:(left|center|right)/.exec(String(token.attrGet('style') ?? ''))?.[1];
      token.attrs = [['dir', 'auto']];
      if (align !== undefined) token.attrSet('class', `align-${align}`);
      return self.renderToken(tokens, index, options);
    };
  }
  return md;
}

/** A formula as text, between its marks: what is no TeX was not meant as a formula. */
export function sourceOf(tex: string, isDisplay: boolean): string {
  const mark = isDisplay ? '$$' : '$';
  const text = tex.trim();
  return text.startsWith('\\begin{') ? text : mark + text + mark;
}

/** Punctuation that belongs to the formula before it, of which none begins a line. */
const stops = /^[.,;:!?)\]}»”’…、。，；：！？）】》」』]+/;

/** Keeps the punctuation after a formula with it: the page could break the line between them. */
function keepStops({ tokens }: { tokens: Token[] }): void {
  for (const { children } of tokens) {
    for (const [index, token] of (children ?? []).entries()) {
      if (token.type !== 'text' || children![index - 1]?.type !== 'math_inline') continue;
      token.meta = { stop: stops.exec(token.content)?.[0] };
    }
  }
}

/** The punctuation at the beginning of a text that belongs to the formula before it. */
function stopOf(token: Token | undefined): string {
  return (token?.meta as { stop?: string } | null | undefined)?.stop ?? '';
}

/** Items of a task list begin with a box: `- [x] done`. */
function markTasks({ tokens }: { tokens: Token[] }): void {
  for (const [index, token] of tokens.entries()) {
    if (tokens[index - 2]?.type !== 'list_item_open' || token.type !== 'inline') continue;
    const [text] = token.children ?? [];
    const box = /^\[([ xX])\](?=\s)/.exec(text?.type === 'text' ? text.content : '');
    if (text === undefined || box === null) continue;
    text.content = `${box[1] === ' ' ? '☐' : '☑'}${text.content.slice(box[0].length)}`;
    tokens[index - 2]!.attrSet('class', 'task');
  }
}

const directed = new Set([
  ...['paragraph_open', 'heading_open', 'bullet_list_open', 'ordered_list_open', 'blockquote_open'],
  ...['table_open', 'details_open'],
]);

/** Each block of its own is written from left to right or from right to left, as its first letter is. */
function setDirections({ tokens }: { tokens: Token[] }): void {
  for (const token of tokens) {
    if (token.level === 0 && directed.has(token.type)) token.attrSet('dir', 'auto');
  }
}

/** Leaves of a link without a URL, such as `[text]()`, its text. */
function dropEmptyLinks({ tokens }: { tokens: Token[] }): void {
  for (const token of tokens) {
    const { children } = token;
    if (!children?.some(isEmptyLink)) continue;
    let isOpen = false;
    token.children = children.filter((child) => {
      if (isEmptyLink(child)) return !(isOpen = true);
      if (child.type !== 'link_close' || !isOpen) return true;
      return (isOpen = false);
    });
  }
}

/** Marks the images within links: a link to the image would end the one around it. */
function markLinkedImages({ tokens }: { tokens: Token[] }): void {
  for (const { children } of tokens) {
    let isLinked = false;
    for (const token of children ?? []) {
      if (token.type === 'link_open') isLinked = true;
      else if (token.type === 'link_close') isLinked = false;
      else if (token.type === 'image') token.meta = { isLinked };
    }
  }
}

function isWithinLink(image: Token | undefined): boolean {
  return (image?.meta as { isLinked?: boolean } | null | undefined)?.isLinked === true;
}

function isEmptyLink(token: Token): boolean {
  return token.type === 'link_open' && !token.attrGet('href');
}

/** Deducts a formula's cost from its text's budget; false if too little is left. */
function mayDraw(source: string, env: MarkdownEnv): boolean {
  const cost = costOf(source);
  const left = env.mathLeft ?? textBudget;
  const blockLeft = env.blockMathLeft ?? blockBudget;
  if (cost > Math.min(left, blockLeft, formulaBudget)) return false;
  env.mathLeft = left - cost;
  env.blockMathLeft = blockLeft - cost;
  return true;
}

/** Estimates a formula's rendering cost, in plain letters: each cell of a table costs twenty. */
function costOf(source: string): number {
  const cells = source.match(/&|\\\\|\\cr/g)?.length ?? 0;
  return 20 + source.length + 20 * cells;
}
