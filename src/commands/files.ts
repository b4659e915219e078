import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import * as z from 'zod';
import type { Services } from '../client/services';
import { safeName, type AssistantFiles } from '../documents/files';
import { command, type Command } from './command';
import { pickFile } from './pickers';

/** The commands that take files of the assistants to the user. */
export function fileCommands(services: Services, files: AssistantFiles): Command[] {
  async function find(fileId: string | undefined, title: string): Promise<FileObject> {
    return fileId === undefined ? pickFile(services, title) : services.client.files.retrieve(fileId);
  }

  return [
    command('openFile', { fileId: z.string() }, async ({ fileId }) => {
      const file = await find(fileId, vscode.l10n.t('Open File'));
      return files.open(file.id);
    }),

    command('saveFileAs', { fileId: z.string(), path: z.string() }, async ({ fileId, path }) => {
      const file = await find(fileId, vscode.l10n.t('Save File As'));
      const target = path === undefined ? await askForPlace(file) : vscode.Uri.file(path);
      await files.save(file.id, target);
      return target.toString();
    }),
  ];
}

async function askForPlace(file: FileObject): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = safeName(file);
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save File As'),
    defaultUri: folder ? vscode.Uri.joinPath(folder, name) : vscode.Uri.file(name),
  });
  if (!target) throw new vscode.CancellationError();
  return target;
}
