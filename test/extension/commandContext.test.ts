import { deepEqual, equal } from 'node:assert/strict';
import * as vscode from 'vscode';
import { CommandContext, type CommandContextParts } from '../../src/views/status/commandContext';
import { until } from './support';
import { TestWindow } from './window';

/** A part of the window that a test changes by hand. */
function part<T extends object>(value: T) {
  const emitter = new vscode.EventEmitter<void>();
  return {
    ...value,
    onDidChange: emitter.event,
    onDidChangeShown: emitter.event,
    onDidChangeOpen: emitter.event,
    fire: (): void => emitter.fire(),
  };
}

describe('the context keys of commands', () => {
  let window: TestWindow;
  let context: CommandContext;
  let set: Map<string, boolean>;
  /** The list of vector stores that the service answers; undefined: it has none, as the test's own engine. */
  let stores: () => Response | undefined;
  const selection: { threadId?: string } = {};
  const synced: unknown[] = [];
  const allowed: Record<string, string[]> = {};
  const chats = part({ current: { selection } });
  const proposals = { ...part({}), newest: undefined as string | undefined };
  const sync = part({ all: () => synced });
  const allowedTools = part({ all: () => allowed });

  const is = (key: string): boolean => set.get(`assistantsStudio.${key}`) ?? false;
  const becomes = (key: string, value: boolean): Promise<unknown> =>
    until(`${key} is ${value}`, () => is(key) === value);

  beforeEach(() => {
    stores = () => undefined;
    window = TestWindow.open({ refuse: (url) => (url.includes('/vector_stores') ? stores() : undefined) });
    set = new Map();
    const parts: CommandContextParts = { chats, calls: window.calls, proposals, allowedTools, sync };
    context = new CommandContext(window.services, parts, (key, value) => {
      set.set(key, value);
      return Promise.resolve();
    });
  });

  afterEach(async () => {
    context.dispose();
    await window.close();
  });

  it('hide nothing before a list has been read', () => {
    for (const key of ['noThreads', 'noFiles', 'noStores', 'noAssistants']) equal(is(key), false, key);
  });

  it('say which lists are empty, as objects are created and deleted', async () => {
    const { client } = window.services;
    context.readLists();
    for (const key of ['noThreads', 'noFiles']) await becomes(key, true);
    const thread = await client.beta.threads.create();
    await becomes('noThreads', false);
    const file = await client.files.create({
      file: new File(['a'], 'a.txt'),
      purpose: 'assistants',
    });
    await becomes('noFiles', false);
    await client.beta.threads.delete(thread.id);
    await becomes('noThreads', true);
    await client.files.delete(file.id);
    await becomes('noFiles', true);
  });

  it('say that a service has no vector stores at all, and nothing of one that fails', async () => {
    context.readLists();
    await becomes('noStores', true);
    stores = () => Response.json({ object: 'list', data: [{ id: 'vs_1' }], has_more: false });
    context.readLists();
    await becomes('noStores', false);
    stores = () => undefined;
    context.readLists();
    await becomes('noStores', true);
    stores = () => Response.json({ error: { message: 'Not now.' } }, { status: 400 });
    context.readLists();
    await becomes('noStores', false);
  });

  it('say that there are no assistants once their list was read', async () => {
    await window.services.assistants.all();
    await becomes('noAssistants', true);
    await window.createAssistant();
    await becomes('noAssistants', false);
  });

  it('say that a run is active, and that it waits for an answer', async () => {
    const { client, monitor } = window.services;
    const assistant = await client.beta.assistants.create({
      model: 'puppet/puppet',
      tools: [{ type: 'function', function: { name: 'look' } }],
    });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Look!' }] });
    const run = await monitor.start(thread.id, { assistant_id: assistant.id });
    await becomes('runActive', true);
    equal(is('callWaiting'), false);
    window.model.call('look', '{}');
    window.model.finish('tool_calls');
    await becomes('callWaiting', true);
    await window.calls.answer(run.id, 'call_1', 'Nothing.');
    await becomes('callWaiting', false);
    window.model.finish();
    await becomes('runActive', false);
  });

  it('follow the thread shown, proposed changes, allowed tools and synced folders', () => {
    const keys = ['threadOpen', 'changesProposed', 'toolsAllowed', 'folderSynced'];
    deepEqual(keys.map(is), [false, false, false, false]);
    selection.threadId = 'thread_1';
    chats.fire();
    proposals.newest = '1';
    proposals.fire();
    allowed['asst_1'] = ['look'];
    allowedTools.fire();
    synced.push({});
    sync.fire();
    deepEqual(keys.map(is), [true, true, true, true]);
    delete selection.threadId;
    chats.fire();
    proposals.newest = undefined;
    proposals.fire();
    delete allowed['asst_1'];
    allowedTools.fire();
    synced.pop();
    sync.fire();
    deepEqual(keys.map(is), [false, false, false, false]);
  });
});
