import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import type { VectorStoreSearchResponse } from 'openai/resources/vector-stores/vector-stores';
import * as vscode from 'vscode';
import { isStale } from '../../src/client/embeddingsSetting';
import type { KnowledgeStore } from '../../src/client/knowledge';
import { catchMessages, filesIn, standIn, writeFolder, type Uploaded } from './knowledgeSupport';
import { client, command, createTutor, until } from './support';

describe('the commands of vector stores and their files', () => {
  let told: ReturnType<typeof catchMessages>;
  beforeEach(() => (told = catchMessages()));
  afterEach(() => told.release());

  async function storeWith(name: string, files: Record<string, string>): Promise<Uploaded> {
    const { id } = await (await client()).vectorStores.create({ name });
    return command('uploadFiles', { uris: [await writeFolder(name, files)], vectorStoreId: id });
  }

  it('rename a store, let an assistant search it, and delete it', async () => {
    const { vectorStoreId } = await storeWith('first', { 'a.md': 'Alpha' });
    const api = await client();
    await command('renameStore', { vectorStoreId, name: 'Second' });
    equal((await api.vectorStores.retrieve(vectorStoreId)).name, 'Second');

    const { id: assistantId } = await createTutor('User of a store');
    await command('useStore', { vectorStoreId, assistantId });
    const assistant = await api.beta.assistants.retrieve(assistantId);
    deepEqual(assistant.tools, [{ type: 'file_search' }]);
    deepEqual(assistant.tool_resources?.file_search?.vector_store_ids, [vectorStoreId]);

    await command('deleteStore', { vectorStoreId, confirm: false });
    await rejects(command('showJson', { vectorStoreId }), /No vector store found/);
  });

  it('search a store', async () => {
    const { vectorStoreId } = await storeWith('searched', {
      'moon.md': 'The moon pulls at the sea.',
      'sun.md': 'The sun warms the land.',
    });
    const found = await command<VectorStoreSearchResponse[]>('searchStore', { vectorStoreId, query: 'moon' });
    equal(found[0]?.filename, 'moon.md');
  });

  it('take a file out of its store, and delete it', async () => {
    const { vectorStoreId, files } = await storeWith('taken', { 'a.md': 'Alpha', 'b.md': 'Beta' });
    const [first, second] = files.map(({ fileId }) => fileId);
    await command('removeFile', { vectorStoreId, fileId: first });
    equal((await filesIn(vectorStoreId)).size, 1);
    equal((await (await client()).files.retrieve(first!)).id, first);
    await command('deleteFile', { fileId: second, confirm: false });
    equal((await filesIn(vectorStoreId)).size, 0);
    await rejects((await client()).files.retrieve(second!), /No file found|No such/i);
  });

  it('show stores and files as JSON, and copy their ids', async () => {
    const { vectorStoreId, files } = await storeWith('shown', { 'a.md': 'Alpha' });
    const { fileId } = files[0]!;
    const inStore = await command<{ object: string }>('showJson', { vectorStoreId, fileId });
    equal(inStore.object, 'vector_store.file');
    equal((await command<{ object: string }>('showJson', { fileId })).object, 'file');
    equal((await command<{ object: string }>('showJson', { vectorStoreId })).object, 'vector_store');
    equal(await command('copyId', { vectorStoreId }), vectorStoreId);
    equal(await command('copyId', { fileId, vectorStoreId }), fileId);
  });

  it('choose an embeddings model, and offer to index again what another one indexed', async () => {
    const { vectorStoreId } = await storeWith('indexed', { 'a.md': 'Alpha' });
    const asked: string[] = [];
    const release = standIn('showInformationMessage', (words: string, ...actions: string[]) => {
      asked.push(words);
      return Promise.resolve(actions[0]);
    });
    try {
      await command('chooseEmbeddings', { model: 'nowhere/embedder' });
      const config = () => vscode.workspace.getConfiguration('assistantsStudio').get('embeddings');
      equal(config(), 'nowhere/embedder');
      await until('it is offered', () => asked.length > 0);
      match(asked[0]!, /another embeddings model/);
      await until('the store is read again', async () => {
        const store = await (await client()).vectorStores.retrieve(vectorStoreId);
        return store.status === 'completed';
      });
      await command('chooseEmbeddings', { model: '' });
      equal(config(), '');
    } finally {
      release();
    }
  });
});

describe('the index of a store', () => {
  const store = { file_counts: { completed: 1 }, embedding_model: 'a/one' } as KnowledgeStore;

  it('is behind when another embeddings model is set, and not when none is', () => {
    equal(isStale(store, 'a/two'), true);
    equal(isStale({ ...store, embedding_model: null }, 'a/two'), true);
    equal(isStale(store, 'a/one'), false);
    equal(isStale(store, undefined), false);
  });

  it('is not ours to judge on a server that does not tell, or while nothing is in it', () => {
    equal(isStale({ ...store, embedding_model: undefined }, 'a/two'), false);
    const counts = { ...store.file_counts, completed: 0 };
    equal(isStale({ ...store, file_counts: counts }, 'a/two'), false);
  });
});
