import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type OpenAI from 'openai';
import * as vscode from 'vscode';
import { FolderSync } from '../../src/client/files/folderSync';
import { syncedAttributes, updateFromFolder, type FolderChanges } from '../../src/client/files/folderUpdate';
import { findFiles } from '../../src/client/files/folderWalk';
import { uploadFiles } from '../../src/client/files/uploads';
import { WindowLock } from '../../src/client/files/windowLock';
import { openSearch } from '../engine/fileSearchSupport';
import {
  cancelledAt,
  catchMessages,
  filesIn,
  WalledFiles,
  writeFolder,
  type Uploaded,
} from './knowledgeSupport';
import { client, command, createTutor, until } from './support';
import { memento } from './window';

/** Syncs a folder to a store, once. */
function update(
  api: OpenAI,
  folder: vscode.Uri,
  vectorStoreId: string,
  more: { known?: Map<string, number>; maxFiles?: number } = {},
): Promise<FolderChanges> {
  const { signal } = new AbortController();
  return updateFromFolder({ client: api, folder, vectorStoreId, known: new Map(), signal, ...more });
}

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

  it('is synced while its files change, until that is stopped', async () => {
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

  it('is compared by content if only a modification time has changed', async () => {
    const folder = await writeFolder('touched', { 'a.md': 'Alpha', 'b.bin': Uint8Array.from([0, 1]) });
    const api = await client();
    const store = await api.vectorStores.create({ name: 'Touched' });
    const known = new Map<string, number>();
    const look = () => update(api, folder, store.id, { known });
    deepEqual(await look(), { added: 1, changed: 0, removed: 0, failed: [] });
    const first = (await filesIn(store.id)).get('touched/a.md');
    await utimes(path.join(folder.fsPath, 'a.md'), new Date(), new Date(1_000_000_000_000));
    deepEqual(await look(), { added: 0, changed: 0, removed: 0, failed: [] });
    const second = (await filesIn(store.id)).get('touched/a.md');
    equal(second?.id, first?.id);
    equal(second?.attributes?.['mtime'], 1_000_000_000_000);
    await writeFile(path.join(folder.fsPath, 'a.md'), 'Omega');
    deepEqual(await look(), { added: 0, changed: 1, removed: 0, failed: [] });
    await rm(path.join(folder.fsPath, 'a.md'));
    deepEqual(await look(), { added: 0, changed: 0, removed: 1, failed: [] });
  });

  it('does not touch files of the store that were added in another way', async () => {
    const api = await client();
    const store = await api.vectorStores.create({ name: 'Both' });
    const loose = await writeFolder('loose', { 'own.md': 'Own' });
    await command('uploadFiles', { uris: [loose], vectorStoreId: store.id });
    const folder = await writeFolder('followed', { 'a.md': 'A' });
    await update(api, folder, store.id);
    deepEqual([...(await filesIn(store.id)).keys()].sort(), ['followed/a.md', 'loose/own.md']);
  });

  it('joins the files that the assistant has, and replaces those it had of the folder', async () => {
    const paper = await writeFolder('paper', { 'paper.md': 'The paper' });
    const folder = await writeFolder('notes', { 'a.md': 'Alpha', 'b.md': 'Beta' });
    const { id } = await createTutor('Reader of both');
    const api = await client();
    const first = await command<Uploaded>('uploadFiles', { uris: [paper], assistantId: id });
    const args = { uris: [folder], assistantId: id, sync: false };
    const second = await command<Uploaded>('addWorkspaceFolder', args);
    equal(second.vectorStoreId, first.vectorStoreId);
    const { tool_resources: resources } = await api.beta.assistants.retrieve(id);
    deepEqual(resources?.file_search?.vector_store_ids, [first.vectorStoreId]);

    await writeFile(path.join(folder.fsPath, 'a.md'), 'Omega');
    await rm(path.join(folder.fsPath, 'b.md'));
    const again = await command<Uploaded>('addWorkspaceFolder', args);
    const { data } = await api.vectorStores.files.list(first.vectorStoreId);
    deepEqual(
      data.map(({ id: file }) => file).sort(),
      [again.files[0]!.fileId, first.files[0]!.fileId].sort(),
    );
  });

  it('takes nothing from the assistant when its upload is cancelled', async () => {
    const paper = await writeFolder('paper', { 'paper.md': 'The paper' });
    const folder = await writeFolder('unwanted', { 'a.md': 'Alpha' });
    const { id } = await createTutor('Undecided reader');
    const { vectorStoreId } = await command<Uploaded>('uploadFiles', { uris: [paper], assistantId: id });
    const args = { uris: [folder], assistantId: id, sync: true };
    const answer = await cancelledAt('1 of', () => command<Uploaded>('addWorkspaceFolder', args));
    deepEqual([answer.cancelled, answer.files], [true, []]);
    const { tool_resources: resources } = await (await client()).beta.assistants.retrieve(id);
    deepEqual(resources?.file_search?.vector_store_ids, [vectorStoreId]);
    deepEqual([...(await filesIn(vectorStoreId)).keys()], ['paper/paper.md']);
    await rejects(command('stopSyncing', {}), /No folders are synced/);
  });

  it('is synced beside another folder of the same store', async () => {
    const { id } = await createTutor('Reader of two folders');
    const [left, right] = [
      await writeFolder('left', { 'a.md': 'A' }),
      await writeFolder('right', { 'b.md': 'B' }),
    ];
    const args = { assistantId: id, sync: true };
    const { vectorStoreId } = await command<Uploaded>('addWorkspaceFolder', { ...args, uris: [left] });
    await command('addWorkspaceFolder', { ...args, uris: [right] });
    await writeFile(path.join(left.fsPath, 'c.md'), 'C');
    await writeFile(path.join(right.fsPath, 'd.md'), 'D');
    await until('both are followed', async () => {
      const files = await filesIn(vectorStoreId);
      return files.has('left/c.md') && files.has('right/d.md');
    });
    deepEqual([...(await filesIn(vectorStoreId)).keys()].sort(), [
      'left/a.md',
      'left/c.md',
      'right/b.md',
      'right/d.md',
    ]);
    await command('stopSyncing', { vectorStoreId });
    await rejects(command('stopSyncing', {}), /No folders are synced/);
  });

  it('keeps the files of a subfolder that cannot be read', async () => {
    const walled = new WalledFiles();
    try {
      const api = await client();
      const store = await api.vectorStores.create({ name: 'Walled' });
      const folder = walled.behind(await writeFolder('walls', { 'a.md': 'A', 'inner/b.md': 'B' }));
      equal((await update(api, folder, store.id)).added, 2);
      walled.closed = 'inner';
      const { removed, failed } = await update(api, folder, store.id);
      deepEqual([removed, failed.map(({ name }) => name)], [0, ['walls/inner']]);
      equal((await filesIn(store.id)).size, 2);
    } finally {
      walled.dispose();
    }
  });

  it('leaves only its newest version in the store after a window crashed before it deleted the older one', async () => {
    const api = await client();
    const store = await api.vectorStores.create({ name: 'Twice' });
    const folder = await writeFolder('twice', { 'a.md': 'Older' });
    await update(api, folder, store.id);
    await writeFile(path.join(folder.fsPath, 'a.md'), 'Newer');
    const { signal } = new AbortController();
    const { files: found } = await findFiles([folder], signal);
    const attributes = syncedAttributes(folder);
    const { files } = await uploadFiles(api, found, { vectorStoreId: store.id, attributes, signal });
    await update(api, folder, store.id);
    const { data } = await api.vectorStores.files.list(store.id);
    deepEqual(
      data.map(({ id }) => id),
      [files[0]?.fileId],
    );
  });

  it('still syncs changes if the store has no room for more files', async () => {
    const api = await client();
    const store = await api.vectorStores.create({ name: 'Full' });
    const folder = await writeFolder('full', { 'a.md': 'A', 'b.md': 'B' });
    const look = () => update(api, folder, store.id, { maxFiles: 2 });
    await look();
    await writeFile(path.join(folder.fsPath, 'b.md'), 'B, changed');
    await writeFile(path.join(folder.fsPath, 'c.md'), 'C');
    deepEqual(await look(), { added: 0, changed: 1, removed: 0, failed: [] });
    await rm(path.join(folder.fsPath, 'a.md'));
    deepEqual(await look(), { added: 1, changed: 0, removed: 1, failed: [] });
    deepEqual([...(await filesIn(store.id)).keys()].sort(), ['full/b.md', 'full/c.md']);
  });
});

describe('a store that a folder is synced to', () => {
  const lockFolder = mkdtempSync(path.join(tmpdir(), 'assistants-studio-sync-'));
  const changed = new vscode.EventEmitter<void>();
  after(() => rmSync(lockFolder, { recursive: true, force: true }));

  function follow(api: OpenAI, rescanInterval?: number): { sync: FolderSync; reported: unknown[] } {
    const reported: unknown[] = [];
    const sync = new FolderSync({
      client: api,
      service: { id: 'embedded', onDidChange: changed.event },
      state: memento(),
      lockFolder,
      report: (error) => reported.push(error),
      ...(rescanInterval !== undefined && { rescanInterval }),
    });
    return { sync, reported };
  }

  it('follows changes that are not reported, as on a machine without free inotify watches', async () => {
    const { client: api } = openSearch();
    // Reports of changes below node_modules are ignored.
    const folder = await writeFolder('node_modules/unwatched', { 'a.md': 'A' });
    const { id } = await api.vectorStores.create({ name: 'Unwatched' });
    const { sync, reported } = follow(api, 100);
    try {
      await sync.start(folder, id);
      await until('it has looked', async () => (await filesIn(id, api)).has('node_modules/unwatched/a.md'));
      await writeFile(path.join(folder.fsPath, 'b.md'), 'B');
      await until('it has followed', async () => (await filesIn(id, api)).has('node_modules/unwatched/b.md'));
      deepEqual(reported, []);
    } finally {
      sync.dispose();
    }
  });

  it('continues if a file is removed from it in the middle of a scan', async () => {
    const { client: api } = openSearch();
    const { files } = api.vectorStores;
    const folder = await writeFolder('race', { 'a.md': 'A' });
    const { id } = await api.vectorStores.create({ name: 'Race' });
    await update(api, folder, id);
    const original = files.update.bind(files);
    let refused = 0;
    files.update = (...args: Parameters<typeof original>) => {
      refused += 1;
      return files.delete(args[0], { vector_store_id: id }).then(() => original(...args)) as ReturnType<
        typeof original
      >;
    };
    await utimes(path.join(folder.fsPath, 'a.md'), new Date(), new Date(1_000_000_000_000));
    const { sync, reported } = follow(api);
    try {
      await sync.start(folder, id);
      await until('it has looked', () => refused > 0);
      await writeFile(path.join(folder.fsPath, 'b.md'), 'B');
      await until('it has followed', async () => (await filesIn(id, api)).has('race/b.md'));
      deepEqual([sync.foldersOf(id).length, reported], [1, []]);
    } finally {
      sync.dispose();
    }
  });

  it('continues if something other than the store is not found', async () => {
    const { client: api } = openSearch();
    const { vectorStores } = api;
    const folder = await writeFolder('odd', { 'a.md': 'A' });
    const { id } = await vectorStores.create({ name: 'Odd' });
    const original = vectorStores.retrieve.bind(vectorStores);
    let looks = 0;
    vectorStores.retrieve = (...args: Parameters<typeof original>) => {
      looks += 1;
      return looks === 1
        ? (api.files.retrieve('file-gone') as unknown as ReturnType<typeof original>)
        : original(...args);
    };
    const { sync, reported } = follow(api);
    try {
      await sync.start(folder, id);
      await until('it is reported', () => reported.length > 0);
      equal(sync.foldersOf(id).length, 1);
    } finally {
      sync.dispose();
    }
  });

  it('is no longer synced once it was deleted', async () => {
    const { client: api } = openSearch();
    const folder = await writeFolder('deleted', { 'a.md': 'A' });
    const { id } = await api.vectorStores.create({ name: 'Deleted' });
    const { sync, reported } = follow(api);
    try {
      await api.vectorStores.delete(id);
      await sync.start(folder, id);
      await until('it is followed no longer', () => sync.foldersOf(id).length === 0);
      deepEqual(reported, []);
    } finally {
      sync.dispose();
    }
  });
});

describe('a store with a malicious id', () => {
  it('creates no lock outside the lock folder', async () => {
    const place = mkdtempSync(path.join(tmpdir(), 'assistants-studio-lock-'));
    const errors: unknown[] = [];
    const sync = new FolderSync({
      client: await client(),
      service: { id: 'elsewhere', onDidChange: () => new vscode.Disposable(() => undefined) },
      state: memento(),
      lockFolder: path.join(place, 'locks'),
      report: (error) => errors.push(error),
    });
    await sync.start(await writeFolder('harmless', { 'a.md': 'Alpha' }), '../outside/x');
    await until('it was asked for', () => errors.length > 0 || sync.all().length === 0);
    sync.dispose();
    deepEqual(readdirSync(place), ['locks']);
    rmSync(place, { recursive: true });
  });
});

describe('the lock that one window holds', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'assistants-studio-lock-'));
  const file = path.join(folder, 'one.lock');
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is held by one window, and by the next when that one releases it', async () => {
    const [one, two] = [new WindowLock(file), new WindowLock(file)];
    equal(await one.acquire(), true);
    equal(await two.acquire(), false);
    equal(await one.acquire(), true);
    one.release();
    equal(await two.acquire(), true);
    two.release();
  });

  it('is taken over from a window that crashed, or no longer renews it', async () => {
    writeFileSync(file, '999999999 gone');
    const lock = new WindowLock(file);
    equal(await lock.acquire(), true);
    lock.release();
    writeFileSync(file, `${process.pid} stuck`);
    utimesSync(file, new Date(0), new Date(0));
    equal(await lock.acquire(), true);
    lock.release();
  });
});
