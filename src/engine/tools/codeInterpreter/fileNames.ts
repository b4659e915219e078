import { lazy } from '../../lazy';

const forbidden = lazy(() => /[\p{Cc}\p{Cs}\\:*?"<>|]/u);
const endsBadly = /[. ]$/;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const maxPartBytes = 200;
const maxDepth = 8;

/**
 * Whether a file name from Python is a safe relative path on every operating system: no parent
 * folders, no device names, no alternate data streams.
 */
export function isFileName(name: string): boolean {
  const parts = name.split('/');
  return parts.length <= maxDepth && parts.every(isPart);
}

function isPart(part: string): boolean {
  const bytes = Buffer.byteLength(part);
  return (
    bytes > 0 &&
    bytes <= maxPartBytes &&
    !forbidden().test(part) &&
    // Also rejects “.” and “..”.
    !endsBadly.test(part) &&
    !reserved.test(part)
  );
}

/** The name in `/mnt/data` of a user's file, whatever it is called: without folders, safe on every system. */
export function safeFileName(name: string): string {
  const plain = name.replace(/[\p{Cc}\p{Cs}\\:*?"<>|/]/gu, '_').replace(/[. ]+$/, '');
  const [stem, extension] = splitName(reserved.test(plain) ? `_${plain}` : plain || 'file');
  return fit(stem, '', extension);
}

/** Names are equal if they could be one file on some system: many ignore case. */
export function nameKey(name: string): string {
  return name.normalize().toLowerCase();
}

/** The files of a folder by name, to find names that are free. */
export class TakenNames {
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();

  constructor(names: Iterable<string>) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    const key = nameKey(name);
    this.#files.add(key);
    for (const folder of foldersOf(key)) this.#folders.add(folder);
  }

  /** `name`, or a numbered variant of it if that, or a part of its path, is taken: `a (2).txt`, `a (2)/b.txt`. */
  free(name: string): string {
    const key = nameKey(name);
    const folder = foldersOf(key).find((path) => this.#files.has(path));
    if (folder === undefined && !this.#isTaken(key)) return name;
    const parts = name.split('/');
    const at = folder === undefined ? parts.length - 1 : folder.split('/').length - 1;
    const [stem, extension] = splitName(parts[at]!);
    for (let number = 2; ; number++) {
      const numbered = parts.with(at, fit(stem, ` (${number})`, extension));
      if (!this.#isTaken(nameKey(numbered.slice(0, at + 1).join('/')))) return numbered.join('/');
    }
  }

  #isTaken(key: string): boolean {
    return this.#files.has(key) || this.#folders.has(key);
  }
}

/** The folders of a path, the outermost first. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, at) => parts.slice(0, at + 1).join('/'));
}

function splitName(name: string): [stem: string, extension: string] {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

/** Joins the parts of a name, shortened to its maximum length. */
function fit(stem: string, number: string, extension: string): string {
  const end = truncate(extension, maxPartBytes / 4);
  const rest = `${number}${end}`;
  return (truncate(stem, maxPartBytes - Buffer.byteLength(rest)) + rest).replace(/[. ]+$/, '');
}

/** The first `bytes` bytes of a text, without a part of a character at its end. */
function truncate(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString()
    .replace(/\uFFFD+$/, '');
}
