import { nameKey, TakenNames } from './fileNames';

/** A file of a thread. */
export interface StoredFile {
  /** Path relative to `/mnt/data`, with `/` as separator. */
  name: string;
  /** Where its content is, relative to the thread's folder. Content never changes: a changed file has another. */
  content: string;
  bytes: number;
  /** SHA-256 of the content, if it is known. */
  hash?: string;
}

/** What a call did to the files that Python had before it. */
export interface FolderChanges {
  /** The contents of the files that Python had, by name. */
  base: ReadonlyMap<string, string>;
  /** The names of all files that Python has now. */
  names: ReadonlySet<string>;
  /** New and changed files. */
  changed: readonly StoredFile[];
}

export interface Merged {
  /** All files of the thread. */
  files: StoredFile[];
  /** The changed files as they were stored. */
  stored: StoredFile[];
  /** Files that were stored under another name, because others changed the file of their name in the meantime. */
  renamed: { from: string; to: string }[];
  /** Files that Python deleted, but others have changed in the meantime: they are kept. */
  undeleted: string[];
}

/** Applies a call's changes to the thread's files, which others may have changed during the call. */
export function mergeChanges(current: readonly StoredFile[], changes: FolderChanges): Merged {
  const { base, names, changed } = changes;
  const files = new Map(current.map((file) => [file.name, file]));
  const merged: Merged = { files: [], stored: [], renamed: [], undeleted: [] };
  for (const [name, content] of base) {
    const file = files.get(name);
    if (names.has(name) || !file) continue;
    if (file.content === content) files.delete(name);
    else merged.undeleted.push(name);
  }
  const taken = new TakenNames(files.keys());
  const byKey = new Map([...files.values()].map((file) => [nameKey(file.name), file]));
  for (const file of changed) {
    const now = files.get(file.name);
    const stored = now && now.content === base.get(file.name) ? file : added(file);
    files.set(stored.name, stored);
    merged.stored.push(stored);
    if (stored.name !== file.name) merged.renamed.push({ from: file.name, to: stored.name });
  }
  merged.files = [...files.values()];
  return merged;

  function added(file: StoredFile): StoredFile {
    const same = byKey.get(nameKey(file.name));
    if (same?.hash !== undefined && same.hash === file.hash) return same;
    const name = taken.free(file.name);
    taken.add(name);
    return { ...file, name };
  }
}
