import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type OpenAI from 'openai';
import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import { runCommand } from '../client/commands';
import { UserError } from '../client/errors/errors';
import { opensElsewhere } from '../client/files/documentFormats';
import { showWarning, withProgress } from '../client/errors/notices';
import { safeName } from './files';

/** Milliseconds after which a copy is deleted: its viewer has read it long since, or is about to be closed. */
const maxAge = 24 * 60 * 60 * 1000;

/** Maximum bytes of a name in most file systems are 255, with room for the characters of any language. */
const maxNameLength = 60;

/** Names that Windows takes for devices, whatever follows the dot. */
const deviceName = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** Whether the system may be asked to open a file of this name: it must not be given a program. */
export function canOpen(name: string): boolean {
  return opensElsewhere.test(name);
}

/** What the computer that VS Code runs on can do. */
export interface Desktop {
  /** Why its files cannot be opened in front of the user; undefined if they can. */
  readonly obstacle: (name: string) => string | undefined;
  /** Opens a file in the program that the system has for it. Resolves to false if that was not possible. */
  readonly open: (uri: vscode.Uri) => Thenable<boolean>;
}

const desktop: Desktop = {
  obstacle: (name) => {
    const { remoteName, uiKind } = vscode.env;
    if (uiKind === vscode.UIKind.Web)
      return vscode.l10n.t(
        'VS Code runs in a browser and cannot open {0} in another program. Save the file, and open it from there.',
        name,
      );
    if (remoteName === undefined) return undefined;
    return vscode.l10n.t(
      'VS Code is connected to another machine ({1}) and cannot open {0} in a program of this one. Save the file here, and open it from there.',
      name,
      remoteName,
    );
  },
  open: (uri) => vscode.env.openExternal(uri),
};

/**
 * Opens documents that VS Code cannot show, such as PDFs, in the program that the system has for them. The bytes of
 * an uploaded file are written below the extension's storage for that, for a day.
 */
export class SystemViewer {
  constructor(
    private readonly client: OpenAI,
    /** The folder of the copies. */
    private readonly folder: string,
    private readonly computer = desktop,
  ) {}

  /** Opens a file of the workspace, or else a copy of the uploaded one. Says why if that is not possible here. */
  async open(file: FileObject, source?: vscode.Uri): Promise<void> {
    const name = safeName(file);
    const fromWorkspace = source !== undefined && canOpen(source.path);
    if (!fromWorkspace && !canOpen(name)) {
      throw new UserError(
        vscode.l10n.t('{0} is not a document that can be opened in another program.', name),
      );
    }
    const obstacle = this.computer.obstacle(name);
    if (obstacle !== undefined) {
      const save = vscode.l10n.t('Save File As…');
      if ((await showWarning(obstacle, save)) === save) await runCommand('saveFileAs', { fileId: file.id });
      return;
    }
    const uri = fromWorkspace ? source : vscode.Uri.file(await this.copyOf(file));
    if (await this.computer.open(uri)) return;
    throw new UserError(vscode.l10n.t('The system could not open {0}.', name));
  }

  /** Writes a file's bytes to disk and returns the path. A file never changes, so that a whole copy is used again. */
  private async copyOf(file: FileObject): Promise<string> {
    await deleteOldCopies(this.folder);
    // The id is a server's.
    const folder = path.join(this.folder, file.id.replace(/[^\w-]/g, '_').slice(0, 100) || '_');
    const target = path.join(folder, fileName(file));
    const copied = await stat(target).catch(() => undefined);
    if (copied?.size === file.bytes) return target;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const title = vscode.l10n.t('Opening {0}', fileName(file));
    await withProgress({ title, cancellable: true }, async (_progress, token) => {
      const stopped = new AbortController();
      token.onCancellationRequested(() => stopped.abort());
      const part = `${target}.part`;
      const { signal } = stopped;
      const { body } = await this.client.files.content(file.id, { signal });
      const bytes = Readable.fromWeb(body ?? new Blob([]).stream());
      await pipeline(bytes, createWriteStream(part, { mode: 0o600 }), { signal });
      await rename(part, target);
    });
    return target;
  }
}

/** Deletes the copies that are older than a day; those that are open in Windows go next time. */
export async function deleteOldCopies(folder: string, now = Date.now()): Promise<void> {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) {
    const entry = path.join(folder, name);
    const { mtimeMs = now } = (await stat(entry).catch(() => undefined)) ?? {};
    if (now - mtimeMs > maxAge) await rm(entry, { recursive: true, force: true }).catch(() => {});
  }
}

/** A name that every system takes, with the ending of the file's. */
function fileName(file: FileObject): string {
  const { name, ext } = path.parse(safeName(file));
  const plain = [...name]
    .slice(0, maxNameLength)
    .join('')
    .replace(/[. ]+$/, '');
  return `${plain === '' || deviceName.test(plain.split('.')[0]!) ? `_${plain}` : plain}${ext}`;
}
