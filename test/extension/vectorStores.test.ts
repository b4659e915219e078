import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import type { VectorStoreSearchResponse } from 'openai/resources/vector-stores/vector-stores';
import * as vscode from 'vscode';
import { isStale } from '../../src/client/models/embeddingsSetting';
import type { KnowledgeStore } from '../../src/client/files/knowledge';
import { StoreList } from '../../src/client/files/storeList';
import { openSearch } from '../engine/fileSearchSupport';
import {
  answerQuestions,
  catchMessages,
  filesIn,
  standIn,
  writeFolder,
  type Uploaded,
} from './knowledgeSupport';
import { client, command, createTutor, ModelServer, until } from './support';

describe('the commands of vector stores and their files', () => {
  let told: ReturnType<typeof catchMessages>;
  beforeEach(() => (told = catchMessages()));
  afterEach(() => told.release());

  async function storeWith(name: string, files: Record<string, string | Uint8Array>): Promise<Uploaded> {
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

  describe('that set how a file is encoded', () => {
    /** רחל, which other encodings decode plausibly too. */
    const bytes = Buffer.from('6e616d650af8e7ec0a', 'hex');

    it('show a line of the file in each encoding, and read it again in the one that is chosen', async () => {
      const { vectorStoreId, files } = await storeWith('encoded', { 'name.csv': bytes });
      const fileId = files[0]!.fileId;
      const api = await client();
      const textIn = async (text: string) =>
        until(`it is read as ${text}`, async () => {
          const { data } = await api.get<{ data: { text: string }[] }>(
            `/vector_stores/${vectorStoreId}/files/${fileId}/content`,
          );
          return data[0]!.text.includes(text);
        });
      let pick: vscode.QuickPick<vscode.QuickPickItem> | undefined;
      const { createQuickPick } = vscode.window;
      const release = standIn('createQuickPick', () => (pick = createQuickPick()));
      const choose = async (name: string) => {
        pick = undefined;
        const asked = command('setEncoding', { vectorStoreId, fileId });
        await until('the encodings are listed', () => pick?.items.some(({ label }) => label === name));
        pick!.value = name;
        await until('it is selected', () => pick?.activeItems[0]?.label === name);
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        await asked;
      };
      try {
        await choose('Hebrew (Windows 1255)');
        const shown = new Map(pick!.items.map(({ label, detail }) => [label, detail]));
        equal(shown.get('Hebrew (Windows 1255)'), 'רחל');
        equal(shown.get('Cyrillic (Windows 1251)'), 'шзм');
        equal(shown.get('DOS (CP 437)'), '°τ∞');
        equal(pick!.items.at(-1)?.detail?.includes('\ufffd'), true);
        await textIn('רחל');
        const { attributes } = (await filesIn(vectorStoreId)).get('encoded/name.csv')!;
        deepEqual([attributes?.['encoding'], attributes?.['path']], ['windows-1255', 'encoded/name.csv']);
        await choose('Detect Automatically');
        equal((await filesIn(vectorStoreId)).get('encoded/name.csv')?.attributes?.['encoding'], undefined);
      } finally {
        release();
      }
      // As the menu of an attached file in the chat calls it.
      const context = { webview: 'assistantsStudio.chat', webviewSection: 'attachedFile', fileId };
      const releaseMenu = standIn('createQuickPick', () => {
        pick = createQuickPick();
        setTimeout(() => pick!.hide(), 100);
        return pick;
      });
      try {
        await command('setEncoding', context);
        equal(pick?.title, 'Set Text Encoding');
      } finally {
        releaseMenu();
      }
      await command('setEncoding', { fileId, encoding: 'windows-1251' });
      await textIn('шзм');
    });

    it('explain why there is none of a document, and of a file in no store', async () => {
      const { vectorStoreId, files } = await storeWith('pages', {
        'letter.rtf': String.raw`{\rtf1 Dear Ana}`,
      });
      const fileId = files[0]!.fileId;
      await rejects(
        command('setEncoding', { vectorStoreId, fileId }),
        /letter\.rtf is not a plain text file/,
      );
      await command('removeFile', { vectorStoreId, fileId });
      await rejects(command('setEncoding', { fileId }), /is in no vector store/);
    });
  });

  it('remove a file from its store, and delete it', async () => {
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

  it('ask before an assistant searches another store in place of one with files', async () => {
    const api = await client();
    const [first, second] = [
      await storeWith('mine', { 'a.md': 'A' }),
      await storeWith('other', { 'b.md': 'B' }),
    ];
    const { id: assistantId } = await createTutor('User of one store');
    const use = ({ vectorStoreId }: Uploaded) => command('useStore', { vectorStoreId, assistantId });
    const used = async () => {
      const { tool_resources: resources } = await api.beta.assistants.retrieve(assistantId);
      return resources?.file_search?.vector_store_ids;
    };
    let isAgreed = false;
    const { questions, release } = answerQuestions((agree) => (isAgreed ? agree : undefined));
    try {
      await use(first);
      await use(first);
      deepEqual(questions, []);
      await use(second);
      deepEqual(questions, ['Let User of one store search “other” instead of “mine”?']);
      deepEqual(await used(), [first.vectorStoreId]);
      isAgreed = true;
      await use(second);
      deepEqual(await used(), [second.vectorStoreId]);
      equal(questions.length, 2);
    } finally {
      release();
    }
  });

  it('choose an embeddings model, and offer to index again what another one indexed', async () => {
    const models = await ModelServer.start();
    await command('addConnection', { id: 'vectors', label: 'Vectors', baseUrl: models.baseUrl });
    const { vectorStoreId } = await storeWith('indexed', { 'a.md': 'Alpha' });
    const asked: string[] = [];
    const release = standIn('showInformationMessage', (words: string, ...actions: string[]) => {
      asked.push(words);
      return Promise.resolve(actions[0]);
    });
    try {
      await command('chooseEmbeddings', { model: 'vectors/small' });
      const config = () => vscode.workspace.getConfiguration('assistantsStudio').get('embeddings');
      equal(config(), 'vectors/small');
      await until('it is offered', () => asked.length > 0);
      match(asked[0]!, /another embeddings model/);
      await until('the store is indexed again', async () => {
        const store: KnowledgeStore = await (await client()).vectorStores.retrieve(vectorStoreId);
        return store.embedding_model === 'vectors/small' && store.status === 'completed';
      });
      await command('chooseEmbeddings', { model: '' });
      equal(config(), '');
    } finally {
      release();
      await command('removeConnection', { connectionId: 'vectors', confirm: false });
      await models.stop();
    }
  });
});

describe('the index of a store', () => {
  const store = { file_counts: { completed: 1 }, embedding_model: 'a/one' } as KnowledgeStore;

  it('is stale if another embeddings model is set, and not if none is', () => {
    equal(isStale(store, 'a/two'), true);
    equal(isStale({ ...store, embedding_model: null }, 'a/two'), true);
    equal(isStale(store, 'a/one'), false);
    equal(isStale(store, undefined), false);
  });

  it('is not stale on a server that does not report its model, or while it is empty', () => {
    equal(isStale({ ...store, embedding_model: undefined }, 'a/two'), false);
    const counts = { ...store.file_counts, completed: 0 };
    equal(isStale({ ...store, file_counts: counts }, 'a/two'), false);
  });
});

describe('the list of stores and files', () => {
  it('shows the files of a store, and those in none, in pages, and says that there are more', async () => {
    const { client: api } = openSearch();
    const list = new StoreList(api, 2);
    const store = await api.vectorStores.create({});
    for (const name of ['a.md', 'b.md', 'c.md', 'd.md', 'e.md', 'f.md']) {
      const file = new File([name], name);
      const { id } = await api.files.create({ file, purpose: 'assistants' });
      if (name < 'd') await api.vectorStores.files.create(store.id, { file_id: id });
    }
    for (const read of [() => list.readFiles(store.id), () => list.readOthers()]) {
      const { files, hasMore } = await read();
      deepEqual([files.length, hasMore], [2, true]);
    }
    list.showMore(undefined);
    const { files, hasMore } = await list.readOthers();
    deepEqual([files.map(({ filename }) => filename), hasMore], [['f.md', 'e.md', 'd.md'], false]);
    equal((await list.readFiles(store.id)).hasMore, true);
  });
});
