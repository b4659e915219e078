/** Paths of files in answers, such as `src/a.ts:12:5` and `src/a.ts#L3-L9`: read by the panel, checked by the host. */
import { isStringUpTo } from '../guards';

/** A place in a file of the workspace. */
export interface FilePlace {
  /** Relative to a folder of the workspace, with `/`. */
  path: string;
  /** Counted from 1. */
  line?: number;
  column?: number;
  endLine?: number;
}

/** Longer texts are no paths. */
export const maxPathLength = 400;
/** Paths that are looked up for one message. */
export const maxPaths = 200;
export const isPathText = isStringUpTo(maxPathLength);

const fragment = /^L(\d{1,9})(?:C(\d{1,9}))?(?:-L?(\d{1,9})(?:C\d{1,9})?)?$/i;
const suffix = /:(\d{1,9})(?:(?::(\d{1,9}))|(?:-(\d{1,9})))?$/;

/**
 * The place that a text names; undefined if it is no path below the workspace: an absolute one, one of another
 * computer, one with `..`, or an address with a scheme.
 */
export function readPlace(text: string): FilePlace | undefined {
  if (text.length > maxPathLength) return undefined;
  const hash = text.indexOf('#');
  const [, line, column, endLine] =
    (hash < 0 ? suffix.exec(text) : fragment.exec(text.slice(hash + 1))) ?? [];
  // A part of a document that is no line, as in `guide.md#setup`, is left out.
  const end = hash >= 0 ? hash : line === undefined ? text.length : text.search(suffix);
  const path = relativePath(text.slice(0, end));
  if (path === undefined) return undefined;
  return { path, line: toNumber(line), column: toNumber(column), endLine: toNumber(endLine) };
}

function toNumber(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Math.max(1, Number(digits));
}

/** What no name of a file has that may be followed. */
// eslint-disable-next-line no-control-regex -- as hostile paths may have them
const forbidden = /[\0-\x1f\x7f\\:?*<>|"]/;

function relativePath(text: string): string | undefined {
  const path = text.startsWith('./') ? text.slice(2) : text;
  if (path === '' || path.startsWith('/') || path.startsWith('~') || forbidden.test(path)) return undefined;
  const names = path.split('/');
  return names.some((name) => name === '' || name === '.' || name === '..') ? undefined : path;
}
