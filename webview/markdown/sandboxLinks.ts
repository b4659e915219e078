/** Links in answers to files that code wrote, `sandbox:/mnt/data/…`. */
import type { Annotation } from 'openai/resources/beta/threads/messages';

export interface WrittenFile {
  fileId: string;
  /** The display name: the last part of the path. */
  name: string;
  /** The URL in the answer: `sandbox:/mnt/data/table.csv`. */
  address: string;
}

/** The files in a text's annotations, each once. */
export function writtenFiles(annotations: readonly Annotation[]): WrittenFile[] {
  const files = new Map<string, WrittenFile>();
  for (const annotation of annotations) {
    if (annotation.type !== 'file_path' || !isFileLink(withOneSlash(annotation.text))) continue;
    const { text: address, file_path } = annotation;
    const name = decoded(address).split('/').at(-1) || file_path.file_id;
    files.set(address, { fileId: file_path.file_id, name, address });
  }
  return [...files.values()];
}

/** Whether a URL points to a file that code wrote. */
export function isFileLink(url: string): boolean {
  return /^sandbox:\/./.test(url);
}

/** The file that a link points to; a fragment, or text that follows the name without a space, is ignored. */
export function fileOfLink(url: string, files: readonly WrittenFile[]): WrittenFile | undefined {
  if (!isFileLink(url)) return undefined;
  const target = decoded(withOneSlash(url));
  const named = files.map((file) => ({ file, name: decoded(withOneSlash(file.address)) }));
  const isMeant = ({ name }: { name: string }): boolean =>
    target.startsWith(name) && !/^[._~+-]*[\w%/]/.test(target.slice(name.length));
  const [longest] = named.filter(isMeant).sort((a, b) => b.name.length - a.name.length);
  return longest?.file;
}

/** Encodes file URLs in a text, so that Markdown accepts those with spaces or brackets, say, as links. */
export function withFileLinks(text: string, files: readonly WrittenFile[]): string {
  const links = new Map(files.map(({ address }) => [address, encoded(address)]));
  for (const [address, link] of links) if (address === link) links.delete(address);
  if (links.size === 0) return text;

  // The longest first: an address may be the beginning of another one.
  const lengths = [...new Set([...links.keys()].map(({ length }) => length))].sort((a, b) => b - a);
  const parts: string[] = [];
  let end = 0;
  for (const { index: at } of text.matchAll(/sandbox:/gi)) {
    if (at < end) continue;
    const length = lengths.find((some) => links.has(text.slice(at, at + some)));
    if (length === undefined) continue;
    parts.push(text.slice(end, at), links.get(text.slice(at, at + length))!);
    end = at + length;
  }
  return parts.join('') + text.slice(end);
}

/** Characters that Markdown takes as the end of a URL, or as its own. */
const notInLinks = /[\s<>()[\]`"'*\\（）【】「」『』《》“”‘’，、。；：！？]/g;

function encoded(address: string): string {
  return withOneSlash(address).replace(notInLinks, (character) => {
    const code = character.charCodeAt(0);
    return code < 128 ? `%${code.toString(16).padStart(2, '0')}` : encodeURIComponent(character);
  });
}

/** Models also write `sandbox:///mnt/…` and `sandbox:mnt/…`. */
function withOneSlash(address: string): string {
  return address.replace(/^sandbox:\/*/i, 'sandbox:/');
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    // A lone percent sign is part of the name.
    return address;
  }
}
