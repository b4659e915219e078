import { type Handler, Parser } from 'htmlparser2';
import { linkTarget } from '../links';
import { TextWriter } from '../textWriter';

const hiddenElements = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'svg',
  'math',
  'iframe',
  'object',
  'select',
]);
const paragraphElements = new Set([
  ...['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'pre', 'blockquote', 'ul', 'ol', 'dl', 'table', 'title'],
  ...['article', 'section', 'header', 'footer', 'nav', 'aside', 'main', 'figure', 'form', 'hr'],
]);
const lineElements = new Set([
  'div',
  'li',
  'tr',
  'dt',
  'dd',
  'br',
  'figcaption',
  'option',
  'summary',
  'caption',
  'address',
]);
const cellElements = new Set(['td', 'th']);

/**
 * The visible text of a page: a line for each block, a tab between table cells, the target of a link
 * behind its text. Throws TextTooLongError.
 */
export function htmlText(html: string, maxCharacters: number): string {
  const out = new TextWriter(maxCharacters);
  let hidden = 0;
  let preformatted = 0;
  let space = false;
  let link: { url: string; text: string } | undefined;
  const endLink = () => {
    if (link?.text) out.write(linkTarget(link.url, link.text));
    link = undefined;
  };
  const separate = (name: string) => {
    if (paragraphElements.has(name)) out.line({ blank: true });
    else if (lineElements.has(name)) out.line();
    else return;
    space = false;
  };
  const handlers: Partial<Handler> = {
    onopentag(name, attributes) {
      if (hiddenElements.has(name)) hidden++;
      if (hidden > 0) return;
      separate(name);
      if (name === 'a' && attributes['href']) {
        endLink();
        link = { url: attributes['href'], text: '' };
      }
      if (name === 'pre') preformatted++;
      if (name === 'li') out.write('- ');
      if (name === 'br' && out.atLineStart) return;
      if (cellElements.has(name) && !out.atLineStart) {
        out.write('\t');
        space = false;
      }
      if (name === 'img' && attributes['alt']) {
        out.write(`${space && !out.atLineStart ? ' ' : ''}[${attributes['alt']}]`);
        space = false;
        if (link) link.text += attributes['alt'];
      }
    },
    ontext(text) {
      if (hidden > 0) return;
      if (link) link.text += text.trim();
      if (preformatted > 0) return out.write(text);
      const words = text.replace(/\s+/g, ' ');
      if (words === ' ') return void (space = true);
      const gap = (space || words.startsWith(' ')) && !out.atLineStart ? ' ' : '';
      out.write(gap + words.trim());
      space = words.endsWith(' ');
    },
    onclosetag(name) {
      if (hiddenElements.has(name)) hidden = Math.max(0, hidden - 1);
      else if (hidden === 0) {
        if (name === 'a') endLink();
        if (name === 'pre') preformatted--;
        separate(name);
      }
    },
  };
  // In XHTML, as in books, an empty element such as `<title/>` ends where it starts.
  const recognizeSelfClosing = /^\s*<\?xml|www\.w3\.org\/1999\/xhtml/.test(html.slice(0, 1_000));
  const parser = new Parser(handlers, { recognizeSelfClosing });
  parser.write(html);
  parser.end();
  return out.document().text;
}
