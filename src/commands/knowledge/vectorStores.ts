import * as vscode from 'vscode';
import * as z from 'zod';
import { giveStore, storeName, storeOf, type KnowledgeStore } from '../../client/files/knowledge';
import type { Services } from '../../client/services';
import type { FolderSync } from '../../client/files/folderSync';
import { assistantName } from '../../client/objects/titles';
import type { Citations } from '../../documents/citations';
import { command } from '../command';
import { confirm, confirmOverwriting } from '../ask/inputs';
import { pickAssistant } from '../ask/pickers';
import { askForStoreName, pickStore } from '../ask/storePickers';
import { searchPassages, searchWhileTyping } from './storeSearch';

/** Commands of vector stores. */
export function vectorStoreCommands(services: Services, citations: Citations, sync: FolderSync) {
  const { client } = services;

  async function find(id: string | undefined, title: string): Promise<KnowledgeStore> {
    return id === undefined ? pickStore(services, title) : client.vectorStores.retrieve(id);
  }

  return [
    command(
      'renameStore',
      { vectorStoreId: z.string(), name: z.string() },
      async ({ vectorStoreId, name }) => {
        const title = vscode.l10n.t('Rename Vector Store');
        const store = await find(vectorStoreId, title);
        const rename = async (chosen: string): Promise<KnowledgeStore> => {
          if (name === undefined) {
            const current = givenName(await client.vectorStores.retrieve(store.id));
            await confirmOverwriting({ asked: givenName(store), current, wanted: chosen });
          }
          return client.vectorStores.update(store.id, { name: chosen });
        };
        return name === undefined ? askForStoreName(title, rename, givenName(store)) : rename(name);
      },
    ),

    command(
      'deleteStore',
      { vectorStoreId: z.string(), confirm: z.boolean() },
      async ({ vectorStoreId, confirm: asks = true }) => {
        const store = await find(vectorStoreId, vscode.l10n.t('Delete Vector Store'));
        if (asks) {
          await confirm(
            vscode.l10n.t('Delete the vector store “{0}”?', storeName(store)),
            vscode.l10n.t('Its files are not deleted. This cannot be undone.'),
            vscode.l10n.t('Delete'),
          );
        }
        await sync.stop(store.id);
        return client.vectorStores.delete(store.id);
      },
    ),

    command(
      'useStore',
      { vectorStoreId: z.string(), assistantId: z.string(), confirm: z.boolean() },
      async ({ vectorStoreId, assistantId, confirm: asks = true }) => {
        const title = vscode.l10n.t('Attach Vector Store to Assistant');
        const store = await find(vectorStoreId, title);
        const id = assistantId ?? (await pickAssistant(services, title)).id;
        if (asks) await confirmReplacing(services, id, store);
        return giveStore(client, id, store.id);
      },
    ),

    command(
      'searchStore',
      { vectorStoreId: z.string(), query: z.string() },
      async ({ vectorStoreId, query }) => {
        const store = await find(vectorStoreId, vscode.l10n.t('Search in Vector Store'));
        if (query !== undefined) return searchPassages(client, store.id, query);
        const chosen = await searchWhileTyping(services, store);
        return citations.open(chosen);
      },
    ),

    command('rebuildIndex', { vectorStoreId: z.string() }, async ({ vectorStoreId }) => {
      const store = await find(vectorStoreId, vscode.l10n.t('Rebuild Index'));
      return client.post<KnowledgeStore>(`/vector_stores/${store.id}/rebuild`);
    }),
  ];
}

/** Asks before an assistant's current store is replaced, unless that store is empty. */
async function confirmReplacing(
  { client }: Services,
  assistantId: string,
  store: KnowledgeStore,
): Promise<void> {
  const assistant = await client.beta.assistants.retrieve(assistantId);
  const before = await storeOf(client, assistant);
  if (!before || before.id === store.id || before.file_counts.total === 0) return;
  await confirm(
    vscode.l10n.t(
      'Let {0} search “{1}” instead of “{2}”?',
      assistantName(assistant),
      storeName(store),
      storeName(before),
    ),
    vscode.l10n.t(
      'An assistant can search one vector store. “{0}” and its files are not deleted.',
      storeName(before),
    ),
    vscode.l10n.t('Replace'),
  );
}

/** The name of a store, empty if it has none: servers answer null then, unlike the client's types. */
function givenName({ name }: { name: string | null }): string {
  return name ?? '';
}
