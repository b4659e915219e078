import ignore, { type Ignore } from 'ignore';
import * as vscode from 'vscode';
import { describeError } from '../errors';

/** A file to be uploaded. */
export interface FoundFile {
  uri: vscode.Uri;
  /** How it is found again: its path in its workspace folder, else below the folder that was chosen. */
  path: string;
}

/** What was found below the files and folders that somebody chose. */
export interface FoundFiles {
  files: FoundFile[];
  /** Folders that could not be looked into, by their paths, and why. */
  unreadable: { name: string; reason: string }[];
}

/** The rules of one `.gitignore`. */
interface Rules {
  /** The folder it lies in; its path begins all that the rules are about. */
  folder: vscode.Uri;
  ignore: Ignore;
}

/** Never knowledge, whether a `.gitignore` says so or not. */
const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);

/** Git's rules go by the letter where file names do. */
const ignorecase = process.platform === 'win32' || process.platform === 'darwin';

/**
 * The files that somebody chose, folders with all that is in them: without what a `.gitignore` names,
 * and without links, which may lead anywhere. In the order of their names; each file once.
 */
export async function findFiles(chosen: readonly vscode.Uri[], signal: AbortSignal): Promise<FoundFiles> {
  const found = new Map<string, FoundFile>();
  const unreadable: FoundFiles['unreadable'] = [];
  for (const uri of chosen) {
    const { type } = await vscode.workspace.fs.stat(uri);
    const isFolder = (type & vscode.FileType.Directory) !== 0;
    const base = isFolder ? vscode.Uri.joinPath(uri, '..') : undefined;
    const walk: Walk = {
      signal,
      keep: (file) => found.set(file.toString(), { uri: file, path: pathOf(file, base) }),
      reportUnreadable: (folder, error) =>
        unreadable.push({ name: pathOf(folder, base), reason: describeError(error) }),
    };
    if (!isFolder) walk.keep(uri);
    else await walkThrough(uri, await vscode.workspace.fs.readDirectory(uri), await rulesAbove(uri), walk);
  }
  return { files: [...found.values()], unreadable };
}

/** Who is told of what lies below a folder. */
interface Walk {
  signal: AbortSignal;
  keep: (file: vscode.Uri) => void;
  reportUnreadable: (folder: vscode.Uri, error: unknown) => void;
}

type Entries = [name: string, type: vscode.FileType][];

async function walkThrough(
  folder: vscode.Uri,
  entries: Entries,
  above: readonly Rules[],
  walk: Walk,
): Promise<void> {
  walk.signal.throwIfAborted();
  const own = entries.some(([name]) => name === '.gitignore') ? await rulesIn(folder) : undefined;
  const rules = own ? [...above, own] : above;
  for (const [name, type] of entries.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    const uri = vscode.Uri.joinPath(folder, name);
    const isFolder = type === vscode.FileType.Directory;
    if (isIgnored(uri, isFolder, rules)) continue;
    if (isFolder) {
      const inside = skippedFolders.has(name) ? undefined : await entriesOf(uri, walk);
      if (inside) await walkThrough(uri, inside, rules, walk);
    } else if (type === vscode.FileType.File) walk.keep(uri);
  }
}

/** What is in a folder below the one that was chosen; undefined where that cannot be read. */
async function entriesOf(folder: vscode.Uri, { reportUnreadable }: Walk): Promise<Entries | undefined> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch (error) {
    reportUnreadable(folder, error);
    return undefined;
  }
}

/** Git's rule: what the innermost `.gitignore` says counts, and in it the last line that fits. */
function isIgnored(uri: vscode.Uri, isFolder: boolean, rules: readonly Rules[]): boolean {
  let ignored = false;
  for (const { folder, ignore: patterns } of rules) {
    const path = uri.path.slice(folder.path.replace(/\/$/, '').length + 1);
    const verdict = patterns.test(isFolder ? `${path}/` : path);
    if (verdict.ignored) ignored = true;
    else if (verdict.unignored) ignored = false;
  }
  return ignored;
}

/** The rules of the folders around a folder, from that of the workspace on. */
async function rulesAbove(folder: vscode.Uri): Promise<Rules[]> {
  const root = vscode.workspace.getWorkspaceFolder(folder)?.uri;
  if (!root) return [];
  const rules: Rules[] = [];
  let at = root;
  const names = folder.path.slice(root.path.length).split('/').filter(Boolean);
  for (const name of names) {
    const own = await rulesIn(at);
    if (own) rules.push(own);
    at = vscode.Uri.joinPath(at, name);
  }
  return rules;
}

async function rulesIn(folder: vscode.Uri): Promise<Rules | undefined> {
  try {
    const bytes = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder, '.gitignore'));
    return { folder, ignore: ignore({ ignorecase }).add(new TextDecoder().decode(bytes)) };
  } catch {
    // There is none, or it cannot be read: git goes on without it, too.
    return undefined;
  }
}

/** The path of a file in its workspace folder, else below `base`, else its name. */
export function pathOf(uri: vscode.Uri, base: vscode.Uri | undefined): string {
  const root = vscode.workspace.getWorkspaceFolder(uri)?.uri ?? base;
  if (!root) return uri.path.split('/').at(-1) ?? '';
  return uri.path.slice(root.path.replace(/\/$/, '').length + 1);
}

/** Whether a path lies below that of a folder; a workspace folder's own is empty. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}
