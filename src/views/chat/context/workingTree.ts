import * as vscode from 'vscode';
import { UserError } from '../../../client/errors/errors';

/** The part in use of the API of VS Code's Git extension, version 1. */
interface Repository {
  readonly rootUri: vscode.Uri;
  readonly state: {
    readonly workingTreeChanges: readonly Change[];
    readonly indexChanges: readonly Change[];
    /** Empty unless the setting `git.untrackedChanges` separates these files from the other changes. */
    readonly untrackedChanges?: readonly Change[];
    readonly onDidChange?: vscode.Event<void>;
  };
  /** `cached`: of what is staged. */
  diff(cached?: boolean): Promise<string>;
}

interface Change {
  readonly uri: vscode.Uri;
  readonly status: number;
}

/** The status of a file that Git does not track. */
const untracked = 7;

/** Untracked files that are read for a diff, and bytes of one; others are named alone. */
const maxUntracked = 50;
const maxUntrackedBytes = 100_000;

interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): { readonly repositories: readonly Repository[] };
}

/** The repositories that have changes, staged ones among them. None if Git is not there. */
export async function changedRepositories(): Promise<readonly vscode.Uri[]> {
  const all = await repositories();
  return all.filter(({ state }) => changesOf(state).length > 0).map(({ rootUri }) => rootUri);
}

/** What has changed in a repository since the last commit; files that Git does not track are new files of it. */
export async function workingTreeDiff(root: string): Promise<string> {
  const repository = (await repositories()).find(({ rootUri }) => rootUri.toString() === root);
  if (!repository) throw new UserError(vscode.l10n.t('The Git repository of the changes is not open.'));
  const staged = await repository.diff(true);
  const unstaged = await repository.diff(false);
  const files = await untrackedFiles(repository);
  return [staged, unstaged, ...files].filter((part) => part.trim() !== '').join('\n') || 'No changes.';
}

/** Calls back when the changes of a repository may have changed. */
export async function onDidChangeWorkingTree(root: string, changed: () => void): Promise<vscode.Disposable> {
  const repository = (await repositories()).find(({ rootUri }) => rootUri.toString() === root);
  return repository?.state.onDidChange?.(changed) ?? new vscode.Disposable(() => {});
}

function changesOf({ workingTreeChanges, indexChanges, untrackedChanges = [] }: Repository['state']) {
  return [...indexChanges, ...workingTreeChanges, ...untrackedChanges];
}

/** The untracked files of a repository, as `git diff` shows new files. */
async function untrackedFiles({ rootUri, state }: Repository): Promise<string[]> {
  const uris = changesOf(state)
    .filter(({ status }) => status === untracked)
    .map(({ uri }) => uri);
  const root = rootUri.path.replace(/\/$/, '');
  return Promise.all(
    uris.map(async (uri, index) => {
      const name = uri.path.slice(root.length + 1);
      const head = `diff --git a/${name} b/${name}\nnew file mode 100644`;
      const text = index < maxUntracked ? await untrackedText(uri) : undefined;
      if (text === undefined) return `${head}\nBinary or long file b/${name}, which is not shown\n`;
      if (text === '') return `${head}\n`;
      const lines = text.replace(/\n$/, '').split('\n');
      const added = lines.map((line) => `+${line}`).join('\n');
      const end = text.endsWith('\n') ? '' : '\n\\ No newline at end of file';
      return `${head}\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1,${lines.length} @@\n${added}${end}\n`;
    }),
  );
}

/** The text of a file; undefined if it is long, has none, or is gone. */
async function untrackedText(uri: vscode.Uri): Promise<string | undefined> {
  try {
    const { type, size } = await vscode.workspace.fs.stat(uri);
    if (type !== vscode.FileType.File || size > maxUntrackedBytes) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return undefined;
  }
}

async function repositories(): Promise<readonly Repository[]> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (!extension) return [];
  const git = extension.isActive ? extension.exports : await extension.activate();
  // Throws while Git is turned off, or not installed.
  return git.enabled ? git.getAPI(1).repositories : [];
}
