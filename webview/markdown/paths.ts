/** Paths of files in answers: in links, in code, and in the text itself. The host says which of them are files. */
import type MarkdownIt from 'markdown-it';
import { maxPathLength, readPlace } from '../../src/protocol/text/filePaths';

type Token = ReturnType<MarkdownIt['parse']>[number];

/** The class of the text of a link to a path; its title is the path. */
export const pathClass = 'workspace-path';

/** Has the parser take links to paths, `[a](src/a.ts#L3)`, as marked texts. */
export function pathLinks(md: MarkdownIt): void {
  // A line such as “[INFO]: done” is text, and defines no link to a file “done”.
  let isAllowed = false;
  md.core.ruler.before('block', 'no_paths', () => void (isAllowed = false));
  md.core.ruler.before('inline', 'paths', () => void (isAllowed = true));
  const isValid = md.validateLink.bind(md);
  md.validateLink = (url) => isValid(url) || (isAllowed && linkedPath(url) !== undefined);
  md.core.ruler.push('path_links', ({ tokens }) => {
    for (const { children } of tokens) if (children) markLinks(children);
  });
}

function markLinks(tokens: Token[]): void {
  let isMarked = false;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const path = linkedPath(String(token.attrGet('href') ?? ''));
      isMarked = path !== undefined;
      if (path === undefined) continue;
      token.tag = 'span';
      token.attrs = [
        ['class', pathClass],
        ['title', path],
      ];
    } else if (token.type === 'link_close' && isMarked) {
      token.tag = 'span';
      isMarked = false;
    }
  }
}

/** The path that the address of a link names; undefined if it is another address. */
export function linkedPath(url: string): string | undefined {
  if (url.length > 3 * maxPathLength) return undefined;
  const path = decoded(url);
  return readPlace(path) !== undefined && (/[./]/.test(path) || !path.includes(':')) ? path : undefined;
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    // A lone percent sign is part of the name.
    return url;
  }
}

/** What separates a path from the words around it. */
const words = /[^\s`'"()<>[\]{}|,;*（）【】。，、；：！？「」『』《》“”‘’]+/gu;

/** A path in a text. */
export interface FoundPath {
  path: string;
  index: number;
}

/** The parts of a text that may be paths: those with a folder, or with the extension of a file. */
export function pathsIn(text: string): FoundPath[] {
  const found: FoundPath[] = [];
  for (const { 0: word, index } of text.matchAll(words)) {
    if (word.length > maxPathLength) continue;
    const path = word.replace(/[.:!?_~]{1,10}$/, '');
    if (/\/|\.\p{L}[\p{L}\p{N}]{0,11}(?:[:#]|$)/u.test(path) && readPlace(path)) found.push({ path, index });
  }
  return found;
}
