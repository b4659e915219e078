/** Markdown to HTML. What comes out is still untrusted: `sanitise.ts` goes over it. */
import { tex } from '@mdit/plugin-tex';
import MarkdownIt from 'markdown-it';
import { isFileLink } from '../writtenFiles';
import { mathRules } from './mathRules';

export type Token = ReturnType<MarkdownIt['parse']>[number];

/** Classes of the places where a formula is drawn; their text is TeX. */
export const mathClass = { inline: 'math-inline', display: 'math-display', pending: 'math-pending' } as const;

/** Written by models: a single line end is no line break. */
export const answerMarkdown = createParser({ breaks: false });

/** Written by people, who end a line where they want it to end. */
export const userMarkdown = createParser({ breaks: true });

/** Whether a link's address may be offered to open; all others are shown as text. */
export function isOpenable(url: string): boolean {
  return /^(?:https?|mailto):/i.test(url) && URL.canParse(url);
}

function createParser({ breaks }: { breaks: boolean }): MarkdownIt {
  const md = new MarkdownIt({ html: false, linkify: true, breaks });
  // A bare «main.py» is a file and no site in Paraguay.
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  md.linkify.add('sandbox:', { validate: /^\/[^\s<>()[\]`"'*]+/ });
  md.validateLink = (url) => isOpenable(url) || isFileLink(url);

  md.use(tex, {
    delimiters: 'dollars',
    render: (content) => math(content, mathClass.inline),
  });
  md.block.ruler.disable('math_block_dollar');
  md.use(mathRules);

  const { rules } = md.renderer;
  const escape = md.utils.escapeHtml;
  const math = (content: string, className: string) =>
    `<span class="${className}">${escape(content.trim())}</span>`;
  rules['math_block'] = (tokens, index) =>
    `<p>${math(tokens[index]?.content ?? '', mathClass.display)}</p>\n`;
  rules['math_display'] = (tokens, index) => math(tokens[index]?.content ?? '', mathClass.display);
  rules['math_pending'] = (tokens, index) =>
    `<p>${math(tokens[index]?.content ?? '', mathClass.pending)}</p>\n`;

  // No picture is fetched unasked: it would tell its server that, when and where this is read.
  rules['image'] = (tokens, index) => {
    const token = tokens[index];
    const url = String(token?.attrGet('src') ?? '');
    const label = escape(token?.content || url);
    return `<a class="image-link" href="${escape(url)}">${label}</a>`;
  };

  // Inline styles are forbidden in the page, so columns are aligned by class.
  for (const type of ['th_open', 'td_open']) {
    rules[type] = (tokens, index, options, _env, self) => {
      const token = tokens[index]!;
      const align = /text-align:(left|center|right)/.exec(String(token.attrGet('style') ?? ''))?.[1];
      token.attrs = align === undefined ? null : [['class', `align-${align}`]];
      return self.renderToken(tokens, index, options);
    };
  }
  return md;
}
