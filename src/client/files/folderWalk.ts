import ignore, { type Ignore } from 'ignore';
import * as vscode from 'vscode';
import { describeError } from '../errors';

/** A file to be uploaded. */
export interface FoundFile {
  uri: vscode.Uri;
  /** Identifies the file: its path in its workspace folder, else relative to the parent of the chosen folder. */
  path: string;
}

/** The files found for the chosen files and folders. */
export interface FoundFiles {
  files: FoundFile[];
  /** Folders that could not be read: path and reason. */
  unreadable: { name: string; reason: string }[];
}

/** The rules of one `.gitignore`. */
interface Rules {
  /** The folder of the `.gitignore`; its patterns are relative to it. */
  folder: vscode.Uri;
  ignore: Ignore;
}

/** Always skipped, whatever a `.gitignore` says. */
const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);

/** Git ignores case where the file system does. */
const ignorecase = process.platform === 'win32' || process.platform === 'darwin';

/**
 * The chosen files, and all files in the chosen folders except those that a `.gitignore` excludes and
 * symbolic links, which may lead anywhere. Sorted by name within each folder; each file once.
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

/** Callbacks of a folder walk. */
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

/** The entries of a subfolder; undefined, and reported, if it cannot be read. */
async function entriesOf(folder: vscode.Uri, { reportUnreadable }: Walk): Promise<Entries | undefined> {
  try {
    return await vscode.workspace.fs.readDirectory(folder);
  } catch (error) {
    reportUnreadable(folder, error);
    return undefined;
  }
}

/** As in git: the innermost `.gitignore` takes precedence, and in it the last matching line. */
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

/** The rules of a folder's ancestors, from the workspace folder down. */
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
    // Missing or unreadable: git continues without it, too.
    return undefined;
  }
}

/** The path of a file in its workspace folder, else below `base`, else its name. */
export function pathOf(uri: vscode.Uri, base: vscode.Uri | undefined): string {
  const root = vscode.workspace.getWorkspaceFolder(uri)?.uri ?? base;
  if (!root) return uri.path.split('/').at(-1) ?? '';
  return uri.path.slice(root.path.replace(/\/$/, '').length + 1);
}

/** Whether a path is below a folder's path; the path of a workspace folder itself is empty. */
export function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.startsWith(`${folder}/`);
}
