import * as vscode from 'vscode';
import { UserError } from '../../client/errors/errors';
import { askChoice } from '../ask/inputs';

/** Asks where to write a zip file or a folder. Returns a path that does not exist, or a zip file to be replaced. */
export async function askForTarget(title: string, name: string): Promise<string> {
  const kind = await askChoice<'zip' | 'folder'>({
    title,
    placeholder: vscode.l10n.t('Where should it be written?'),
    items: [
      { label: `$(file-zip) ${vscode.l10n.t('Zip File…')}`, value: 'zip' },
      { label: `$(folder) ${vscode.l10n.t('Folder…')}`, value: 'folder' },
    ],
  });
  const base = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri;
  if (kind === 'zip') {
    const file = `${name}.zip`;
    const chosen = await vscode.window.showSaveDialog({
      title,
      defaultUri: base ? vscode.Uri.joinPath(base, file) : vscode.Uri.file(file),
      filters: { [vscode.l10n.t('Zip files')]: ['zip'] },
    });
    return pathOf(chosen);
  }
  const [folder] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: vscode.l10n.t('Write Here'),
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: base,
    })) ?? [];
  return freeName(pathOf(folder), name);
}

/** Asks for a file or a folder to read. */
export async function askForSource(title: string, filters: Record<string, string[]>): Promise<string> {
  const kind = await askChoice<'file' | 'folder'>({
    title,
    placeholder: vscode.l10n.t('What should be read?'),
    items: [
      { label: `$(file-zip) ${vscode.l10n.t('Zip File or Other File…')}`, value: 'file' },
      { label: `$(folder) ${vscode.l10n.t('Folder…')}`, value: 'folder' },
    ],
  });
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: vscode.l10n.t('Choose'),
      canSelectFiles: kind === 'file',
      canSelectFolders: kind === 'folder',
      ...(kind === 'file' && { filters: { ...filters, [vscode.l10n.t('All files')]: ['*'] } }),
    })) ?? [];
  return pathOf(chosen);
}

function pathOf(uri: vscode.Uri | undefined): string {
  if (!uri) throw new vscode.CancellationError();
  if (uri.scheme !== 'file') throw new UserError(vscode.l10n.t('Choose a place on the disk.'));
  return uri.fsPath;
}

/** A folder in another one that does not exist yet. */
async function freeName(folder: string, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const uri = vscode.Uri.joinPath(vscode.Uri.file(folder), number === 1 ? name : `${name} ${number}`);
    const found = await vscode.workspace.fs.stat(uri).then(
      () => true,
      () => false,
    );
    if (!found) return uri.fsPath;
  }
}

/** A name with today's date. */
export function datedName(name: string): string {
  return `${name} ${new Date().toISOString().slice(0, 10)}`;
}

/** Runs work with a progress notification that can be cancelled. */
export function abortSignal(token: vscode.CancellationToken): AbortSignal {
  const aborter = new AbortController();
  if (token.isCancellationRequested) aborter.abort();
  token.onCancellationRequested(() => aborter.abort());
  return aborter.signal;
}
