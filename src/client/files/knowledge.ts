import type OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { VectorStore } from 'openai/resources/vector-stores/vector-stores';
import * as vscode from 'vscode';
import { isNotFound } from '../errors/errors';
import { assistantName, threadTitle } from '../objects/titles';

/** A vector store, with the fields that the embedded engine adds. */
export interface KnowledgeStore extends VectorStore {
  description?: string;
  /** The embeddings model of its index; null for keyword search only; absent on servers that do not report it. */
  embedding_model?: string | null;
}

/** Where files are added: to an existing store, the store of an assistant or thread, a new store, or none. */
export type KnowledgeTarget =
  | { kind: 'store'; vectorStoreId: string }
  /** `name` is used if a store has to be created; default: the assistant's name. */
  | { kind: 'assistant'; assistantId: string; name?: string }
  | { kind: 'thread'; threadId: string }
  | { kind: 'new'; name: string }
  | { kind: 'none' };

/** The store of a target, created if there is none; undefined for `none`. */
export async function storeFor(client: OpenAI, target: KnowledgeTarget): Promise<KnowledgeStore | undefined> {
  switch (target.kind) {
    case 'store':
      return client.vectorStores.retrieve(target.vectorStoreId);
    case 'assistant':
      return storeOfAssistant(client, target);
    case 'thread':
      return storeOfThread(client, target.threadId);
    case 'new':
      return client.vectorStores.create({ name: target.name });
    case 'none':
      return undefined;
  }
}

/** The store that an assistant searches; undefined if it is missing or has expired. */
export function storeOf(client: OpenAI, assistant: Assistant): Promise<KnowledgeStore | undefined> {
  return firstThere(client, storesOf(assistant));
}

/** Lets an assistant search a store: switches file search on and replaces the assistant's store. */
export async function giveStore(client: OpenAI, assistantId: string, storeId: string): Promise<Assistant> {
  const assistant = await client.beta.assistants.retrieve(assistantId);
  const hasTool = assistant.tools.some(({ type }) => type === 'file_search');
  const hasStore = storesOf(assistant).includes(storeId);
  if (hasTool && hasStore) return assistant;
  return client.beta.assistants.update(assistantId, {
    ...(!hasTool && { tools: [...assistant.tools, { type: 'file_search' }] }),
    // The API allows one store per assistant.
    ...(!hasStore && {
      tool_resources: { ...codeFilesOf(assistant), file_search: { vector_store_ids: [storeId] } },
    }),
  });
}

/** The ids of the stores that an assistant or a thread searches. */
export function storesOf(owner: {
  tool_resources?: { file_search?: { vector_store_ids?: string[] } } | null;
}): string[] {
  return owner.tool_resources?.file_search?.vector_store_ids ?? [];
}

/** The display name of a store. */
export function storeName(store: VectorStore): string {
  return store.name?.trim() || vscode.l10n.t('Unnamed Store');
}

async function storeOfAssistant(
  client: OpenAI,
  { assistantId, name }: { assistantId: string; name?: string },
): Promise<KnowledgeStore> {
  const assistant = await client.beta.assistants.retrieve(assistantId);
  const existing = await storeOf(client, assistant);
  const store = existing ?? (await client.vectorStores.create({ name: name ?? assistantName(assistant) }));
  await giveStore(client, assistant.id, store.id);
  return store;
}

async function storeOfThread(client: OpenAI, threadId: string): Promise<KnowledgeStore> {
  const thread = await client.beta.threads.retrieve(threadId);
  const existing = await firstThere(client, storesOf(thread));
  if (existing) return existing;
  const store = await client.vectorStores.create({ name: threadTitle(thread) });
  await client.beta.threads.update(threadId, {
    tool_resources: { ...codeFilesOf(thread), file_search: { vector_store_ids: [store.id] } },
  });
  return store;
}

/** The first of the given stores that exists and has not expired. */
async function firstThere(client: OpenAI, ids: readonly string[]): Promise<KnowledgeStore | undefined> {
  for (const id of ids) {
    try {
      const store = await client.vectorStores.retrieve(id);
      if (store.status !== 'expired') return store;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}

/** The files of the code interpreter: kept in an update, which replaces all resources. */
function codeFilesOf(
  owner: Pick<Assistant, 'tool_resources'>,
): Pick<NonNullable<Assistant['tool_resources']>, 'code_interpreter'> {
  const codeInterpreter = owner.tool_resources?.code_interpreter;
  return codeInterpreter ? { code_interpreter: codeInterpreter } : {};
}
