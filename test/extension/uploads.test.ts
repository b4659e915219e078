import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, symlink, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { Assistant } from 'openai/resources/beta/assistants';
import { strToU8, zipSync } from 'fflate';
import * as vscode from 'vscode';
import {
  cancelledAt,
  catchMessages,
  filesIn,
  WalledFiles,
  writeFolder,
  type Uploaded,
} from './knowledgeSupport';
import { client, command, createTutor, newThread, until } from './support';

const binary = Uint8Array.from([1, 2, 0, 3, 4]);

describe('adding files as knowledge', () => {
  let told: ReturnType<typeof catchMessages>;
  beforeEach(() => (told = catchMessages()));
  afterEach(() => told.release());

  it('adds a folder without ignored files, binary files, and folders that are always skipped', async () => {
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
    const paths = answer.files.map(({ path }) => path);
    deepEqual(paths, [
      'mixed/.gitignore',
      'mixed/a.md',
      'mixed/keep.log',
      'mixed/sub/.gitignore',
      'mixed/sub/debug.log',
    ]);
    deepEqual(answer.skipped, [
      { path: 'mixed/sub/empty.txt', reason: 'empty' },
      { path: 'mixed/tool.bin', reason: 'binary' },
    ]);
    deepEqual(answer.failed, []);
    const file = (await filesIn(answer.vectorStoreId)).get('mixed/a.md');
    equal(file?.status, 'completed');
    match(String(file.attributes?.['hash']), /^[0-9a-f]{16}$/);
    ok(Number(file.attributes?.['mtime']) > 0);
    await until('the summary is told', () => told.messages.length > 0);
    match(told.messages[0]!, /“Reader”: 5\..*no text: 1\..*empty: 1\./);
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

  it('continues after a file that cannot be read, and reports it once', async () => {
    const store = await (await client()).vectorStores.create({ name: 'Damaged' });
    const folder = await writeFolder('damaged', { 'good.txt': 'Good', 'bad.pdf': 'This is no PDF.' });
    const answer = await command<Uploaded>('uploadFiles', { uris: [folder], vectorStoreId: store.id });
    deepEqual(
      answer.failed.map(({ name }) => name),
      ['damaged/bad.pdf'],
    );
    match(answer.failed[0]!.reason, /damaged/);
    await until('the summary is told', () => told.messages.length > 0);
    deepEqual(told.messages, ['Files added to “Damaged”: 2. Failed: 1.']);
  });

  it('adds documents of all formats, and says of one that cannot be read what to do', async () => {
    const store = await (await client()).vectorStores.create({ name: 'Formats' });
    const odt = Buffer.from(
      zipSync({
        'content.xml': strToU8(
          '<office:body><office:text><text:p>Roses</text:p></office:text></office:body>',
        ),
        'META-INF/manifest.xml': strToU8('<manifest/>'),
      }),
    );
    const folder = await writeFolder('formats', {
      'poem.odt': odt,
      'poem.eml': 'Subject: Roses\nMIME-Version: 1.0\n\nRed.',
      'old.doc': Buffer.from('d0cf11e0a1b11ae1000000', 'hex'),
      'rose.png': Buffer.from('89504e470d0a1a0a00', 'hex'),
    });
    const answer = await command<Uploaded>('uploadFiles', { uris: [folder], vectorStoreId: store.id });
    deepEqual(answer.skipped, [{ path: 'formats/rose.png', reason: 'binary' }]);
    deepEqual(
      answer.failed.map(({ name }) => name),
      ['formats/old.doc'],
    );
    match(answer.failed[0]!.reason, /save it as \.docx/);
    const files = await filesIn(store.id);
    equal(files.get('formats/poem.odt')?.status, 'completed');
    equal(files.get('formats/poem.eml')?.status, 'completed');
  });

  it('that is cancelled in the middle keeps what was done, and says so', async () => {
    const count = 40;
    const names = Array.from({ length: count }, (_, at) => [`${at}.txt`, `Number ${at}`]);
    const folder = await writeFolder('many', Object.fromEntries(names) as Record<string, string>);
    const store = await (await client()).vectorStores.create({ name: 'Many' });
    const answer = await cancelledAt('10 of', () =>
      command<Uploaded>('uploadFiles', { uris: [folder], vectorStoreId: store.id }),
    );
    equal(answer.cancelled, true);
    ok(answer.files.length >= 5 && answer.files.length < count, String(answer.files.length));
    equal((await filesIn(store.id)).size, answer.files.length);
    await until('the summary is told', () => told.messages.length > 0);
    equal(told.messages[0], `Cancelled. Files added to “Many”: ${answer.files.length}.`);
  });

  it('adds what is beside a folder that cannot be read, and names that folder', async () => {
    const walled = new WalledFiles();
    try {
      walled.closed = 'private';
      const folder = await writeFolder('beside', { 'a.md': 'A', 'private/b.md': 'B', 'z.md': 'Z' });
      const uris = [walled.behind(folder)];
      const { files, failed } = await command<Uploaded>('uploadFiles', { uris, withoutStore: true });
      deepEqual(files.map(({ path }) => path).sort(), ['beside/a.md', 'beside/z.md']);
      deepEqual(
        failed.map(({ name }) => name),
        ['beside/private'],
      );
      const inside = [vscode.Uri.joinPath(uris[0]!, 'private')];
      await rejects(command('uploadFiles', { uris: inside, withoutStore: true }), /private/);
    } finally {
      walled.dispose();
    }
  });

  it('reads a .gitignore as git does on this disk: case-sensitive if file names are', async () => {
    const folder = await writeFolder('letters', { '.gitignore': 'NOTES.md\n', 'notes.md': 'Notes' });
    const { files } = await command<Uploaded>('uploadFiles', { uris: [folder], withoutStore: true });
    const goesByTheLetter = !existsSync(path.join(folder.fsPath, 'NOTES.MD'));
    equal(
      files.some(({ path: name }) => name === 'letters/notes.md'),
      goesByTheLetter,
    );
  });

  it('reads a .gitignore without regard to case on a disk that has none, whatever the system', async () => {
    const folder = await writeFolder('letters', {
      '.gitignore': 'NOTES.md\n',
      'notes.md': 'Notes',
      'a.md': 'A',
    });
    const { fs } = vscode.workspace;
    // Asked for `.GITIGNORE`, such a disk answers with `.gitignore`.
    const provider = {
      onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
      watch: () => new vscode.Disposable(() => undefined),
      createDirectory: () => undefined,
      writeFile: () => undefined,
      delete: () => undefined,
      rename: () => undefined,
      stat: ({ path: file }: vscode.Uri) =>
        fs.stat(vscode.Uri.file(file.replace('.GITIGNORE', '.gitignore'))),
      readDirectory: ({ path: file }: vscode.Uri) => fs.readDirectory(vscode.Uri.file(file)),
      readFile: ({ path: file }: vscode.Uri) => fs.readFile(vscode.Uri.file(file)),
    } as unknown as vscode.FileSystemProvider;
    const registration = vscode.workspace.registerFileSystemProvider('caseless', provider);
    try {
      const uris = [folder.with({ scheme: 'caseless' })];
      const { files } = await command<Uploaded>('uploadFiles', { uris, withoutStore: true });
      deepEqual(
        files.map(({ path: name }) => name),
        ['letters/.gitignore', 'letters/a.md'],
      );
    } finally {
      registration.dispose();
    }
  });

  it('reads no .gitignore without an end, and reports one that is too large', async function () {
    const folder = await writeFolder('endless', {
      'link/a.md': 'Alpha',
      'pipe/a.md': 'Alpha',
      'large/.gitignore': '#'.repeat(2 * 1024 * 1024),
      'large/a.md': 'Alpha',
      'deep/.gitignore': `${'a/**/'.repeat(12)}c\n`,
      [`deep/${'a/'.repeat(40)}b.md`]: 'Beta',
    });
    const at = (name: string): string => path.join(folder.fsPath, name);
    if (spawnSync('mkfifo', [at('pipe/.gitignore'), at('pipe/b.md')]).status !== 0) {
      console.log('      Skipped: this system has no pipes with names.');
      return this.skip();
    }
    await symlink('/dev/zero', at('link/.gitignore'));
    await symlink('..', at('link/loop'));
    const { files, failed } = await command<Uploaded>('uploadFiles', { uris: [folder], withoutStore: true });
    const paths = files.map((file) => file.path).sort();
    deepEqual(paths, [
      'endless/deep/.gitignore',
      `endless/deep/${'a/'.repeat(40)}b.md`,
      'endless/link/a.md',
      'endless/pipe/a.md',
    ]);
    deepEqual(failed, [{ name: 'endless/large', reason: 'Its .gitignore is larger than 1 MB.' }]);
    const pipe = vscode.Uri.file(at('pipe/b.md'));
    await rejects(command('uploadFiles', { uris: [pipe], withoutStore: true }), /not a regular file/);
  });

  it('finds nothing in a chosen folder that is ignored', async () => {
    const root = await writeFolder('outer', { '.gitignore': 'build/\n', 'build/sub/a.md': 'Alpha' });
    const { files } = await command<Uploaded>('uploadFiles', { uris: [root], withoutStore: true });
    deepEqual(
      files.map((file) => file.path),
      ['outer/.gitignore'],
    );
    const inner = vscode.Uri.joinPath(root, 'build', 'sub');
    const workspace = vscode.workspace.workspaceFolders![0]!.uri;
    const rules = vscode.Uri.joinPath(workspace, '.gitignore');
    await vscode.workspace.fs.writeFile(rules, Buffer.from('outer/build\n'));
    try {
      await rejects(command('uploadFiles', { uris: [inner], withoutStore: true }), /No files to add/);
    } finally {
      await vscode.workspace.fs.delete(rules);
    }
  });

  it('holds no large file in memory', async () => {
    const size = 160 * 1024 * 1024;
    const folder = await writeFolder('large', { 'text.txt': 'Text. '.repeat(2_000), 'zeros.bin': '' });
    const names = ['text.txt', 'zeros.bin'];
    // A sparse file, which takes no space on the disk.
    for (const name of names) await truncate(path.join(folder.fsPath, name), size);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const looking = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 1);
    try {
      const { files, skipped } = await command<Uploaded>('uploadFiles', {
        uris: [folder],
        withoutStore: true,
      });
      deepEqual(skipped, [{ path: 'large/zeros.bin', reason: 'binary' }]);
      const api = await client();
      equal((await api.files.retrieve(files[0]!.fileId)).bytes, size);
      await api.files.delete(files[0]!.fileId);
    } finally {
      clearInterval(looking);
      await rm(folder.fsPath, { recursive: true });
    }
    ok(most - before < size, `${Math.round((most - before) / 1024 / 1024)} MB`);
  });

  it('refuses missing files, and an empty folder', async () => {
    const folder = await writeFolder('hollow', { '.gitignore': '*' });
    await rejects(command('uploadFiles', { uris: [folder], withoutStore: true }), /No files to add/);
    const nowhere = vscode.Uri.joinPath(folder, 'nothing.txt');
    await rejects(command('uploadFiles', { uris: [nowhere], withoutStore: true }), /nothing\.txt/);
  });
});
