/**
 * A markdown-it rule for citation marks, such as `【4:0†notes.txt】`: Markdown inside a mark has no
 * effect. Marks inside code are not touched.
 */
import type MarkdownIt from 'markdown-it';

type RuleInline = Parameters<MarkdownIt['inline']['ruler']['before']>[2];

/** The class of the `span` of a mark; its text is the mark. */
export const citationClass = 'citation';

const mark = /【\d{1,9}(?::\d{1,9})?†[^【】\n]{0,300}】/y;

/** Ends a run of plain text: the characters of markdown-it's own text rule, and the first one of a mark. */
const terminator = /[\n!#$%&*+\-:<=>@[\]\\^_`{}~【]/g;

/** Adds the rules; the token is `citation`. */
export function citationRule(md: MarkdownIt): void {
  md.inline.ruler.at('text', textRule);
  md.inline.ruler.before('escape', 'citation', markRule);
  md.renderer.rules['citation'] = (tokens, index) =>
    `<span class="${citationClass}">${md.utils.escapeHtml(tokens[index]?.content ?? '')}</span>`;
}

/** Consumes plain text up to where another rule may apply. */
const textRule: RuleInline = (state, silent) => {
  terminator.lastIndex = state.pos;
  const end = Math.min(terminator.exec(state.src)?.index ?? state.posMax, state.posMax);
  if (end === state.pos) return false;
  if (!silent) state.pending += state.src.slice(state.pos, end);
  state.pos = end;
  return true;
};

const markRule: RuleInline = (state, silent) => {
  mark.lastIndex = state.pos;
  const found = mark.exec(state.src)?.[0];
  if (found === undefined) return false;
  if (!silent) state.push('citation', '', 0).content = found;
  state.pos += found.length;
  return true;
};
