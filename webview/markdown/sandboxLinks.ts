/** The files an answer speaks of: those that code wrote, at `sandbox:/mnt/data/…`. */
import type { Annotation } from 'openai/resources/beta/threads/messages';

export interface WrittenFile {
  fileId: string;
  /** Its name for people: the last part of its path. */
  name: string;
  /** How the answer names it: `sandbox:/mnt/data/table.csv`. */
  address: string;
}

/** The files that a text's annotations name, each once. */
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

/** Whether an address is one of a file that code wrote. */
export function isFileLink(url: string): boolean {
  return /^sandbox:\/./.test(url);
}

/** The file a link leads to. */
export function fileOfLink(url: string, files: readonly WrittenFile[]): WrittenFile | undefined {
  if (!isFileLink(url)) return undefined;
  return files.find(({ address }) => decoded(address) === decoded(url));
}

/** A text whose addresses of files are links for Markdown too where they hold spaces or brackets. */
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
