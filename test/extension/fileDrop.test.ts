import { deepEqual, equal } from 'node:assert/strict';
import * as vscode from 'vscode';
import { FileDrop, urisIn } from '../../src/views/trees/fileDrop';
import { FileNode, OtherFilesNode, StoreNode, type MoreNode } from '../../src/views/trees/nodes';
import { catchMessages, filesIn, writeFolder } from './knowledgeSupport';
import { client, until } from './support';

describe('files that are dropped onto the tree', () => {
  let told: ReturnType<typeof catchMessages>;
  beforeEach(() => (told = catchMessages()));
  afterEach(() => told.release());

  async function drop(
    name: string,
    target: StoreNode | FileNode | OtherFilesNode | MoreNode | undefined,
  ): Promise<unknown[]> {
    const failures: unknown[] = [];
    const folder = await writeFolder(name, { 'a.md': 'Alpha' });
    const dropped = new vscode.DataTransfer();
    dropped.set('text/uri-list', new vscode.DataTransferItem(folder.toString()));
    await new FileDrop((error) => failures.push(error)).handleDrop(target, dropped);
    return failures;
  }

  it('go into the store they are dropped on, or that of the file', async () => {
    const { id } = await (await client()).vectorStores.create({ name: 'Basket' });
    await drop('dropped', new StoreNode(id));
    await until('the file is there', async () => (await filesIn(id)).has('dropped/a.md'));
    await drop('beside', new FileNode('file-any', id));
    await until('the other is there', async () => (await filesIn(id)).has('beside/a.md'));
  });

  it('go into no store beside the files that are in none', async () => {
    await drop('loosely', new OtherFilesNode());
    await until('the upload is told', () => told.messages.some((words) => words === 'Files uploaded: 1.'));
  });

  it('report an error', async () => {
    const failures = await drop('nowhere', new StoreNode('vs_gone'));
    await until('it has failed', () => failures.length > 0);
    equal(failures.length, 1);
  });
});

describe('a list of addresses', () => {
  it('is read line by line, without comments and invalid addresses', () => {
    const list = '# from a file manager\r\nfile:///a/b%20c.md\r\n\nno address\nfile:///d.md';
    deepEqual(
      urisIn(list).map(({ path }) => path),
      ['/a/b c.md', '/d.md'],
    );
  });
});
