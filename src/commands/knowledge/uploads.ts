import * as vscode from 'vscode';
import * as z from 'zod';
import type { KnowledgeTarget } from '../../client/files/knowledge';
import { UserError } from '../../client/errors/errors';
import type { FolderSync } from '../../client/files/folderSync';
import { syncedAttributes, updateFromFolder } from '../../client/files/folderUpdate';
import type { Services } from '../../client/services';
import type { Chats } from '../../views/chat/chats';
import { command } from '../command';
import { address } from '../address';
import { askChoice } from '../ask/inputs';
import { pickTarget } from '../ask/storePickers';
import { uploadWithProgress, type UploadSummary } from './uploading';

/** The target of an upload, as commands accept it. */
const place = {
  assistantId: z.string(),
  threadId: z.string(),
  vectorStoreId: z.string(),
  withoutStore: z.boolean(),
};

/** Commands that upload files and sync folders. */
export function uploadCommands(services: Services, chats: Chats, sync: FolderSync) {
  return [
    command('uploadFiles', { uris: z.array(address), ...place }, async ({ uris, ...given }) => {
      const chosen = uris ?? (await askForFiles());
      const target =
        targetOf(given) ?? (await pickTarget(services, chats, vscode.l10n.t('Add to Assistant’s Knowledge')));
      return uploadWithProgress(services, { uris: chosen, target });
    }),

    command(
      'addWorkspaceFolder',
      {
        uris: z.array(address),
        /** Null: no assistant. */
        assistantId: z.string().nullable(),
        sync: z.boolean(),
      },
      async ({ uris, assistantId, sync: wanted }) => {
        const title = vscode.l10n.t('Add Workspace Folder to Assistant’s Knowledge');
        const folder = uris?.[0] ?? (await askForFolder(title));
        const owner =
          assistantId === undefined ? await askForOwner(services, title) : (assistantId ?? undefined);
        const keeps = wanted ?? (await askForSync(title));
        return addFolder(services, sync, { folder, assistantId: owner, keeps });
      },
    ),

    command('stopSyncing', { vectorStoreId: z.string() }, async ({ vectorStoreId }) => {
      if (vectorStoreId !== undefined) return sync.stop(vectorStoreId);
      const chosen = await askForSynced(sync);
      return sync.stop(chosen.vectorStoreId, chosen.folder);
    }),
  ];
}

function targetOf(given: {
  assistantId?: string;
  threadId?: string;
  vectorStoreId?: string;
  withoutStore?: boolean;
}): KnowledgeTarget | undefined {
  const { assistantId, threadId, vectorStoreId, withoutStore } = given;
  if (vectorStoreId !== undefined) return { kind: 'store', vectorStoreId };
  if (threadId !== undefined) return { kind: 'thread', threadId };
  if (assistantId !== undefined) return { kind: 'assistant', assistantId };
  return withoutStore ? { kind: 'none' } : undefined;
}

async function addFolder(
  services: Services,
  sync: FolderSync,
  asked: { folder: vscode.Uri; assistantId: string | undefined; keeps: boolean },
): Promise<UploadSummary> {
  const { folder, assistantId, keeps } = asked;
  const name = folder.path.split('/').filter(Boolean).at(-1) ?? folder.path;
  const summary = await uploadWithProgress(services, {
    uris: [folder],
    target: assistantId === undefined ? { kind: 'new', name } : { kind: 'assistant', assistantId, name },
    attributes: syncedAttributes(folder),
  });
  const { vectorStoreId } = summary;
  // After a cancellation, syncing would upload the rest.
  if (vectorStoreId === undefined || summary.cancelled) return summary;
  if (keeps) await sync.start(folder, vectorStoreId);
  else await removeStaleFiles(services, folder, vectorStoreId);
  return summary;
}

/** Removes files that an earlier upload of the same folder left in the store. */
async function removeStaleFiles(
  { client }: Services,
  folder: vscode.Uri,
  vectorStoreId: string,
): Promise<void> {
  const { signal } = new AbortController();
  await updateFromFolder({ client, folder, vectorStoreId, known: new Map(), signal });
}

async function askForFiles(): Promise<vscode.Uri[]> {
  const uris = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Add to Assistant’s Knowledge'),
    openLabel: vscode.l10n.t('Add'),
    canSelectMany: true,
    defaultUri: vscode.workspace.workspaceFolders?.[0]?.uri,
  });
  if (!uris?.length) throw new vscode.CancellationError();
  return uris;
}

/** Asks for a workspace folder, or any other folder. */
async function askForFolder(title: string): Promise<vscode.Uri> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw new UserError(vscode.l10n.t('Open a folder first.'));
  const choice = await askChoice<vscode.Uri | 'other'>({
    title,
    placeholder: vscode.l10n.t('Choose a folder'),
    items: [
      ...folders.map(({ name, uri }) => ({ label: `$(root-folder) ${name}`, value: uri })),
      { label: `$(folder-opened) ${vscode.l10n.t('Another Folder…')}`, value: 'other' },
    ],
  });
  if (choice !== 'other') return choice;
  const chosen = await vscode.window.showOpenDialog({
    title,
    canSelectFiles: false,
    canSelectFolders: true,
    defaultUri: folders[0]?.uri,
  });
  if (!chosen?.[0]) throw new vscode.CancellationError();
  return chosen[0];
}

/** Asks which assistant should search the folder; undefined for none. */
async function askForOwner({ assistants }: Services, title: string): Promise<string | undefined> {
  const all = await assistants.all();
  if (all.length === 0) return undefined;
  const { id } = await askChoice<{ id: string | undefined }>({
    title,
    placeholder: vscode.l10n.t('Which assistant should search it?'),
    items: [
      ...all.map((assistant) => ({
        label: `$(hubot) ${assistant.name ?? assistant.id}`,
        description: assistant.model,
        value: { id: assistant.id },
      })),
      { label: vscode.l10n.t('None for now'), value: { id: undefined } },
    ],
  });
  return id;
}

function askForSync(title: string): Promise<boolean> {
  return askChoice<boolean>({
    title,
    placeholder: vscode.l10n.t('What should happen when files in the folder change?'),
    items: [
      { label: vscode.l10n.t('Add Once'), value: false },
      {
        label: vscode.l10n.t('Sync Folder'),
        detail: vscode.l10n.t('Applies new, changed and deleted files while the folder is open in a window'),
        value: true,
      },
    ],
  });
}

function askForSynced(sync: FolderSync): Promise<ReturnType<FolderSync['all']>[number]> {
  const all = sync.all();
  if (all.length === 0) throw new UserError(vscode.l10n.t('No folders are synced.'));
  return askChoice({
    title: vscode.l10n.t('Stop Syncing Folder'),
    placeholder: vscode.l10n.t('Choose a folder'),
    items: all.map((synced) => ({
      label: vscode.workspace.asRelativePath(synced.folder, true),
      description: synced.vectorStoreId,
      value: synced,
    })),
  });
}
