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
    if (annotation.type !== 'file_path' || !isFileLink(annotation.text)) continue;
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

/** The file that a link points to. */
export function fileOfLink(url: string, files: readonly WrittenFile[]): WrittenFile | undefined {
  if (!isFileLink(url)) return undefined;
  return files.find(({ address }) => decoded(address) === decoded(url));
}

/** Encodes file URLs in a text, so that Markdown accepts those with spaces or brackets as links. */
export function withFileLinks(text: string, files: readonly WrittenFile[]): string {
  const links = new Map(files.map(({ address }) => [address, encoded(address)]));
  for (const [address, link] of links) if (address === link) links.delete(address);
  if (links.size === 0) return text;

  // The longest first: an address may be the beginning of another one.
  const lengths = [...new Set([...links.keys()].map(({ length }) => length))].sort((a, b) => b - a);
  const parts: string[] = [];
  let end = 0;
  for (let at = text.indexOf('sandbox:/'); at >= 0; at = text.indexOf('sandbox:/', Math.max(at + 1, end))) {
    const length = lengths.find((some) => links.has(text.slice(at, at + some)));
    if (length === undefined) continue;
    parts.push(text.slice(end, at), links.get(text.slice(at, at + length))!);
    end = at + length;
  }
  return parts.join('') + text.slice(end);
}

function encoded(address: string): string {
  return address.replace(/[\s<>()[\]`"'*\\]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 128 ? `%${code.toString(16).padStart(2, '0')}` : encodeURIComponent(character);
  });
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    // A lone percent sign is part of the name.
    return address;
  }
}
