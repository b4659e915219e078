import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { updateFromFolder } from '../../src/client/folderUpdate';
import { WindowLock } from '../../src/client/windowLock';
import { catchMessages, filesIn, writeFolder, type Uploaded } from './knowledgeSupport';
import { client, command, createTutor, until } from './support';

describe('a folder of the workspace as knowledge', () => {
  let told: ReturnType<typeof catchMessages>;
  before(() => (told = catchMessages()));
  after(() => told.release());

  it('becomes a store of its name that the assistant searches', async () => {
    const folder = await writeFolder('handbook', { 'a.md': 'Alpha' });
    const { id } = await createTutor('Handbook reader');
    const args = { uris: [folder], assistantId: id, sync: false };
    const { vectorStoreId } = await command<Uploaded>('addWorkspaceFolder', args);
    const api = await client();
    equal((await api.vectorStores.retrieve(vectorStoreId)).name, 'handbook');
    const assistant = await api.beta.assistants.retrieve(id);
    deepEqual(assistant.tool_resources?.file_search?.vector_store_ids, [vectorStoreId]);
  });

  it('is kept in step while its files change, and left alone once that is stopped', async () => {
    const folder = await writeFolder('living', {
      '.gitignore': '*.tmp\n',
      'changed.md': 'Before',
      'gone.md': 'Gone',
      'same.md': 'Same',
    });
    const at = (name: string): string => path.join(folder.fsPath, name);
    const args = { uris: [folder], assistantId: null, sync: true };
    const { vectorStoreId } = await command<Uploaded>('addWorkspaceFolder', args);
    const before = await filesIn(vectorStoreId);
    equal(before.size, 4);

    await writeFile(at('changed.md'), 'After');
    await writeFile(at('new.md'), 'New');
    await writeFile(at('scratch.tmp'), 'Scratch');
    await rm(at('gone.md'));
    const hash = before.get('living/changed.md')?.attributes?.['hash'];
    const files = await until('the store has followed', async () => {
      const now = await filesIn(vectorStoreId);
      const isDone = now.has('living/new.md') && !now.has('living/gone.md');
      return isDone && now.get('living/changed.md')?.attributes?.['hash'] !== hash && now;
    });
    deepEqual([...files.keys()].sort(), [
      'living/.gitignore',
      'living/changed.md',
      'living/new.md',
      'living/same.md',
    ]);
    equal(files.get('living/same.md')?.id, before.get('living/same.md')?.id);

    await command('stopSyncing', { vectorStoreId });
    const sentinel = await writeFolder('sentinel', { 'a.md': 'A' });
    const watched = await command<Uploaded>('addWorkspaceFolder', { ...args, uris: [sentinel] });
    await rename(at('new.md'), at('renamed.md'));
    await writeFile(path.join(sentinel.fsPath, 'b.md'), 'B');
    await until('the other folder has followed', async () =>
      (await filesIn(watched.vectorStoreId)).has('sentinel/b.md'),
    );
    ok((await filesIn(vectorStoreId)).has('living/new.md'));
    await command('stopSyncing', { vectorStoreId: watched.vectorStoreId });
  });

  it('is compared by content where only a time has changed', async () => {
    const folder = await writeFolder('touched', { 'a.md': 'Alpha', 'b.bin': Uint8Array.from([0, 1]) });
    const api = await client();
    const store = await api.vectorStores.create({ name: 'Touched' });
    const known = new Map<string, number>();
    const update = () => updateFromFolder(api, folder, store.id, known, new AbortController().signal);
    deepEqual(await update(), { added: 1, changed: 0, removed: 0, failed: [] });
    const first = (await filesIn(store.id)).get('touched/a.md');
    await utimes(path.join(folder.fsPath, 'a.md'), new Date(), new Date(1_000_000_000_000));
    deepEqual(await update(), { added: 0, changed: 0, removed: 0, failed: [] });
    const second = (await filesIn(store.id)).get('touched/a.md');
    equal(second?.id, first?.id);
    equal(second?.attributes?.['mtime'], 1_000_000_000_000);
    await writeFile(path.join(folder.fsPath, 'a.md'), 'Omega');
    deepEqual(await update(), { added: 0, changed: 1, removed: 0, failed: [] });
    await rm(path.join(folder.fsPath, 'a.md'));
    deepEqual(await update(), { added: 0, changed: 0, removed: 1, failed: [] });
  });

  it('leaves files of the store alone that came another way', async () => {
    const api = await client();
    const store = await api.vectorStores.create({ name: 'Both' });
    const loose = await writeFolder('loose', { 'own.md': 'Own' });
    await command('uploadFiles', { uris: [loose], vectorStoreId: store.id });
    const folder = await writeFolder('followed', { 'a.md': 'A' });
    await updateFromFolder(api, folder, store.id, new Map(), new AbortController().signal);
    deepEqual([...(await filesIn(store.id)).keys()].sort(), ['followed/a.md', 'loose/own.md']);
  });
});

describe('the lock that one window holds', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'assistants-studio-lock-'));
  const file = path.join(folder, 'one.lock');
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is had by one, and by the next when that lets go', async () => {
    const [one, two] = [new WindowLock(file), new WindowLock(file)];
    equal(await one.hold(), true);
    equal(await two.hold(), false);
    equal(await one.hold(), true);
    one.release();
    equal(await two.hold(), true);
    two.release();
  });

  it('is taken from a window that died, or shows no life', async () => {
    writeFileSync(file, '999999999 gone');
    const lock = new WindowLock(file);
    equal(await lock.hold(), true);
    lock.release();
    writeFileSync(file, `${process.pid} stuck`);
    utimesSync(file, new Date(0), new Date(0));
    equal(await lock.hold(), true);
    lock.release();
  });
});
