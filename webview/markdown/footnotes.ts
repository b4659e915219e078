/**
 * Footnotes, `[^1]` and `[^1]: text`, of a complete text; while it is streamed they are text. Elements have classes in
 * place of ids, which would be those of the whole page: `components/messages/footnoteLinks.ts` finds them.
 */
import { footnote } from '@mdit/plugin-footnote';
import MarkdownIt from 'markdown-it';

type Token = ReturnType<MarkdownIt['parse']>[number];
type RuleBlock = Parameters<MarkdownIt['block']['ruler']['before']>[2];
type RuleInline = Parameters<MarkdownIt['inline']['ruler']['before']>[2];

/** What the plugin stores while it parses a text. */
interface FootnoteEnv {
  streaming?: boolean;
  footnotes?: {
    /** Each label, after a colon, with its number from 0; -1 if nothing refers to it. */
    refs?: Record<string, number>;
    list?: { label: string; count: number }[];
  };
}

/** What the plugin's tokens say. */
interface FootnoteMeta {
  /** From 0. */
  id: number;
  /** Counts the references to the same footnote, from 0. */
  subId: number;
  label: string;
}

/** The plugin looks for the end of a label through all the rest of the text. */
const reference = /\[\^[^\s[\]]{1,100}\]/y;

/** References beyond have no link back. */
const maxBackLinks = 10;

/** Adds the rules; the fragments of the links are `#footnote-1` and `#footnote-ref-1-1`. */
export function footnotes(md: MarkdownIt): void {
  md.use(footnote);
  md.inline.ruler.disable('footnoteInline');
  const define: RuleBlock = (state, ...rest) =>
    (state.env as FootnoteEnv).streaming !== true && pluginRules.define(state, ...rest);
  md.block.ruler.at('footnoteDef', define, { alt: ['paragraph', 'reference'] });
  const refer: RuleInline = (state, silent) => {
    reference.lastIndex = state.pos;
    return reference.test(state.src) && pluginRules.refer(state, silent);
  };
  md.inline.ruler.at('footnote_ref', refer);
  md.core.ruler.before('footnoteTail', 'footnotes_kept', keepUnreferenced);
  md.core.ruler.after('footnoteTail', 'footnotes_nested', nest);

  const { rules } = md.renderer;
  rules['footnote_ref'] = (tokens, index) => {
    const { id, subId } = metaOf(tokens[index]);
    const place = `footnote-ref-${id + 1}-${subId + 1}`;
    return `<sup><a class="footnote-ref ${place}" href="#footnote-${id + 1}">${id + 1}</a></sup>`;
  };
  rules['footnote_block_open'] = () => '<ol class="footnotes" dir="auto">\n';
  rules['footnote_block_close'] = () => '</ol>\n';
  rules['footnote_open'] = (tokens, index) =>
    `<li class="footnote footnote-${metaOf(tokens[index]).id + 1}">`;
  rules['footnote_close'] = () => '</li>\n';
  rules['footnote_anchor'] = (tokens, index, _options, env: FootnoteEnv) => {
    const { id, subId } = metaOf(tokens[index]);
    const isReferred = (env.footnotes?.list?.[id]?.count ?? 0) > 0;
    if (!isReferred || subId >= maxBackLinks) return '';
    return ` <a class="footnote-back" href="#footnote-ref-${id + 1}-${subId + 1}">↩</a>`;
  };
}

/** The plugin's own rules, which the parser calls through those above. */
const pluginRules = ((): { define: RuleBlock; refer: RuleInline } => {
  const plain = new MarkdownIt();
  const extended = new MarkdownIt().use(footnote);
  const blocks = plain.block.ruler.getRules('');
  const inlines = plain.inline.ruler.getRules('');
  const [define] = extended.block.ruler.getRules('').filter((rule) => !blocks.includes(rule));
  const refer = extended.inline.ruler.getRules('').findLast((rule) => !inlines.includes(rule));
  return { define: define!, refer: refer! };
})();

function metaOf(token: Token | undefined): FootnoteMeta {
  return token?.meta as FootnoteMeta;
}

/** The plugin drops footnotes that nothing refers to, and those with the label of an earlier one. */
function keepUnreferenced({ tokens, env }: { tokens: Token[]; env: FootnoteEnv }): void {
  const { footnotes: found } = env;
  if (found?.refs === undefined) return;
  const list = (found.list ??= []);
  const labels = new Set<string>();
  for (const token of tokens) {
    if (token.type !== 'footnote_reference_open') continue;
    const meta = token.meta as { label: string };
    const isRepeated = labels.has(meta.label);
    labels.add(meta.label);
    if (!isRepeated && found.refs[`:${meta.label}`] !== -1) continue;
    // No label has a space.
    meta.label = `${meta.label} ${labels.size} ${list.length}`;
    list.push({ label: meta.label, count: 0 });
  }
}

/** Gives the footnotes' tokens the levels of what they are in, by which blocks are told apart. */
function nest({ tokens }: { tokens: Token[] }): void {
  const start = tokens.findIndex(({ type }) => type === 'footnote_block_open');
  if (start < 0) return;
  let level = 0;
  for (const token of tokens.slice(start)) {
    if (token.nesting < 0) level--;
    token.level = level;
    if (token.nesting > 0) level++;
  }
}
