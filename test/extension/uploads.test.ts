import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { catchMessages, filesIn, standIn, writeFolder, type Uploaded } from './knowledgeSupport';
import { client, command, createTutor, newThread, until } from './support';

const binary = Uint8Array.from([1, 2, 0, 3, 4]);

describe('adding files as knowledge', () => {
  let told: ReturnType<typeof catchMessages>;
  beforeEach(() => (told = catchMessages()));
  afterEach(() => told.release());

  it('takes a folder without what .gitignore names, what is no text, and what is never wanted', async () => {
    const folder = await writeFolder('mixed', {
      '.gitignore': '*.log\nbuild/\n!keep.log\n',
      'a.md': 'Alpha',
      'debug.log': 'no',
      'keep.log': 'Kept',
      'build/out.txt': 'no',
      'sub/.gitignore': '!debug.log\nsecret.txt\n',
      'sub/debug.log': 'Wanted here',
      'sub/secret.txt': 'no',
      'sub/empty.txt': '',
      'node_modules/x/index.js': 'no',
      'tool.bin': binary,
    });
    const answer = await command<Uploaded>('uploadFiles', {
      uris: [folder],
      assistantId: (await createTutor('Reader')).id,
    });
    const paths = answer.files.map(({ path }) => path).sort();
    deepEqual(paths, [
      'mixed/.gitignore',
      'mixed/a.md',
      'mixed/keep.log',
      'mixed/sub/.gitignore',
      'mixed/sub/debug.log',
    ]);
    deepEqual(
      answer.skipped.sort((a, b) => a.path.localeCompare(b.path)),
      [
        { path: 'mixed/sub/empty.txt', reason: 'empty' },
        { path: 'mixed/tool.bin', reason: 'binary' },
      ],
    );
    deepEqual(answer.failed, []);
    const file = (await filesIn(answer.vectorStoreId)).get('mixed/a.md');
    equal(file?.status, 'completed');
    match(String(file.attributes?.['hash']), /^[0-9a-f]{16}$/);
    ok(Number(file.attributes?.['mtime']) > 0);
    await until('the summary is told', () => told.messages.length > 0);
    match(told.messages[0]!, /«Reader»: 5\..*no text: 1\..*empty: 1\./);
  });

  it('switches file search on for the assistant, and uses one store for all of its files', async () => {
    const { id } = await createTutor('Learner');
    const folder = await writeFolder('two', { 'one.txt': 'One', 'two.txt': 'Two' });
    const upload = (name: string): Promise<Uploaded> =>
      command('uploadFiles', { uris: [vscode.Uri.joinPath(folder, name)], assistantId: id });
    const first = await upload('one.txt');
    const second = await upload('two.txt');
    equal(first.vectorStoreId, second.vectorStoreId);
    const assistant: Assistant = await (await client()).beta.assistants.retrieve(id);
    deepEqual(assistant.tools, [{ type: 'file_search' }]);
    deepEqual(assistant.tool_resources?.file_search?.vector_store_ids, [first.vectorStoreId]);
  });

  it('puts files into the store of a thread, into one that is named, or into none', async () => {
    const folder = await writeFolder('places', { 'one.txt': 'One' });
    const thread = await newThread('With files');
    const uris = [vscode.Uri.joinPath(folder, 'one.txt')];
    const mine = await command<Uploaded>('uploadFiles', { uris, threadId: thread.id });
    const api = await client();
    const { tool_resources: resources } = await api.beta.threads.retrieve(thread.id);
    deepEqual(resources?.file_search?.vector_store_ids, [mine.vectorStoreId]);

    const store = await api.vectorStores.create({ name: 'Named' });
    const named = await command<Uploaded>('uploadFiles', { uris, vectorStoreId: store.id });
    equal(named.vectorStoreId, store.id);
    const alone = await command<Uploaded>('uploadFiles', { uris, withoutStore: true });
    equal(alone.vectorStoreId, undefined);
    equal(alone.files.length, 1);
  });

  it('goes on after a file that cannot be read, and tells of it once', async () => {
    const store = await (await client()).vectorStores.create({ name: 'Damaged' });
    const folder = await writeFolder('damaged', { 'good.txt': 'Good', 'bad.pdf': 'This is no PDF.' });
    const answer = await command<Uploaded>('uploadFiles', { uris: [folder], vectorStoreId: store.id });
    deepEqual(
      answer.failed.map(({ name }) => name),
      ['damaged/bad.pdf'],
    );
    match(answer.failed[0]!.reason, /damaged/);
    await until('the summary is told', () => told.messages.length > 0);
    deepEqual(told.messages, ['Files added to «Damaged»: 2. Failed: 1.']);
  });

  it('that is cancelled in the middle keeps what was done, and says so', async () => {
    const count = 40;
    const names = Array.from({ length: count }, (_, at) => [`${at}.txt`, `Number ${at}`]);
    const folder = await writeFolder('many', Object.fromEntries(names) as Record<string, string>);
    const store = await (await client()).vectorStores.create({ name: 'Many' });
    const cancelling = new vscode.CancellationTokenSource();
    type Task = Parameters<typeof vscode.window.withProgress>[1];
    const release = standIn('withProgress', (_options: vscode.ProgressOptions, task: Task) =>
      task(
        {
          report: ({ message }) => {
            if (message?.startsWith('10 of')) cancelling.cancel();
          },
        },
        cancelling.token,
      ),
    );
    try {
      const answer = await command<Uploaded>('uploadFiles', { uris: [folder], vectorStoreId: store.id });
      equal(answer.cancelled, true);
      ok(answer.files.length >= 5 && answer.files.length < count, String(answer.files.length));
      equal((await filesIn(store.id)).size, answer.files.length);
      await until('the summary is told', () => told.messages.length > 0);
      equal(told.messages[0], `Cancelled. Files added to «Many»: ${answer.files.length}.`);
    } finally {
      release();
    }
  });

  it('refuses what is not there, and a folder with nothing in it', async () => {
    const folder = await writeFolder('hollow', { '.gitignore': '*' });
    await rejects(command('uploadFiles', { uris: [folder], withoutStore: true }), /no files in it/);
    const nowhere = vscode.Uri.joinPath(folder, 'nothing.txt');
    await rejects(command('uploadFiles', { uris: [nowhere], withoutStore: true }), /nothing\.txt/);
  });
});
