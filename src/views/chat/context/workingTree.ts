import * as vscode from 'vscode';
import { UserError } from '../../../client/errors';

/** The part in use of the API of VS Code's Git extension, version 1. */
interface Repository {
  readonly rootUri: vscode.Uri;
  readonly state: {
    readonly workingTreeChanges: readonly unknown[];
    readonly indexChanges: readonly unknown[];
  };
  /** `cached`: of what is staged. */
  diff(cached?: boolean): Promise<string>;
}

interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): { readonly repositories: readonly Repository[] };
}

/** The repositories that have changes, staged ones among them. None if Git is not there. */
export async function changedRepositories(): Promise<readonly vscode.Uri[]> {
  const all = await repositories();
  return all
    .filter(({ state }) => state.workingTreeChanges.length + state.indexChanges.length > 0)
    .map(({ rootUri }) => rootUri);
}

/** What has changed in a repository since the last commit, without files that Git does not track. */
export async function workingTreeDiff(root: string): Promise<string> {
  const repository = (await repositories()).find(({ rootUri }) => rootUri.toString() === root);
  if (!repository) throw new UserError(vscode.l10n.t('The Git repository of the changes is not open.'));
  const staged = await repository.diff(true);
  const unstaged = await repository.diff(false);
  return [staged, unstaged].filter((part) => part.trim() !== '').join('\n') || 'No changes.';
}

async function repositories(): Promise<readonly Repository[]> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (!extension) return [];
  const git = extension.isActive ? extension.exports : await extension.activate();
  // Throws while Git is turned off, or not installed.
  return git.enabled ? git.getAPI(1).repositories : [];
}
