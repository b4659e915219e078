/** Plain URLs in text, as links, `https://a.example/b`, as links. */
import MarkdownIt from 'markdown-it';

/** Longer addresses are text. */
const maxLength = 2_000;

/**
 * Characters that end an address wherever they stand: those of linkify-it, and the punctuation of Chinese and Japanese,
 * which no space follows.
 */
const end = /[\s\p{Cc}<>\uff5c（）【】「」『』《》“”‘’，、。；：！？…]/u;

/** What follows `sandbox:` in the address of a file that code wrote. */
const filePath =
  /^\/[^\s<>()[\]`"'*（）【】「」『』《》“”‘’，、。；：！？]*[^\s<>()[\]`"'*（）【】「」『』《》“”‘’，、。；：！？.,;:!?_~]/;

/** Brackets and quotes that stand in an address in pairs only. */
const closing = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
  ['"', '"'],
]);

/** Has the parser make links of bare addresses, in time that is linear in the text. */
export function bareLinks(md: MarkdownIt): void {
  // A bare “main.py” is a file and no site in Paraguay.
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  // linkify-it's own rule looks for the end of each open bracket through all the rest of the text.
  const { linkify } = new MarkdownIt();
  for (const scheme of ['http:', 'https:']) {
    md.linkify.add(scheme, {
      validate: (text, position) => linkify.testSchemaAt(candidate(text, position), scheme, 0),
    });
  }
  for (const scheme of ['//', 'ftp:']) md.linkify.add(scheme, null);
  md.linkify.add('sandbox:', {
    validate: (text, position) => filePath.exec(text.slice(position, position + maxLength))?.[0].length ?? 0,
  });
}

/** What an address may consist of: up to a space, or to a bracket that is not closed. Empty if too long. */
function candidate(text: string, position: number): string {
  const rest = text.slice(position, position + maxLength);
  const length = rest.search(end);
  if (length < 0 && rest.length === maxLength) return '';
  const word = length < 0 ? rest : rest.slice(0, length);
  for (let index = 0; index < word.length; index++) {
    const close = closing.get(word[index]!);
    if (close === undefined) continue;
    const closed = word.indexOf(close, index + 1);
    if (closed < 0) return word.slice(0, index);
    index = closed;
  }
  return word;
}
