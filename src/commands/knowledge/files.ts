import type { FileObject } from 'openai/resources/files';
import * as vscode from 'vscode';
import * as z from 'zod';
import { hasNoText } from '../../client/files/documentFormats';
import type { Services } from '../../client/services';
import type { Citations } from '../../documents/citations';
import { safeName, type AssistantFiles } from '../../documents/files';
import type { SystemViewer } from '../../documents/systemViewer';
import type { FilesTree } from '../../views/trees/filesTree';
import { command } from '../command';
import { confirm } from '../ask/inputs';
import { pickFile } from '../ask/pickers';
import { pickStore, pickStoreFile } from '../ask/storePickers';
import { fileEncodingCommand } from './fileEncoding';

export interface FileParts {
  files: AssistantFiles;
  filesTree: FilesTree;
  citations: Citations;
  viewer: SystemViewer;
}

/** Commands of files. */
export function fileCommands(services: Services, { files, filesTree, citations, viewer }: FileParts) {
  async function find(fileId: string | undefined, title: string): Promise<FileObject> {
    return fileId === undefined ? pickFile(services, title) : services.client.files.retrieve(fileId);
  }

  return [
    command('openFile', { fileId: z.string() }, async ({ fileId }) => {
      const file = await find(fileId, vscode.l10n.t('Open File'));
      // As the text that file search has read from it.
      if (hasNoText(file.filename)) return citations.open({ fileId: file.id });
      return files.open(file.id);
    }),

    command('openInSystemViewer', { fileId: z.string() }, async ({ fileId }) => {
      const file = await find(fileId, vscode.l10n.t('Open in System Viewer'));
      await viewer.open(file);
    }),

    command('saveFileAs', { fileId: z.string(), path: z.string() }, async ({ fileId, path }) => {
      const file = await find(fileId, vscode.l10n.t('Save File As'));
      const target = path === undefined ? await askForPlace(file) : vscode.Uri.file(path);
      await files.save(file.id, target);
      return target.toString();
    }),

    command(
      'removeFile',
      { fileId: z.string(), vectorStoreId: z.string() },
      async ({ fileId, vectorStoreId }) => {
        const title = vscode.l10n.t('Remove from Vector Store');
        const store = vectorStoreId ?? (await pickStore(services, title)).id;
        const id = fileId ?? (await pickStoreFile(services, store, title));
        return services.client.vectorStores.files.delete(id, { vector_store_id: store });
      },
    ),

    command(
      'deleteFile',
      { fileId: z.string(), confirm: z.boolean() },
      async ({ fileId, confirm: asks = true }) => {
        const file = await find(fileId, vscode.l10n.t('Delete File'));
        if (asks) {
          await confirm(
            vscode.l10n.t('Delete the file “{0}”?', file.filename),
            vscode.l10n.t(
              'It will be removed from all vector stores. The original file on your disk is not deleted.',
            ),
            vscode.l10n.t('Delete'),
          );
        }
        return services.client.files.delete(file.id);
      },
    ),

    fileEncodingCommand(services),

    command('loadMoreFiles', { vectorStoreId: z.string() }, ({ vectorStoreId }) =>
      filesTree.showMore(vectorStoreId),
    ),
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
