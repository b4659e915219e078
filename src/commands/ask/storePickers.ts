import * as vscode from 'vscode';
import { fileSize } from '../../client/files/fileSize';
import { UserError } from '../../client/errors/errors';
import { storeName, type KnowledgeStore, type KnowledgeTarget } from '../../client/files/knowledge';
import type { Services } from '../../client/services';
import { countWords, pathIn, StoreList } from '../../client/files/storeList';
import { assistantName, formatTime, threadTitle } from '../../client/objects/titles';
import type { Chats } from '../../views/chat/chats';
import { askChoice, askInTurn, askText, type Choice, type Position } from './inputs';
import { pickAssistant } from './pickers';

/** Asks for a vector store, newest first. */
export function pickStore({ client }: Services, title: string): Promise<KnowledgeStore> {
  const read = async (): Promise<Choice<KnowledgeStore>[]> => {
    const stores: KnowledgeStore[] = [];
    for await (const store of client.vectorStores.list({ limit: 100 })) stores.push(store);
    if (stores.length === 0) throw new UserError(vscode.l10n.t('There are no vector stores yet.'));
    return stores.map((store) => ({ ...choiceOf(store), value: store }));
  };
  return askChoice({ title, placeholder: vscode.l10n.t('Choose a vector store'), items: read() });
}

function choiceOf(store: KnowledgeStore): { label: string; description: string; detail: string } {
  return {
    label: storeName(store),
    description: `${countWords(store)} · ${fileSize(store.usage_bytes)}`,
    detail: formatTime(store.created_at),
  };
}

/** Asks for a file of a store, and returns its id. */
export function pickStoreFile({ client }: Services, storeId: string, title: string): Promise<string> {
  const read = async (): Promise<Choice<string>[]> => {
    const { files } = await new StoreList(client).readFiles(storeId);
    if (files.length === 0) throw new UserError(vscode.l10n.t('There are no files yet.'));
    return files.map((file) => ({
      label: file.file?.filename ?? file.entry.id,
      description: pathIn(file),
      value: file.entry.id,
    }));
  };
  return askChoice({ title, placeholder: vscode.l10n.t('Choose a file'), items: read() });
}

/** Asks for the target of an upload. */
export async function pickTarget(services: Services, chats: Chats, title: string): Promise<KnowledgeTarget> {
  const choice = await askChoice<KnowledgeTarget | 'another' | 'new'>({
    title,
    placeholder: vscode.l10n.t('Who should be able to search the files?'),
    items: targetChoices(services, chats),
  });
  if (choice === 'another') {
    return { kind: 'assistant', assistantId: (await pickAssistant(services, title)).id };
  }
  if (choice !== 'new') return choice;
  return askForStoreName(title, (name) => Promise.resolve({ kind: 'new', name }));
}

type TargetChoice = Choice<KnowledgeTarget | 'another' | 'new'>;

async function targetChoices(services: Services, chats: Chats): Promise<TargetChoice[]> {
  const { client, assistants } = services;
  const { assistantId, threadId } = chats.current.selection;
  const [all, thread, { data: stores }] = await Promise.all([
    assistants.all(),
    threadId === undefined ? undefined : client.beta.threads.retrieve(threadId),
    client.vectorStores.list({ limit: 100 }),
  ]);
  const current = all.find(({ id }) => id === assistantId) ?? all[0];
  const owners: TargetChoice[] = [];
  if (current) {
    owners.push({
      label: `$(hubot) ${assistantName(current)}`,
      description: vscode.l10n.t('this assistant, in all threads'),
      value: { kind: 'assistant', assistantId: current.id },
    });
  }
  if (all.length > 1) {
    owners.push({ label: `$(hubot) ${vscode.l10n.t('Another Assistant…')}`, value: 'another' });
  }
  if (thread) {
    owners.push({
      label: `$(comment-discussion) ${threadTitle(thread)}`,
      description: vscode.l10n.t('only this thread'),
      value: { kind: 'thread', threadId: thread.id },
    });
  }
  return [
    ...owners,
    separator(vscode.l10n.t('vector stores')),
    { label: `$(add) ${vscode.l10n.t('New Vector Store…')}`, value: 'new' },
    ...stores
      .filter(({ status }) => status !== 'expired')
      .map((store) => ({
        ...choiceOf(store),
        label: `$(database) ${storeName(store)}`,
        value: { kind: 'store' as const, vectorStoreId: store.id },
      })),
    separator(''),
    { label: `$(cloud-upload) ${vscode.l10n.t('Upload Without Vector Store')}`, value: { kind: 'none' } },
  ];
}

function separator(label: string): TargetChoice {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

/** Asks for the name of a store and passes it on; asks again if that fails. */
export function askForStoreName<T>(
  title: string,
  use: (name: string) => Promise<T>,
  value?: string,
): Promise<T> {
  let name = '';
  const ask = async (position: Position): Promise<void> => {
    name = await askText({
      ...position,
      prompt: vscode.l10n.t('Name of the vector store'),
      value,
      errorOf: (text) => (text.trim() ? undefined : vscode.l10n.t('Enter a name.')),
    });
  };
  return askInTurn(title, [ask], () => use(name));
}
