import * as vscode from 'vscode';
import { searchExcludes } from '../../../client/settings';

/** Files that a search of the workspace returns at most; the search ends with them, however large the workspace is. */
const maxFound = 200;

/**
 * Files of the workspace whose path contains the letters of a query in this order, the best first. VS Code's
 * search runs in a process of its own and reports only what matches.
 */
export async function findWorkspaceFiles(
  query: string,
  count: number,
  token: vscode.CancellationToken,
): Promise<vscode.Uri[]> {
  const exclude = searchExcludes();
  const patterns = patternsOf(query);
  const found = await Promise.all(
    patterns.map((pattern) => vscode.workspace.findFiles(pattern, exclude, maxFound, token)),
  );
  const byPath = new Map(found.flat().map((uri) => [vscode.workspace.asRelativePath(uri), uri]));
  return [...byPath]
    .map(([path, uri]) => ({ uri, path, score: scoreOf(query, path) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .slice(0, count)
    .map(({ uri }) => uri);
}

/** The files below a folder, at most one more than `count`. */
export async function filesBelow(folder: vscode.Uri, count: number): Promise<vscode.Uri[]> {
  const all = new vscode.RelativePattern(folder, '**/*');
  return vscode.workspace.findFiles(all, searchExcludes(), count + 1);
}

/** Names that begin with the query, for which the other pattern may have no room left; then all that match. */
function patternsOf(query: string): string[] {
  const parts = query.split('/').map((part) => [...part].map(eitherCase));
  const last = parts.pop() ?? [];
  const folders = parts.map((letters) => `*${letters.map((letter) => `${letter}*`).join('')}/`).join('');
  if (last.length === 0) return [`**/${folders}*${folders === '' ? '' : '*'}`];
  return [`**/${folders}${last.join('')}*`, `**/${folders}*${last.map((letter) => `${letter}*`).join('')}`];
}

/** A glob pattern of a letter in both cases. */
function eitherCase(letter: string): string {
  const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
  if (lower !== upper && lower.length === 1 && upper.length === 1) return `[${lower}${upper}]`;
  return /[\w.-]/.test(letter) || letter.charCodeAt(0) > 127 ? letter : '?';
}

/**
 * How well a text fits a query: the whole name best, then its beginning, the beginning of a word in it, any
 * part of it, a part of the path, and the letters in their order. 0 if it does not fit; an empty query fits all.
 */
export function scoreOf(query: string, text: string): number {
  const wanted = query.toLowerCase();
  const whole = text.toLowerCase();
  const name = whole.slice(whole.lastIndexOf('/') + 1);
  if (wanted === '') return 1;
  if (name === wanted || name.startsWith(`${wanted}.`)) return 6;
  if (name.startsWith(wanted)) return 5;
  const at = name.indexOf(wanted);
  if (at > 0) return /[\s._-]/.test(name[at - 1]!) ? 4 : 3;
  if (whole.includes(wanted)) return 2;
  return hasInOrder(name, wanted) ? 1.5 : hasInOrder(whole, wanted) ? 1 : 0;
}

function hasInOrder(text: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = text.indexOf(letter, at) + letter.length;
    if (at < letter.length) return false;
  }
  return true;
}
