import { realpath } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../../client/errors/errors';
import { readPlace } from '../../../protocol/text/filePaths';

/** Milliseconds for which it is remembered whether a file is there. */
const memory = 10_000;
const maxRemembered = 5_000;
/** Paths that are looked up concurrently. */
const concurrency = 8;

/** Finds the files of the workspace that answers name. Their text is a model's and is not trusted. */
export class WorkspacePaths {
  private readonly known = new Map<string, { uri: Promise<vscode.Uri | undefined>; until: number }>();

  /** Those of the texts, such as `src/a.ts:12`, whose file is in the workspace. */
  async existing(texts: readonly string[]): Promise<string[]> {
    const found = new Set<string>();
    const waiting = [...new Set(texts)];
    const work = async (): Promise<void> => {
      for (let text = waiting.shift(); text !== undefined; text = waiting.shift()) {
        const place = readPlace(text);
        if (place && (await this.lookUp(place.path))) found.add(text);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    return texts.filter((text) => found.has(text));
  }

  /** Opens the file that a text names, at its line. It is looked for again: it may have changed. */
  async open(text: string): Promise<void> {
    const place = readPlace(text);
    const uri = place && (await findFile(place.path));
    if (!uri) throw new UserError(vscode.l10n.t('{0} is not a file of the workspace.', text));
    const { line, column = 1, endLine } = place;
    if (line === undefined) {
      await vscode.commands.executeCommand('vscode.open', uri);
      return;
    }
    const start = new vscode.Position(line - 1, column - 1);
    // All of the last line.
    const end = endLine === undefined || endLine < line ? start : new vscode.Position(endLine - 1, 1_000_000);
    await vscode.commands.executeCommand('vscode.open', uri, { selection: new vscode.Range(start, end) });
  }

  private lookUp(relative: string): Promise<vscode.Uri | undefined> {
    const now = Date.now();
    const known = this.known.get(relative);
    if (known && known.until > now) return known.uri;
    // A file that cannot be looked up is none to link to.
    const uri = findFile(relative).catch(() => undefined);
    this.known.delete(relative);
    this.known.set(relative, { uri, until: now + memory });
    for (const old of [...this.known.keys()].slice(0, -maxRemembered)) this.known.delete(old);
    return uri;
  }
}

/** The file with a path, relative to a folder of the workspace or after the name of one. */
async function findFile(relative: string): Promise<vscode.Uri | undefined> {
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const names = [relative];
    if (relative.startsWith(`${folder.name}/`)) names.push(relative.slice(folder.name.length + 1));
    for (const name of names) {
      const uri = vscode.Uri.joinPath(folder.uri, name);
      if (await isFileIn(folder.uri, uri)) return uri;
    }
  }
  return undefined;
}

/** Whether a URI is a file below a folder, also once symbolic links are followed. */
async function isFileIn(folder: vscode.Uri, uri: vscode.Uri): Promise<boolean> {
  try {
    const { type } = await vscode.workspace.fs.stat(uri);
    if ((type & vscode.FileType.File) === 0) return false;
    if (uri.scheme !== 'file') return !(await hasLinks(folder, uri));
    const [root, target] = await Promise.all([realpath(folder.fsPath), realpath(uri.fsPath)]);
    const below = path.relative(root, target);
    return below !== '' && below !== '..' && !below.startsWith(`..${path.sep}`) && !path.isAbsolute(below);
  } catch {
    return false;
  }
}

/** Whether there is a symbolic link on the way from a folder to a file: where it leads to cannot be seen. */
async function hasLinks(folder: vscode.Uri, uri: vscode.Uri): Promise<boolean> {
  let below = uri;
  while (below.path.length > folder.path.length) {
    const { type } = await vscode.workspace.fs.stat(below);
    if ((type & vscode.FileType.SymbolicLink) !== 0) return true;
    below = vscode.Uri.joinPath(below, '..');
  }
  return false;
}
