/** Links to files in `/mnt/data`, in the forms in which models write them. */

import { lazy } from '../../lazy';

/** A link in a text, from `start` to before `end`. */
export interface FileLink {
  start: number;
  end: number;
  fileId: string;
}

/** What precedes the name. Some models leave out the folder, or write two or three slashes, as in other URLs. */
const linkStart = /sandbox:\/{0,3}(?:mnt\/data\/)?/gi;

/** The rest of a longer name, such as `ng` after `plot.p`. A sentence's punctuation is no part of it. */
const restOfName = lazy(() => /[._~+-]*[\p{L}\p{N}\p{M}%/]/uy);

/** Letters of scripts that have no space after a name. */
const withoutSpaces = lazy(
  () => /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u,
);

/**
 * The links of a text to files, of which `files` returns the ids by name; other links are left out. Where several
 * names fit, the longest counts. `files` is only called if there are links.
 */
export function linksTo(files: () => ReadonlyMap<string, string>, text: string): FileLink[] {
  const starts = [...text.matchAll(linkStart)];
  if (starts.length === 0) return [];
  const ids = new Map([...files()].map(([name, id]) => [name.normalize(), id]));
  const maxLength = [...ids.keys()].reduce((max, name) => Math.max(max, name.normalize('NFD').length), 0);
  const links: FileLink[] = [];
  for (const { 0: begin, index: start } of starts) {
    const at = start + begin.length;
    // A name may contain “%20” itself, but models are asked to encode it.
    const found = [decodedCharacter, literalCharacter]
      .map((read) => findName(text, at, read, ids, maxLength))
      .reduce((best, next) => (next && (!best || next.end > best.end) ? next : best));
    if (found) links.push({ start, ...found });
  }
  return links;
}

/** Reads the character at a position: what it means, and where the next one begins. */
type Reader = (text: string, at: number) => { value: string; end: number };

function findName(
  text: string,
  at: number,
  read: Reader,
  ids: ReadonlyMap<string, string>,
  maxLength: number,
): { end: number; fileId: string } | undefined {
  let found: { end: number; fileId: string } | undefined;
  let name = '';
  for (let end = at; end < text.length && name.length < maxLength;) {
    const next = read(text, end);
    // Names have no line breaks.
    if (/\p{Cc}/u.test(next.value)) break;
    name += next.value;
    end = next.end;
    const fileId = ids.get(name.normalize());
    if (fileId !== undefined && isEnd(text, end)) found = { end, fileId };
  }
  return found;
}

/** Whether a name can end before this position. */
function isEnd(text: string, at: number): boolean {
  const rest = restOfName();
  rest.lastIndex = at;
  if (!rest.test(text)) return true;
  return /[!-~]/.test(text[at - 1]!) && withoutSpaces().test(text.slice(at, at + 2));
}

function literalCharacter(text: string, at: number): { value: string; end: number } {
  const value = String.fromCodePoint(text.codePointAt(at)!);
  return { value, end: at + value.length };
}

/** Decodes percent signs, as URLs have them, and Markdown's and HTML's escapes. */
function decodedCharacter(text: string, at: number): { value: string; end: number } {
  const rest = text.slice(at, at + 12);
  const [escape] = /^\\[!-/:-@[-`{-~]/.exec(rest) ?? [];
  if (escape !== undefined) return { value: escape[1]!, end: at + 2 };
  if (/^&amp;/i.test(rest)) return { value: '&', end: at + 5 };
  const [encoded = ''] = /^(?:%[0-9a-f]{2})+/i.exec(rest) ?? [];
  // A character is up to four bytes. A percent sign that encodes nothing is one.
  for (let length = 3; length <= encoded.length; length += 3) {
    try {
      return { value: decodeURIComponent(encoded.slice(0, length)), end: at + length };
    } catch {
      continue;
    }
  }
  return literalCharacter(text, at);
}
