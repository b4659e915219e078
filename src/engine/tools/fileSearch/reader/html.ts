import { Parser } from 'htmlparser2';
import { TextWriter } from './textWriter';

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

/** The visible text of a page: a line for each block, a tab between table cells. Throws TextTooLongError. */
export function htmlText(html: string, maxCharacters: number): string {
  const out = new TextWriter(maxCharacters);
  let hidden = 0;
  let preformatted = 0;
  let space = false;
  const separate = (name: string) => {
    if (paragraphElements.has(name)) out.line({ blank: true });
    else if (lineElements.has(name)) out.line();
    else return;
    space = false;
  };
  const parser = new Parser({
    onopentag(name, attributes) {
      if (hiddenElements.has(name)) hidden++;
      if (hidden > 0) return;
      separate(name);
      if (name === 'pre') preformatted++;
      if (name === 'li') out.write('- ');
      if (name === 'br' && out.atLineStart) return;
      if (cellElements.has(name) && !out.atLineStart) {
        out.write('\t');
        space = false;
      }
      if (name === 'img' && attributes['alt']) out.write(`[${attributes['alt']}]`);
    },
    ontext(text) {
      if (hidden > 0) return;
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
        if (name === 'pre') preformatted--;
        separate(name);
      }
    },
  });
  parser.write(html);
  parser.end();
  return out.document().text;
}
