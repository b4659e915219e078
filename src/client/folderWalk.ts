import ignore, { type Ignore } from 'ignore';
import * as vscode from 'vscode';

/** A file to be uploaded. */
export interface FoundFile {
  uri: vscode.Uri;
  /** How it is found again: its path in its workspace folder, else below the folder that was chosen. */
  path: string;
}

/** The rules of one `.gitignore`. */
interface Rules {
  /** The folder it lies in; its path begins all that the rules are about. */
  folder: vscode.Uri;
  ignore: Ignore;
}

/** Never knowledge, whether a `.gitignore` says so or not. */
const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);

/**
 * The files that somebody chose, folders with all that is in them: without what a `.gitignore` names,
 * and without links, which may lead anywhere. In the order of their names; each file once.
 */
export async function findFiles(chosen: readonly vscode.Uri[], signal: AbortSignal): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  const keep = (uri: vscode.Uri, base: vscode.Uri | undefined): void => {
    found.set(uri.toString(), { uri, path: pathOf(uri, base) });
  };
  for (const uri of chosen) {
    const { type } = await vscode.workspace.fs.stat(uri);
    if (type & vscode.FileType.Directory) {
      const base = vscode.Uri.joinPath(uri, '..');
      await walk(uri, await rulesAbove(uri), signal, (file) => keep(file, base));
    } else keep(uri, undefined);
  }
  return [...found.values()];
}

async function walk(
  folder: vscode.Uri,
  above: readonly Rules[],
  signal: AbortSignal,
  keep: (file: vscode.Uri) => void,
): Promise<void> {
  signal.throwIfAborted();
  const entries = await vscode.workspace.fs.readDirectory(folder);
  const own = entries.some(([name]) => name === '.gitignore') ? await rulesIn(folder) : undefined;
  const rules = own ? [...above, own] : above;
  for (const [name, type] of entries.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))) {
    const uri = vscode.Uri.joinPath(folder, name);
    const isFolder = type === vscode.FileType.Directory;
    if (isIgnored(uri, isFolder, rules)) continue;
    if (isFolder) {
      if (!skippedFolders.has(name)) await walk(uri, rules, signal, keep);
    } else if (type === vscode.FileType.File) keep(uri);
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
    return { folder, ignore: ignore().add(new TextDecoder().decode(bytes)) };
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
