import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import path from 'node:path';
import type { Message } from 'openai/resources/beta/threads/messages';
import * as vscode from 'vscode';
import { listThreads } from '../../src/client/client';
import { sourceOf } from '../../src/client/runs/forks';
import { ModelError } from '../../src/engine/models/modelProvider';
import { linesSource } from '../../src/views/chat/context/contextSources';
import { until } from './support';
import { TestWindow, type Panel, type WindowOptions } from './window';

describe('the actions of a chat', () => {
  let window: TestWindow;

  const open = (options?: WindowOptions): void => void (window = TestWindow.open(options));

  beforeEach(() => open());

  afterEach(async () => {
    await window.close();
    deepEqual(window.reported, []);
  });

  async function readyPanel(): Promise<Panel> {
    await window.createAssistant();
    const panel = window.openChat();
    panel.post({ type: 'ready' });
    await until('the assistant is chosen', () => panel.state?.assistantId);
    return panel;
  }

  /** Waits for the model to be asked, and answers. */
  async function answer(panel: Panel, ...words: string[]): Promise<void> {
    await panel.hasRun('in_progress');
    window.model.say(...words);
    window.model.finish();
    await panel.hasRun('completed');
  }

  async function say(panel: Panel, text: string, reply: string): Promise<void> {
    await panel.ask('send', { text });
    await answer(panel, reply);
  }

  async function messagesOf(panel: Panel) {
    const { threadId = '' } = panel.session.selection;
    return (await window.services.client.beta.threads.messages.list(threadId, { order: 'asc' })).data;
  }

  function textOf(message: Message | undefined): string {
    const part = message?.content.find(({ type }) => type === 'text');
    return part?.type === 'text' ? part.text.value : '';
  }

  /** The branches that the panel shows at the places of its messages. */
  const branchesIn = (panel: Panel) => panel.of('branches').at(-1)?.points ?? [];

  it('send an edited message in a branch, with what is written in the composer', async () => {
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    const [first] = await messagesOf(panel);
    const { threadId: source } = panel.session.selection;
    panel.post({ type: 'draft', text: 'unsent' });
    await panel.ask('resend', { messageId: first!.id, text: 'Premier' });
    await answer(panel, 'Un.');
    await panel.shows('Premier', 'Un.');
    const { threadId } = panel.session.selection;
    ok(threadId !== undefined && threadId !== source);
    equal(panel.of('draft').at(-1)?.text, 'unsent');

    // The old branch is a click away, also after a reload.
    const [edited] = await messagesOf(panel);
    const branches = [
      { thread_id: source!, message_id: first!.id },
      { thread_id: threadId, message_id: edited!.id },
    ];
    await until('the branches are shown', () => branchesIn(panel).length === 1);
    window = await window.reload();
    const after = window.openChat({ threadId, assistantId: panel.session.selection.assistantId });
    after.post({ type: 'ready' });
    await after.shows('Premier', 'Un.');
    await until('the branches are shown', () => branchesIn(after).length === 1);
    deepEqual(branchesIn(after)[0]?.branches, branches);
    after.post({ type: 'showBranch', threadId: source!, messageId: first!.id });
    await after.shows('First', 'One.');
    equal(after.of('draft').at(-1)?.text, 'unsent');
    await until('its switch gets the focus', () => after.of('focusBranch').at(-1)?.messageId === first!.id);
  });

  it('keep the pictures and files of an edited message', async () => {
    const panel = await readyPanel();
    const { client, conversations } = window.services;
    const file = await client.files.create({
      file: new File([Buffer.from('notes')], 'notes.txt'),
      purpose: 'assistants',
    });
    await client.beta.assistants.update(panel.state!.assistantId!, { tools: [] });
    await conversations.send(
      {
        text: 'Look',
        assistantId: panel.state!.assistantId!,
        attachments: [{ file_id: file.id, tools: [] }],
      },
      (message) => void panel.session.show(message.thread_id),
    );
    await answer(panel, 'Fine.');
    const [first] = await messagesOf(panel);
    await panel.ask('resend', { messageId: first!.id, text: 'Look again' });
    await answer(panel, 'Fine again.');
    const [edited] = await messagesOf(panel);
    deepEqual(edited?.attachments, first?.attachments);
  });

  it('leave everything as it was if the edited message cannot be stored', async () => {
    let isRefusing = false;
    await window.close();
    open({
      refuse: (url) =>
        isRefusing && url.endsWith('/messages')
          ? Response.json({ error: { message: 'The disk is full.', type: 'server_error' } }, { status: 507 })
          : undefined,
    });
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    const { threadId } = panel.session.selection;
    const [first] = await messagesOf(panel);
    isRefusing = true;
    await rejects(panel.ask('resend', { messageId: first!.id, text: 'Premier' }), /The disk is full/);
    isRefusing = false;
    equal(panel.session.selection.threadId, threadId);
    deepEqual(
      (await listThreads(window.services.client)).data.map(({ id }) => id),
      [threadId],
    );
  });

  it('regenerate an answer with its assistant, or with another one', async () => {
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    const [, one] = await messagesOf(panel);
    panel.post({ type: 'regenerate', messageId: one!.id, choose: false });
    await until('the branch is shown', () => panel.texts.join() === 'First');
    await answer(panel, 'Two.');
    await panel.shows('First', 'Two.');
    const other = await window.createAssistant('Other');
    const [, two] = await messagesOf(panel);
    const regenerated = panel.session.actions.regenerate(two!.id, { assistantId: other.id });
    await until('the branch is shown', () => panel.texts.join() === 'First');
    await answer(panel, 'Three.');
    await regenerated;
    const [, three] = await messagesOf(panel);
    equal(three?.assistant_id, other.id);
    await until('three branches are shown', () => branchesIn(panel)[0]?.branches.length === 3);
    equal(branchesIn(panel)[0]?.message_id, three?.id);
  });

  it('stop the run that answers what is replaced', async () => {
    const panel = await readyPanel();
    await panel.ask('send', { text: 'First' });
    await panel.hasRun('in_progress');
    window.model.say('On');
    await panel.shows('First', 'On');
    const { threadId = '' } = panel.session.selection;
    const [first] = await messagesOf(panel);
    await panel.ask('resend', { messageId: first!.id, text: 'Premier' });
    const { client } = window.services;
    await until('the old run ends', async () => {
      const [run] = (await client.beta.threads.runs.list(threadId)).data;
      return run?.status === 'cancelled';
    });
    await until('the new run is shown', () => panel.texts.join() === 'Premier');
    await answer(panel, 'Un.');
    await panel.shows('Premier', 'Un.');
  });

  it('say in the chat why the run of a branch could not be started', async () => {
    let isRefusing = false;
    await window.close();
    open({
      refuse: (url) =>
        isRefusing && /\/runs(?:\?include|$)/.test(url)
          ? Response.json(
              { error: { message: 'No more runs today.', type: 'invalid_request_error' } },
              { status: 400 },
            )
          : undefined,
    });
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    const [first, one] = await messagesOf(panel);
    isRefusing = true;
    for (const act of [
      () => panel.session.actions.regenerate(one!.id),
      () => panel.ask('resend', { messageId: first!.id, text: 'Premier' }),
    ]) {
      await panel.session.show(first!.thread_id);
      await act();
      const { error } = await panel.hasRun('failed');
      ok(error?.message.includes('No more runs today.'));
      ok(panel.session.selection.threadId !== first!.thread_id);
      equal(window.reported.length, 1);
      window.reported.length = 0;
    }
    isRefusing = false;
    panel.post({ type: 'retry' });
    await answer(panel, 'Un.');
    await panel.shows('Premier', 'Un.');
  });

  it('leave everything as it is if the branch to show was deleted elsewhere', async () => {
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    const [first] = await messagesOf(panel);
    await panel.ask('resend', { messageId: first!.id, text: 'Premier' });
    await answer(panel, 'Un.');
    panel.post({ type: 'draft', text: 'unsent' });
    const { threadId } = panel.session.selection;
    await window.services.client.beta.threads.delete(first!.thread_id);
    panel.post({ type: 'showBranch', threadId: first!.thread_id, messageId: first!.id });
    await until('that is said', () => window.reported.length > 0);
    ok(String(window.reported.pop()).includes('This branch of the conversation was deleted.'));
    equal(panel.session.selection.threadId, threadId);
    await panel.shows('Premier', 'Un.');
    await panel.session.show(threadId);
    equal(panel.of('draft').at(-1)?.text, 'unsent');
  });

  it('cut a conversation off, and bring it back', async () => {
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    await say(panel, 'Second', 'Two.');
    const source = panel.session.selection.threadId!;
    const [, , second] = await messagesOf(panel);
    panel.post({ type: 'deleteFrom', messageId: second!.id });
    await panel.shows('First', 'One.');
    await until('the rest is offered', () => branchesIn(panel)[0]?.message_id === null);
    deepEqual(branchesIn(panel)[0]?.branches, [{ thread_id: source, message_id: second!.id }]);
    panel.post({ type: 'showBranch', threadId: source, messageId: second!.id });
    await panel.shows('First', 'One.', 'Second', 'Two.');
  });

  it('branch into a thread of its own, which knows where it comes from', async () => {
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    await say(panel, 'Second', 'Two.');
    const source = panel.session.selection.threadId!;
    const [, one] = await messagesOf(panel);
    panel.post({ type: 'branchThread', messageId: one!.id });
    await panel.shows('First', 'One.');
    const { client } = window.services;
    const made = await client.beta.threads.retrieve(panel.session.selection.threadId!);
    equal(sourceOf(made), source);
    // Both are in the list, but only one of the branches of a conversation.
    const [, , second] = await messagesOf(await shown(source));
    const { data } = await listThreads(client);
    deepEqual(
      window.branches.collapse(data).map(({ id }) => id),
      [made.id, source],
    );
    const edited = window.openChat({ ...panel.session.selection, threadId: source });
    edited.post({ type: 'deleteFrom', messageId: second!.id });
    await edited.shows('First', 'One.');
    const list = async () => window.branches.collapse((await listThreads(client)).data).map(({ id }) => id);
    const { threadId: cut } = edited.session.selection;
    await until('the branch is listed', async () => (await list()).join() === [cut, made.id].join());
    await edited.session.show(source);
    await until('the branch shown last is listed', async () => (await list())[0] === source);

    async function shown(threadId: string): Promise<Panel> {
      const chat = window.openChat({ ...panel.session.selection, threadId });
      chat.post({ type: 'ready' });
      await chat.shows('First', 'One.', 'Second', 'Two.');
      return chat;
    }
  });

  it('copy the messages where the server cannot fork threads', async () => {
    await window.close();
    let isFull = false;
    open({
      refuse: (url) =>
        url.endsWith('/fork') || (isFull && url.endsWith('/messages'))
          ? Response.json({ error: { message: 'Not found', type: 'invalid_request_error' } }, { status: 404 })
          : undefined,
    });
    const panel = await readyPanel();
    for (let at = 0; at < 20; at++) await say(panel, `Question ${at}`, `Answer ${at}.`);
    const source = panel.session.selection.threadId!;
    const messages = (
      await window.services.client.beta.threads.messages.list(source, { order: 'asc', limit: 100 })
    ).data;
    panel.post({ type: 'branchThread', messageId: messages[35]!.id });
    await until('the copy is shown', () => panel.texts.length === 36);
    deepEqual(panel.texts.slice(-2), ['Question 17', 'Answer 17.']);
    const made = await window.services.client.beta.threads.retrieve(panel.session.selection.threadId!);
    equal(sourceOf(made), source);

    // Nothing is left of a copy that fails half way.
    isFull = true;
    const { client } = window.services;
    const before = (await listThreads(client)).data.length;
    const [newest] = (await client.beta.threads.messages.list(made.id, { limit: 1 })).data;
    panel.post({ type: 'branchThread', messageId: newest!.id });
    await until('that is said', () => window.reported.length > 0);
    window.reported.length = 0;
    equal((await listThreads(client)).data.length, before);
  });

  describe('with messages that are written while a run is under way', () => {
    it('queue them, and send them one after the other', async () => {
      const panel = await readyPanel();
      await panel.ask('send', { text: 'First' });
      await panel.hasRun('in_progress');
      for (const text of ['Second', 'Third', 'Fourth']) await panel.ask('send', { text });
      deepEqual(
        panel.state?.queue?.messages.map(({ text }) => text),
        ['Second', 'Third', 'Fourth'],
      );
      equal(panel.state?.queue?.waits, undefined);
      const [second, third] = panel.state?.queue?.messages ?? [];
      panel.post({ type: 'editQueued', id: second!.id, text: 'Zweitens', removed: [] });
      panel.post({ type: 'removeQueued', id: third!.id });
      await until(
        'they are changed',
        () => panel.state?.queue?.messages.map(({ text }) => text).join() === 'Zweitens,Fourth',
      );
      window.model.say('One.');
      window.model.finish();
      await until('the next is sent', () => panel.texts.join() === 'First,One.,Zweitens');
      window.model.say('Two.');
      window.model.finish();
      await until('the last is sent', () => panel.texts.join() === 'First,One.,Zweitens,Two.,Fourth');
      window.model.say('Four.');
      window.model.finish();
      await panel.shows('First', 'One.', 'Zweitens', 'Two.', 'Fourth', 'Four.');
      await panel.hasRun('completed');
      equal(panel.state?.queue, undefined);
    });

    it('keep what goes with them over a reload, and send it as it was', async () => {
      const panel = await readyPanel();
      await panel.ask('send', { text: 'First' });
      await panel.hasRun('in_progress');
      const document = await vscode.workspace.openTextDocument({ content: 'one\ntwo\nthree\n' });
      const other = await vscode.workspace.openTextDocument({ content: 'other\n' });
      const lines = linesSource(document, new vscode.Range(1, 0, 2, 0), { uri: document.uri.toString() });
      await panel.session.addContext([lines, { kind: 'file', uri: other.uri.toString() }]);
      for (const name of ['a.png', 'b.png']) {
        const uri = vscode.Uri.file(path.join(window.dataDir, 'attached', name));
        await vscode.workspace.fs.writeFile(uri, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
        await panel.session.attachFiles([uri]);
      }
      await panel.ask('send', { text: 'Second' });
      deepEqual([panel.of('context').at(-1)?.items, panel.of('attachments').at(-1)?.attachments], [[], []]);
      const change = new vscode.WorkspaceEdit();
      change.insert(document.uri, new vscode.Position(1, 0), 'more of ');
      ok(await vscode.workspace.applyEdit(change));
      panel.post({ type: 'stop' });
      await panel.hasRun('cancelled');
      const { selection } = panel.session;
      window = await window.reload();
      const after = window.openChat(selection);
      after.post({ type: 'ready' });
      await until('it is shown', () => after.state?.queue);
      const shown = after.state?.queue?.messages[0];
      deepEqual(
        [shown?.text, shown?.context.map(({ label }) => label.replace(/^.*:/, ':'))[0]],
        ['Second', ':2'],
      );
      ok(shown?.context.every(({ tokens = 0 }) => tokens > 0));
      deepEqual(
        shown?.attachments.map(({ name }) => name),
        ['a.png', 'b.png'],
      );
      const removed = [shown.context[1]!.id, shown.attachments[0]!.id];
      after.post({ type: 'editQueued', id: shown.id, text: 'Third', removed });
      await until('they are removed', () => after.state?.queue?.messages[0]?.attachments.length === 1);
      const files = await window.services.client.files.list();
      deepEqual(
        files.data.map(({ filename }) => filename),
        ['b.png'],
      );
      after.post({ type: 'sendQueued' });
      await after.hasRun('in_progress');
      const sent = (await messagesOf(after)).at(-1);
      match(textOf(sent), /^Third\n\n.* line 2:\n\n```\ntwo\n```$/);
      deepEqual(
        sent?.content.flatMap((part) => (part.type === 'image_file' ? [part.image_file.file_id] : [])),
        files.data.map(({ id }) => id),
      );
    });

    it('let them wait after a failure, over a reload, until they are sent', async () => {
      const panel = await readyPanel();
      await panel.ask('send', { text: 'First' });
      await panel.hasRun('in_progress');
      await panel.ask('send', { text: 'Second' });
      window.model.fail(new ModelError('Out of order.', 'server_error'));
      await panel.hasRun('failed');
      await until('it says why', () => panel.state?.queue?.waits?.includes('failed'));
      const { selection } = panel.session;
      window = await window.reload();
      const after = window.openChat(selection);
      after.post({ type: 'ready' });
      await after.hasRun('failed');
      deepEqual(
        after.state?.queue?.messages.map(({ text }) => text),
        ['Second'],
      );
      after.post({ type: 'sendQueued' });
      await answer(after, 'Two.');
      await after.shows('First', 'Second', 'Two.');
      equal(after.state?.queue, undefined);
    });

    it('send none while one is edited, though the run ends', async () => {
      const panel = await readyPanel();
      await panel.ask('send', { text: 'First' });
      await panel.hasRun('in_progress');
      await panel.ask('send', { text: 'Second' });
      const [second] = panel.state?.queue?.messages ?? [];
      panel.post({ type: 'holdQueue', isHeld: true });
      await answer(panel, 'One.');
      await until('it waits, and says why', () => panel.state?.queue?.waits?.includes('edited'));
      panel.post({ type: 'editQueued', id: second!.id, text: 'Zweitens', removed: [] });
      panel.post({ type: 'holdQueue', isHeld: false });
      await until('it is sent', () => panel.texts.join() === 'First,One.,Zweitens');
      // A reload in the middle of an edit ends it.
      await panel.hasRun('in_progress');
      await panel.ask('send', { text: 'Third' });
      panel.post({ type: 'holdQueue', isHeld: true });
      await answer(panel, 'Two.');
      await until('it waits, and says why', () => panel.state?.queue?.waits?.includes('edited'));
      panel.post({ type: 'ready' });
      await until('it is sent', () => panel.texts.at(-1) === 'Third');
      await answer(panel, 'Three.');
    });

    it('take them along when what is answered is replaced', async () => {
      const panel = await readyPanel();
      await panel.ask('send', { text: 'First' });
      await panel.hasRun('in_progress');
      const [first] = await messagesOf(panel);
      for (const text of ['Second', 'Third']) await panel.ask('send', { text });
      await panel.ask('resend', { messageId: first!.id, text: 'Premier' });
      await until('the branch is shown', () => panel.texts.join() === 'Premier');
      await until('they are there', () => panel.state?.queue?.messages.length === 2);
      await panel.hasRun('in_progress');
      window.model.say('Un.');
      window.model.finish();
      await until('the next is sent', () => panel.texts.join() === 'Premier,Un.,Second');
      window.model.say('Two.');
      window.model.finish();
      await until('the last is sent', () => panel.texts.join() === 'Premier,Un.,Second,Two.,Third');
      await answer(panel, 'Three.');
      equal(window.queues.view(first!.thread_id), undefined);
    });

    it('let them wait after the run was stopped', async () => {
      const panel = await readyPanel();
      await panel.ask('send', { text: 'First' });
      await panel.hasRun('in_progress');
      await panel.ask('send', { text: 'Second' });
      panel.post({ type: 'stop' });
      await panel.hasRun('cancelled');
      await until('it says why', () => panel.state?.queue?.waits?.includes('stopped'));
      deepEqual(
        panel.state?.queue?.messages.map(({ text }) => text),
        ['Second'],
      );
    });
  });

  it('know of a run no more whose thread was deleted elsewhere', async () => {
    const panel = await readyPanel();
    const { client, monitor } = window.services;
    await panel.ask('send', { text: 'First' });
    await panel.hasRun('in_progress');
    window.model.call('ask', '{}');
    window.model.finish('tool_calls');
    await panel.hasRun('requires_action');
    const { threadId = '' } = panel.session.selection;
    await monitor.recheck([]);
    equal(monitor.activeRuns().length, 1);
    await client.beta.threads.delete(threadId);
    await monitor.recheck([threadId]);
    equal(monitor.activeRuns().length, 1);
    await monitor.recheck([]);
    deepEqual(monitor.activeRuns(), []);
  });

  it('keep what is being written in a thread that is deleted elsewhere', async () => {
    const panel = await readyPanel();
    await say(panel, 'First', 'One.');
    panel.post({ type: 'draft', text: 'unsent' });
    const { threadId = '' } = panel.session.selection;
    const other = new TestWindow(window.dataDir, window.model);
    await other.services.client.beta.threads.delete(threadId);
    window.services.changes.report({ resource: 'threads', id: threadId, threadId, elsewhere: true });
    await until('no thread is shown', () => panel.state?.thread === undefined);
    await until('the draft stays', () => panel.of('draft').at(-1)?.text === 'unsent');
    await other.end();
  });

  it('keep a draft for each chat without a thread', async () => {
    const panel = await readyPanel();
    const tab = window.openChat({ assistantId: panel.state?.assistantId }, 'tab');
    tab.post({ type: 'ready' });
    await until('the tab is ready', () => tab.state?.loaded);
    panel.post({ type: 'draft', text: 'of the side bar' });
    tab.post({ type: 'draft', text: 'of the tab' });
    equal(tab.state?.draftId, 'tab');
    await say(panel, 'of the side bar', 'One.');
    const again = window.openChat({ assistantId: panel.state?.assistantId }, 'tab');
    again.post({ type: 'ready' });
    await until('the tab is ready', () => again.of('draft').length > 0);
    equal(again.of('draft').at(-1)?.text, 'of the tab');
    const side = window.openChat({});
    side.post({ type: 'ready' });
    await until('the side bar is ready', () => side.of('draft').length > 0);
    equal(side.of('draft').at(-1)?.text, '');
  });

  it('add to a draft what a command could not send', async () => {
    const panel = await readyPanel();
    panel.post({ type: 'draft', text: 'half a thought' });
    await panel.session.addToDraft('a selection');
    equal(panel.of('addDraft').at(-1)?.text, 'a selection');
    const again = window.openChat({});
    again.post({ type: 'ready' });
    await until('the draft is there', () => again.of('draft').length > 0);
    equal(again.of('draft').at(-1)?.text, 'half a thought\n\na selection');
  });
});
