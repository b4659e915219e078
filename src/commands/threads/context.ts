import * as vscode from 'vscode';
import * as z from 'zod';
import { UserError } from '../../client/errors/errors';
import { maxContextItems } from '../../protocol/context';
import type { Chats } from '../../views/chat/chats';
import { activeFile, activeSources } from '../../views/chat/context/editorSources';
import { isTextFile, type Source } from '../../views/chat/context/contextSources';
import { filesBelow } from '../../views/chat/context/workspaceFiles';
import { command } from '../command';
import { address } from '../address';

/** Commands that add context to the message that is being written. */
export function contextCommands(chats: Chats) {
  async function add(sources: readonly Source[], attached: readonly vscode.Uri[] = []): Promise<void> {
    const chat = chats.current;
    try {
      await chat.addContext(sources);
      if (attached.length > 0) await chat.attachFiles(attached);
    } catch (error) {
      // What came before the one that could not be added is there.
      if (sources.length + attached.length > 1) await chats.reveal();
      throw error;
    }
    await chats.reveal();
  }

  return [
    command('addSelection', {}, () => add(activeSources())),

    command('addToChat', { uris: z.array(address) }, async ({ uris }) => {
      if (uris === undefined) return add([activeFile()]);
      const files = await filesOf(uris);
      const isText = await Promise.all(files.map(isTextFile));
      const sources = files.filter((_, index) => isText[index]);
      // Pictures and documents are read by the model, or by the assistant's tools.
      const others = files.filter((_, index) => !isText[index]);
      return add(
        sources.map((uri) => ({ kind: 'file', uri: uri.toString() })),
        others,
      );
    }),
  ];
}

/** The files, and those in the folders. Throws a UserError if there are too many for a message. */
async function filesOf(uris: readonly vscode.Uri[]): Promise<vscode.Uri[]> {
  const found = new Map<string, vscode.Uri>();
  for (const uri of uris) {
    const isFolder =
      uri.scheme !== 'untitled' && (await vscode.workspace.fs.stat(uri)).type & vscode.FileType.Directory;
    const files = isFolder ? await filesBelow(uri, maxContextItems) : [uri];
    for (const file of files) found.set(file.toString(), file);
    if (found.size > maxContextItems) {
      throw new UserError(
        vscode.l10n.t(
          'A message can have at most {0} files. Use “Add to Assistant’s Knowledge…” to give more of them to an assistant.',
          maxContextItems,
        ),
      );
    }
  }
  if (found.size === 0) throw new UserError(vscode.l10n.t('No files to add were found.'));
  return [...found.values()];
}
