/** The files that a code block may be meant for. */
import * as vscode from 'vscode';
import type { CodeTarget } from './codeTarget';

/** Maximum number of files with the name at a fence that are offered. */
const maxNamesakes = 10;

/** The targets to choose from, the most likely first: the file named at the fence, then open editors. */
export async function codeTargets(
  file: string,
  lastEditor: vscode.TextEditor | undefined,
): Promise<CodeTarget[]> {
  const named = await namedTargets(file);
  const editors = [...(lastEditor ? [lastEditor] : []), ...vscode.window.visibleTextEditors];
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const uris = [
    ...named.map(({ uri }) => uri),
    ...editors.map(({ document }) => document.uri),
    ...tabs.flatMap(({ input }) => (input instanceof vscode.TabInputText ? [input.uri] : [])),
  ];
  const unique = [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
  return unique.filter(mayBeWritable).flatMap((uri): CodeTarget[] => {
    const isNew = named.some((target) => target.isNew && target.uri.toString() === uri.toString());
    const editor = editors.find(({ document }) => document.uri.toString() === uri.toString());
    const selection = editor && !editor.selection.isEmpty ? editor.selection : undefined;
    return [...(selection ? [{ uri, selection }] : []), { uri, isNew }];
  });
}

function mayBeWritable({ scheme }: vscode.Uri): boolean {
  return scheme === 'untitled' || vscode.workspace.fs.isWritableFileSystem(scheme) === true;
}

/** The files of the workspace that a path at a fence may mean; if there are none, the one to be created. */
async function namedTargets(file: string): Promise<CodeTarget[]> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const path = file === '' ? undefined : pathInWorkspace(file, folders);
  if (path === undefined) return [];
  const places = folders.map(({ uri }) => vscode.Uri.joinPath(uri, path));
  const existing = await filesAmong(places);
  if (existing.length > 0) return existing.map((uri) => ({ uri }));
  // Models write paths relative to the folder of a package, too.
  const pattern = `**/${path.replace(/[[\]{}*?]/g, '?')}`;
  const namesakes = await vscode.workspace.findFiles(pattern, undefined, maxNamesakes);
  if (namesakes.length > 0) return namesakes.map((uri) => ({ uri }));
  return places.slice(0, 1).map((uri) => ({ uri, isNew: true }));
}

/** A path at a fence, relative to a folder of the workspace; undefined if it leads out of the workspace. */
export function pathInWorkspace(
  file: string,
  folders: readonly Pick<vscode.WorkspaceFolder, 'uri' | 'name'>[],
): string | undefined {
  const written = file.replaceAll('\\', '/');
  const folder = folders.find(({ uri }) => written.startsWith(`${uri.path.replace(/\/$/, '')}/`));
  const relative = folder ? written.slice(folder.uri.path.replace(/\/$/, '').length + 1) : written;
  const parts = relative.split('/').filter((part) => part !== '' && part !== '.');
  const isOutside = relative.startsWith('/') || /^[a-z]:/i.test(relative) || parts.includes('..');
  return isOutside || parts.length === 0 ? undefined : parts.join('/');
}

async function filesAmong(uris: readonly vscode.Uri[]): Promise<vscode.Uri[]> {
  const found = await Promise.all(
    uris.map(async (uri) => {
      const stat = await vscode.workspace.fs.stat(uri).then(undefined, () => undefined);
      return stat && (stat.type & vscode.FileType.File) !== 0 ? [uri] : [];
    }),
  );
  return found.flat();
}
