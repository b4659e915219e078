import { deepEqual, equal, ok } from 'node:assert/strict';
import type { Thread } from 'openai/resources/beta/threads/threads';
import * as vscode from 'vscode';
import { ageGroup, shortAge } from '../../src/client/objects/relativeTime';
import { MoreNode, ThreadGroupNode, ThreadNode } from '../../src/views/trees/nodes';
import { ThreadsTree } from '../../src/views/trees/threadsTree';
import { UnreadThreads } from '../../src/views/trees/unreadThreads';
import { executeSql } from '../engine/support';
import { standIn } from './knowledgeSupport';
import { client, command, newThread, until } from './support';
import { memento, TestWindow } from './window';

type Row = [label: string, ...children: string[]];

describe('the tree of the threads', () => {
  let window: TestWindow;
  let tree: ThreadsTree;
  let unread: UnreadThreads;
  let open: string | undefined;
  let requests: string[];
  let revealed: string[];
  const view = {
    visible: true,
    selection: [],
    onDidChangeVisibility: new vscode.EventEmitter<never>().event,
    reveal: (node: ThreadNode) => Promise.resolve(void revealed.push(node.threadId)),
    dispose: () => undefined,
  };

  beforeEach(() => {
    [open, requests, revealed] = [undefined, [], []];
    window = TestWindow.open({ refuse: (url) => void requests.push(url) });
    const { monitor } = window.services;
    unread = new UnreadThreads(monitor, memento(), (id) => id === open, console.error);
    const release = standIn('createTreeView', () => view as never);
    tree = new ThreadsTree(window.services, { unread, openThread: () => open });
    release();
  });

  afterEach(async () => {
    tree.dispose();
    unread.dispose();
    await window.close();
    deepEqual(window.reported, []);
  });

  const create = (title: string, metadata: Record<string, string> = {}): Promise<Thread> =>
    window.services.client.beta.threads.create({ metadata: { title, ...metadata } });

  const labelOf = (node: Parameters<ThreadsTree['getTreeItem']>[0]): string =>
    tree.getTreeItem(node).label as string;

  async function rows(): Promise<Row[]> {
    const groups = await tree.getChildren();
    return Promise.all(
      groups.map(async (group): Promise<Row> => {
        const children = await tree.getChildren(group);
        for (const child of children) if (child instanceof ThreadNode) equal(tree.getParent(child), group);
        return [labelOf(group), ...children.map(labelOf)];
      }),
    );
  }

  it('has them by their last activity, in groups; archived ones are collapsed at the end', async () => {
    const [old, week, pinned] = [
      await create('Old'),
      await create('Recent'),
      await create('P', { pinned: 'true' }),
    ];
    await create('Put away', { archived: 'true' });
    await create('New');
    const day = 24 * 60 * 60 * 1000;
    const ageBy = (id: string, days: number): void =>
      executeSql(window.dataDir, `UPDATE threads SET activity = activity - ${days * day} WHERE id = '${id}'`);
    ageBy(old.id, 400);
    ageBy(week.id, 1);
    ageBy(pinned.id, 30);
    tree.refresh();
    deepEqual(await rows(), [
      ['Pinned', 'P'],
      ['Today', 'New'],
      ['Yesterday', 'Recent'],
      ['Earlier', 'Old'],
      ['Archived', 'Put away'],
    ] satisfies Row[]);
    const groups = await tree.getChildren();
    deepEqual(
      groups.map((group) => tree.getTreeItem(group).collapsibleState),
      [2, 2, 2, 2, 1],
    );
    const [node] = await tree.getChildren(groups[0]);
    equal(tree.getTreeItem(node!).contextValue, 'thread.pinned');
  });

  it('moves a thread up that is written to, and reads nothing again for it', async () => {
    const first = await create('First');
    await create('Second');
    tree.refresh();
    deepEqual(await rows(), [['Today', 'Second', 'First']]);
    requests.length = 0;
    await window.services.client.beta.threads.messages.create(first.id, { role: 'user', content: 'Hi' });
    deepEqual(await rows(), [['Today', 'First', 'Second']]);
    deepEqual(
      requests.filter((url) => url.includes('/threads?')),
      [],
    );
    // What was noted is what the service says.
    tree.refresh();
    deepEqual(await rows(), [['Today', 'First', 'Second']]);
  });

  it('says when a thread was written to, and who answered', async () => {
    const assistant = await window.createAssistant('Ada');
    await window.services.assistants.all();
    const thread = await create('Asked');
    window.model.say('Yes.');
    window.model.finish();
    await window.services.conversations.send({
      threadId: thread.id,
      assistantId: assistant.id,
      text: 'Well?',
    });
    await until('it is answered', () => window.services.monitor.newestRun(thread.id)?.status === 'completed');
    const [group] = await tree.getChildren();
    const [node] = await tree.getChildren(group);
    equal(tree.getTreeItem(node!).description, 'now · Ada');
  });

  it('marks an answer that nobody has seen, until its thread is shown', async () => {
    const assistant = await window.createAssistant();
    const [hidden, shown] = [await create('Hidden'), await create('Shown')];
    open = shown.id;
    const ask = async ({ id }: Thread): Promise<void> => {
      window.model.say('Yes.');
      window.model.finish();
      const { run } = await window.services.conversations.send({
        threadId: id,
        assistantId: assistant.id,
        text: 'Well?',
      });
      await window.services.monitor.waitFor(run);
    };
    await ask(hidden);
    await ask(shown);
    await until('it is marked', () => unread.has(hidden.id));
    ok(!unread.has(shown.id));
    equal(unread.provideFileDecoration(unread.uriOf(hidden.id))?.badge, '●');
    equal(unread.provideFileDecoration(unread.uriOf(shown.id)), undefined);
    equal(unread.provideFileDecoration(vscode.Uri.file(`/${hidden.id}`)), undefined);
    unread.clear([hidden.id]);
    equal(unread.provideFileDecoration(unread.uriOf(hidden.id)), undefined);
  });

  it('does not mark what a program has asked', async () => {
    const assistant = await window.createAssistant();
    const thread = await create('Of a program');
    window.model.say('Yes.');
    window.model.finish();
    const { client: api, monitor } = window.services;
    await api.beta.threads.messages.create(thread.id, { role: 'user', content: 'Well?' });
    const run = await api.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    equal(run.status, 'completed');
    await monitor.refresh(thread.id);
    ok(!unread.has(thread.id));
  });

  it('loads more on demand, and has the open thread wherever it is', async () => {
    const first = await create('The first');
    for (let count = 0; count < 45; count++) await create(`Thread ${count}`);
    tree.refresh();
    const [today] = await rows();
    equal(today?.length, 1 + 40 + 1);
    equal(today.at(-1), 'Load More…');
    open = first.id;
    tree.showOpen();
    const [withOpen] = await rows();
    deepEqual(withOpen?.slice(-2), ['The first', 'Load More…']);
    await until('it is revealed', () => revealed.includes(first.id));
    const [group] = await tree.getChildren();
    const more = (await tree.getChildren(group)).at(-1);
    ok(more instanceof MoreNode);
    tree.showMore();
    equal((await rows())[0]?.length, 1 + 46);
    // Only once: the user may have scrolled away.
    deepEqual(revealed, [first.id]);
  });

  it('groups by the days of the calendar', () => {
    const at = (text: string): number => new Date(text).getTime() / 1000;
    // A Thursday.
    const now = new Date('2026-11-26T10:00:00');
    equal(ageGroup(at('2026-11-26T00:00:00'), now), 'today');
    equal(ageGroup(at('2026-11-25T23:59:59'), now), 'yesterday');
    equal(ageGroup(at('2026-11-24T23:59:59'), now), 'week');
    equal(ageGroup(at('2026-11-23T00:00:00'), now), 'week');
    equal(ageGroup(at('2026-11-22T23:59:59'), now), 'earlier');
    const seconds = now.getTime() / 1000;
    deepEqual(
      [5, 90, 3 * 3600, 2 * 86_400].map((age) => shortAge(seconds - age, seconds)),
      ['now', '1m', '3h', '2d'],
    );
    equal(shortAge(at('2026-10-01T12:00:00'), seconds), 'Oct 1');
    equal(shortAge(at('2025-10-01T12:00:00'), seconds), 'Oct 1, 2025');
  });

  it('has groups that no command takes for a thread', async () => {
    await create('One');
    tree.refresh();
    const [group] = await tree.getChildren();
    ok(group instanceof ThreadGroupNode);
    equal(tree.getTreeItem(group).contextValue, 'threadGroup');
  });
});

describe('several threads', () => {
  const titles = async (): Promise<string[]> => {
    const query = { sort: 'last_active_at', limit: 100 };
    const { data } = await (await client()).get<{ data: Thread[] }>('/threads', { query });
    return data
      .flatMap(({ metadata }) => metadata?.['title'] ?? [])
      .filter((title) => title.startsWith('Several'));
  };

  it('are pinned, archived and deleted together, and restored by Undo', async () => {
    const [one, two] = [await newThread('Several 1'), await newThread('Several 2')];
    const api = await client();
    const threadIds = [one.id, two.id];
    const metadataOf = async (): Promise<unknown[]> =>
      Promise.all(threadIds.map(async (id) => (await api.beta.threads.retrieve(id)).metadata));
    await command('pinThread', { threadIds });
    deepEqual(await metadataOf(), [
      { title: 'Several 1', pinned: 'true' },
      { title: 'Several 2', pinned: 'true' },
    ]);
    await command('archiveThread', { threadIds });
    deepEqual((await metadataOf())[0], { title: 'Several 1', archived: 'true' });
    await command('unarchiveThread', { threadIds });
    deepEqual((await metadataOf())[1], { title: 'Several 2' });

    const said: string[] = [];
    const release = standIn('showInformationMessage', ((message: string, ...actions: string[]) => {
      said.push(message);
      return Promise.resolve(actions[0]);
    }));
    try {
      await command('deleteThread', { threadIds });
      await until('they are back', async () => (await titles()).length === 2);
      deepEqual(said, ['2 threads were moved to the trash.']);
    } finally {
      release();
    }
    await command('deleteThread', { threadIds, confirm: false });
    deepEqual(await titles(), []);
    await command('restoreThread', { threadId: two.id });
    deepEqual(await titles(), ['Several 2']);
    ok((await command<number>('emptyTrash', { confirm: false })) >= 1);
    equal(await command('emptyTrash', { confirm: false }), 0);
    await command('deleteThread', { threadId: two.id, confirm: false });
  });
});
