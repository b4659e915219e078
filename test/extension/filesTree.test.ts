import { deepEqual, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import OpenAI from 'openai';
import * as vscode from 'vscode';
import { ChangeFeed } from '../../src/client/changes';
import type { FolderSync } from '../../src/client/files/folderSync';
import type { Services } from '../../src/client/services';
import { FilesTree, type FilesTreeNode } from '../../src/views/trees/filesTree';
import { FileNode, StoreNode } from '../../src/views/trees/nodes';
import { openSearch, TestReader, upload, whenRead } from '../engine/fileSearchSupport';
import { clientOf, until } from '../engine/support';
import { standIn } from './knowledgeSupport';
import { extensionFolder } from './support';

/** Never fires. */
const onDidChange = new vscode.EventEmitter<never>().event;

describe('the tree of the files', () => {
  let tree: FilesTree | undefined;
  let folders: vscode.Uri[] = [];
  afterEach(() => {
    tree?.dispose();
    folders = [];
  });

  /** The tree over the test's own engine; the view in the window remains the extension's. */
  function treeOf(client: OpenAI, changes?: ChangeFeed): FilesTree {
    const view = {
      visible: changes !== undefined,
      onDidChangeVisibility: onDidChange,
      dispose: () => undefined,
    };
    const release = standIn('createTreeView', () => view);
    const failed = (error: unknown): void => ok(false, String(error));
    const services = {
      client,
      changes: changes ?? { onDidChange },
      assistants: { onDidChange, current: [] },
      service: { onDidChange },
      reporter: { log: failed, notify: failed },
    } as unknown as Services;
    const sync = { onDidChange, foldersOf: () => folders } as unknown as FolderSync;
    tree = new FilesTree(services, sync);
    release();
    return tree;
  }

  async function rowsBelow(
    parent?: FilesTreeNode,
  ): Promise<{ node: FilesTreeNode; item: vscode.TreeItem }[]> {
    const nodes = await tree!.getChildren(parent);
    return nodes.map((node) => ({ node, item: tree!.getTreeItem(node) }));
  }

  function shown({ label, description, contextValue, iconPath }: vscode.TreeItem): unknown[] {
    return [label, description, (iconPath as vscode.ThemeIcon).id, contextValue];
  }

  it('shows for each file of a store its size, and whether it is indexed, being indexed, or why it is not', async () => {
    const reader = new TestReader();
    const { client } = openSearch({ reader });
    const { id } = await client.vectorStores.create({ name: 'Papers' });
    const add = async (name: string, text: string, attributes?: Record<string, string>) => {
      const file = await upload(client, name, text);
      await client.vectorStores.files.create(id, { file_id: file.id, attributes });
    };
    await add('good.md', 'Good words', { path: 'docs/good.md' });
    await add('paper.pdf', 'Text of it');
    await add('bad.md', 'broken');
    await whenRead(client, id);
    const release = reader.hold();
    await add('late.md', 'Late');

    treeOf(client);
    const [store] = await rowsBelow();
    deepEqual(shown(store!.item), [
      'Papers',
      '4 files · 20 B · indexing, 1 left · 1 could not be read',
      'loading~spin',
      'store',
    ]);
    const rows = await rowsBelow(store!.node);
    deepEqual(
      rows.map(({ item }) => shown(item)),
      [
        ['bad.md', 'bad.md is damaged. · 6 B', 'error', 'storeFile'],
        ['good.md', '10 B · docs/good.md', 'file', 'storeFile'],
        ['late.md', 'indexing · 4 B', 'loading~spin', 'storeFile'],
        ['paper.pdf', '10 B', 'file', 'storeFile.document'],
      ],
    );
    match(rows[0]!.item.tooltip as string, /^bad\.md\nbad\.md is damaged\./);
    deepEqual(
      rows.map(({ item }) => item.command?.command.split('.').at(-1)),
      ['openFile', 'openFile', 'openFile', 'openCitation'],
    );
    const [bad] = rows;
    deepEqual(bad!.item.command?.arguments, [bad!.node]);

    release();
    await whenRead(client, id);
    const after = await rowsBelow((await rowsBelow())[0]!.node);
    deepEqual(shown(after[2]!.item), ['late.md', '4 B', 'file', 'storeFile']);
  });

  it('shows files in no store separately', async () => {
    const { client } = openSearch();
    const { id } = await upload(client, 'alone.txt', 'Alone');
    treeOf(client);
    const [others] = await rowsBelow();
    deepEqual(shown(others!.item), ['Other Files', undefined, 'files', 'others']);
    const [file] = await rowsBelow(others!.node);
    deepEqual(shown(file!.item), ['alone.txt', '5 B', 'file', 'file']);
    deepEqual(file!.node, new FileNode(id));
  });

  it('is read again when a message brings a file, in this window or another, and not when it brings none', async () => {
    const { engine } = openSearch();
    const changes = new ChangeFeed((input, init) => engine.fetch(input, init));
    const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: changes.fetch });
    const file = await upload(client, 'sea.txt', 'The tide turns.');
    const thread = await client.beta.threads.create();
    treeOf(client, changes);
    const requests: string[] = [];
    const asked = engine.fetch;
    engine.fetch = (input, init) => {
      requests.push(new URL(String(input instanceof Request ? input.url : input)).pathname);
      return asked(input, init);
    };
    await rowsBelow();
    let refreshes = 0;
    tree!.onDidChangeTreeData(() => refreshes++);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 600));

    requests.length = 0;
    for (let count = 0; count < 3; count++)
      await client.beta.threads.messages.create(thread.id, { role: 'user', content: 'How often?' });
    await pause();
    deepEqual([refreshes, requests.filter((path) => !path.endsWith('/messages'))], [0, []]);

    changes.report({ resource: 'messages', threadId: thread.id, elsewhere: true });
    await pause();
    deepEqual([refreshes, requests.filter((path) => path.includes('/files'))], [0, []]);

    const attachments = [{ file_id: file.id, tools: [{ type: 'file_search' as const }] }];
    await client.beta.threads.messages.create(thread.id, { role: 'user', content: 'And?', attachments });
    await until('the tree is refreshed', () => refreshes > 0);
    const { data } = await client.vectorStores.list();
    await whenRead(client, data[0]!.id);
    await pause();
    await rowsBelow();
    refreshes = 0;
    await clientOf(engine).beta.threads.messages.create(thread.id, {
      role: 'user',
      content: 'And?',
      attachments: [
        { ...attachments[0]!, file_id: (await upload(clientOf(engine), 'hill.txt', 'High.')).id },
      ],
    });
    changes.report({ resource: 'messages', threadId: thread.id, elsewhere: true });
    await until('the tree is refreshed again', () => refreshes > 0);
    changes.dispose();
  });

  it('offers the right commands for each row', async () => {
    const { client } = openSearch();
    const { id } = await client.vectorStores.create({ name: 'Papers' });
    const file = await upload(client, 'a.md', 'A');
    const paper = await upload(client, 'paper.pdf', 'P');
    for (const { id: file_id } of [file, paper]) await client.vectorStores.files.create(id, { file_id });
    await whenRead(client, id);
    treeOf(client);
    const menuOf = async (node: FilesTreeNode): Promise<string[]> => {
      await rowsBelow();
      await rowsBelow(new StoreNode(id));
      return menu(String(tree!.getTreeItem(node).contextValue));
    };
    const ofStores = [
      'copyId',
      'deleteStore',
      'rebuildIndex',
      'renameStore',
      'searchStore',
      'showJson',
      'useStore',
    ];
    deepEqual(await menuOf(new StoreNode(id)), ofStores);
    folders = [vscode.Uri.file('/docs')];
    deepEqual(await menuOf(new StoreNode(id)), [...ofStores, 'stopSyncing'].sort());
    match(tree!.getTreeItem(new StoreNode(id)).tooltip as string, /Synced with .docs/);
    deepEqual(await menuOf(new FileNode(file.id, id)), [
      'copyId',
      'deleteFile',
      'openCitation',
      'openFile',
      'removeFile',
      'saveFileAs',
      'setEncoding',
      'showJson',
    ]);
    deepEqual(await menuOf(new FileNode(file.id)), [
      'copyId',
      'deleteFile',
      'openFile',
      'saveFileAs',
      'showJson',
    ]);
    ok((await menuOf(new FileNode(paper.id, id))).includes('openInSystemViewer'));
  });
});

interface MenuItem {
  command: string;
  when: string;
}

/** The commands of the menus of a row, by the conditions of the manifest. */
function menu(contextValue: string): string[] {
  const manifest = JSON.parse(readFileSync(path.join(extensionFolder(), 'package.json'), 'utf8')) as {
    contributes: { menus: Record<string, MenuItem[]> };
  };
  const items = manifest.contributes.menus['view/item/context']!.filter(({ when }) =>
    when.startsWith('view == assistantsStudio.files && viewItem '),
  );
  const fits = ({ when }: MenuItem): boolean => {
    const [, pattern, value] = /viewItem (?:=~ \/(.+)\/|== (\w+))$/.exec(when) ?? [];
    return pattern === undefined ? value === contextValue : new RegExp(pattern).test(contextValue);
  };
  const commands = items
    .filter(fits)
    .map(({ command }) => command.replace(/^assistantsStudio\.(menu\.)?/, ''));
  return [...new Set(commands)].sort();
}
