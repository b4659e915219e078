import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { describeError, UserError } from '../errors/errors';
import { IgnoreRules } from './ignoreRules';

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
  patterns: IgnoreRules;
}

/** Always skipped, whatever a `.gitignore` says. */
const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);

/** Bytes of a `.gitignore`; the folder of a larger one is not read. */
const maxRulesSize = 1024 * 1024;

/** Milliseconds of work after which the extension host may do other work. */
const workInterval = 10;

/** Entries of a folder that are sorted at once. */
const sortLength = 1_000;

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
      pause: pauses(),
      keep: (file) => found.set(file.toString(), { uri: file, path: pathOf(file, base) }),
      reportUnreadable: (folder, error) =>
        unreadable.push({ name: pathOf(folder, base), reason: describeError(error) }),
    };
    if (isFolder) await walkChosen(uri, walk);
    else if ((type & vscode.FileType.File) !== 0) walk.keep(uri);
    else walk.reportUnreadable(uri, new UserError(vscode.l10n.t('It is not a regular file.')));
  }
  return { files: [...found.values()], unreadable };
}

/** Callbacks of a folder walk. */
interface Walk {
  signal: AbortSignal;
  /** Lets other work run if it is time for that. */
  pause: () => Promise<void>;
  keep: (file: vscode.Uri) => void;
  reportUnreadable: (folder: vscode.Uri, error: unknown) => void;
}

type Entries = [name: string, type: vscode.FileType][];

/** Walks through a chosen folder, unless a `.gitignore` above it excludes it. */
async function walkChosen(folder: vscode.Uri, walk: Walk): Promise<void> {
  const root = vscode.workspace.getWorkspaceFolder(folder)?.uri ?? folder;
  const names = folder.path.slice(root.path.length).split('/').filter(Boolean);
  const rules: Rules[] = [];
  let at = root;
  for (const name of names) {
    try {
      const own = await rulesIn(at);
      if (own) rules.push(own);
    } catch (error) {
      return walk.reportUnreadable(at, error);
    }
    at = vscode.Uri.joinPath(at, name);
    if (await isIgnored(at, true, rules, walk)) return;
  }
  await walkThrough(folder, await vscode.workspace.fs.readDirectory(folder), rules, walk);
}

async function walkThrough(
  folder: vscode.Uri,
  entries: Entries,
  above: readonly Rules[],
  walk: Walk,
): Promise<void> {
  walk.signal.throwIfAborted();
  let own: Rules | undefined;
  try {
    own = entries.some(([name]) => name === '.gitignore') ? await rulesIn(folder) : undefined;
  } catch (error) {
    return walk.reportUnreadable(folder, error);
  }
  const rules = own ? [...above, own] : above;
  for (const [name, type] of await sorted(entries, walk)) {
    walk.signal.throwIfAborted();
    await walk.pause();
    const uri = vscode.Uri.joinPath(folder, name);
    const isFolder = type === vscode.FileType.Directory;
    if (await isIgnored(uri, isFolder, rules, walk)) continue;
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
async function isIgnored(
  uri: vscode.Uri,
  isFolder: boolean,
  rules: readonly Rules[],
  { pause }: Walk,
): Promise<boolean> {
  for (const { folder, patterns } of rules.toReversed()) {
    const path = uri.path.slice(folder.path.replace(/\/$/, '').length + 1);
    const verdict = await patterns.test(path, isFolder, pause);
    if (verdict !== undefined) return verdict;
  }
  return false;
}

/** The rules of a folder's `.gitignore`. Throws if it is too large: what it excludes is unknown then. */
async function rulesIn(folder: vscode.Uri): Promise<Rules | undefined> {
  const uri = vscode.Uri.joinPath(folder, '.gitignore');
  let text: string;
  try {
    const { type, size } = await vscode.workspace.fs.stat(uri);
    // As in git, a link is not followed. A pipe or a device has no end.
    if (type !== vscode.FileType.File) return undefined;
    if (size > maxRulesSize) throw new UserError(vscode.l10n.t('Its .gitignore is larger than 1 MB.'));
    text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof UserError) throw error;
    // Missing or unreadable: git continues without it, too.
    return undefined;
  }
  return { folder, patterns: new IgnoreRules(text, await ignoresCase(folder)) };
}

/**
 * Whether a folder with a `.gitignore` is on a disk that takes names for the same in spite of their case, where
 * git ignores it, too. The disk is asked: every system can have both kinds.
 */
async function ignoresCase(folder: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, '.GITIGNORE'));
    return true;
  } catch {
    return false;
  }
}

/** Sorts a folder's entries by name, in parts, because a folder may have very many. */
async function sorted(entries: Entries, { pause }: Walk): Promise<Entries> {
  // Made here, as the first collator takes 6 ms, which would delay the start of VS Code.
  const names = new Intl.Collator('en', { numeric: true });
  const compare = ([a]: Entries[number], [b]: Entries[number]): number => names.compare(a, b);
  let runs: Entries[] = [];
  for (let start = 0; start < entries.length; start += sortLength) {
    runs.push(entries.slice(start, start + sortLength).sort(compare));
    await pause();
  }
  while (runs.length > 1) {
    const merged: Entries[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(await mergeSorted(runs[at]!, runs[at + 1] ?? [], compare, pause));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeSorted<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  pause: () => Promise<void>,
): Promise<T[]> {
  const merged: T[] = [];
  let [fromLeft, fromRight] = [0, 0];
  while (merged.length < left.length + right.length) {
    const isLeft =
      fromRight === right.length ||
      (fromLeft < left.length && compare(left[fromLeft]!, right[fromRight]!) <= 0);
    merged.push(isLeft ? left[fromLeft++]! : right[fromRight++]!);
    if (merged.length % sortLength === 0) await pause();
  }
  return merged;
}

/** A function to be called often: lets other work run after each `workInterval`. */
function pauses(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < workInterval) return;
    await setImmediate();
    last = performance.now();
  };
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
