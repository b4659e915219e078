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
  return files.reduce((result, { address }) => result.replaceAll(address, encoded(address)), text);
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
