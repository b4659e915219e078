import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { ModelError } from '../../src/engine/models/modelProvider';
import { until } from './support';
import { TestWindow, type Panel } from './window';

describe('a chat', () => {
  let window: TestWindow;

  beforeEach(() => {
    window = TestWindow.open();
  });

  afterEach(async () => {
    await window.close();
    deepEqual(window.reported, []);
  });

  it('says that there are no assistants, once it knows that', async () => {
    const panel = window.openChat();
    panel.post({ type: 'ready' });
    equal(panel.state?.loaded, false);
    await until('the assistants were listed', () => panel.state?.loaded);
    deepEqual(panel.state?.assistants, []);
    deepEqual(panel.of('messages').at(-1), {
      type: 'messages',
      threadId: null,
      messages: [],
      hasMore: false,
    });
  });

  it('asks the newest assistant when none was chosen', async () => {
    await window.createAssistant('Older');
    const { id } = await window.createAssistant('Newer');
    const panel = window.openChat();
    panel.post({ type: 'ready' });
    await until('the newest is chosen', () => panel.state?.assistantId === id);
  });

  it('sends a message in a new thread, and shows the answer as it comes', async () => {
    const panel = await readyPanel();
    const stored = panel.ask('send', { text: 'Hello?' });
    await panel.hasRun('in_progress');
    equal(panel.of('answer').length, 1);
    await stored;
    window.model.say('Hel', 'lo!');
    await panel.shows('Hello?', 'Hello!');
    equal(panel.state?.run?.status, 'in_progress');
    window.model.finish();
    await panel.hasRun('completed');
    await until('the thread is named after the message', () => panel.state?.thread?.title === 'Hello?');
  });

  it('focuses its composer once the panel is there, and not after a reload', async () => {
    await window.createAssistant();
    const panel = window.openChat();
    panel.session.focus();
    deepEqual(panel.of('focus'), []);
    panel.post({ type: 'ready' });
    await until('it is focused', () => panel.of('focus').length === 1);
    panel.post({ type: 'ready' });
    await until('it is shown again', () => panel.of('draft').length === 2);
    equal(panel.of('focus').length, 1);
    panel.session.focus();
    equal(panel.of('focus').length, 2);
  });

  it('receives a stream in few pieces', async () => {
    const panel = await readyPanel();
    await panel.ask('send', { text: 'Count.' });
    await panel.hasRun('in_progress');
    window.model.say(...Array.from({ length: 1000 }, (_, index) => `${index} `));
    window.model.finish();
    await panel.hasRun('completed');
    match(panel.texts[1] ?? '', /^0 1 2 .* 998 999 $/);
    ok(panel.of('delta').length < 300, `${panel.of('delta').length} pieces`);
  });

  it('that opens in the middle of an answer shows all of it', async () => {
    const panel = await readyPanel();
    await panel.ask('send', { text: 'Hello?' });
    await panel.hasRun('in_progress');
    window.model.say('One, ');
    await panel.shows('Hello?', 'One, ');
    const second = window.openChat(panel.session.selection);
    second.post({ type: 'ready' });
    window.model.say('two, ');
    await second.shows('Hello?', 'One, two, ');
    window.model.say('three.');
    window.model.finish();
    await second.shows('Hello?', 'One, two, three.');
    await second.hasRun('completed');
  });

  it('brings its thread and a running answer back after a reload', async () => {
    const panel = await readyPanel();
    await panel.ask('send', { text: 'Hello?' });
    await panel.hasRun('in_progress');
    window.model.say('One, ');
    await panel.shows('Hello?', 'One, ');
    const { selection } = panel.session;
    window = await window.reload();
    const after = window.openChat(selection);
    after.post({ type: 'ready' });
    await after.hasRun('in_progress');
    window.model.say('anew.');
    window.model.finish();
    await after.hasRun('completed');
    equal(after.texts[0], 'Hello?');
    match(after.texts.at(-1) ?? '', /anew\.$/);
  });

  it('keeps the message when it cannot be sent, and says why', async () => {
    const panel = await readyPanel();
    await rejects(panel.ask('send', { text: 'x'.repeat(256_001) }), /256000/);
    equal(panel.state?.thread, undefined);
    equal((await window.services.client.get<{ data: unknown[] }>('/threads')).data.length, 0);
  });

  it('keeps the message if there is no assistant to answer it', async () => {
    const panel = window.openChat();
    await rejects(panel.ask('send', { text: 'Anybody?' }), { message: 'Choose an assistant first.' });
  });

  it('answers one run with the model that was chosen for it, and shows it until then', async () => {
    const panel = await readyPanel();
    panel.session.setNextModel('puppet/other');
    await until('the model is shown', () => panel.state?.nextModel?.id === 'puppet/other');
    const models: (string | undefined)[] = [];
    for (const words of ['one', 'two']) {
      window.model.say(words);
      window.model.finish();
      await panel.ask('send', { text: `${words}?` });
      await until(`“${words}” is answered`, () => panel.texts.at(-1) === words && !panel.state?.nextModel);
      models.push((await panel.hasRun('completed')).model);
    }
    deepEqual(models, ['puppet/other', 'puppet/puppet']);
  });

  it('drops the model of the next run with its assistant, and when it is taken back', async () => {
    const panel = await readyPanel();
    const other = await window.createAssistant('Other');
    await until('the other is listed', () => panel.state?.assistants.some(({ id }) => id === other.id));
    for (const act of [
      () => panel.post({ type: 'resetNextModel' }),
      () => panel.post({ type: 'selectAssistant', assistantId: other.id }),
    ]) {
      panel.session.setNextModel('puppet/other');
      await until('the model is shown', () => panel.state?.nextModel !== undefined);
      act();
      await until('it is dropped', () => panel.state?.nextModel === undefined);
    }
  });

  it('shows why a run failed, what helps, and the answer to a retry', async () => {
    const panel = await readyPanel();
    window.model.fail(
      new ModelError("Puppet answered 401: No. Set the connection's API key.", 'server_error', 401),
    );
    await panel.ask('send', { text: 'Hello?' });
    const run = await panel.hasRun('failed');
    match(run.error?.message ?? '', /^Puppet answered 401/);
    deepEqual(run.error?.actions, ['setApiKey', 'retry', 'retryWithModel', 'showModelRequest']);
    window.model.say('Hello!');
    window.model.finish();
    panel.post({ type: 'retry' });
    await panel.hasRun('completed');
    await panel.shows('Hello?', 'Hello!');
  });

  it('stops a run', async () => {
    const panel = await readyPanel();
    await panel.ask('send', { text: 'Hello?' });
    await panel.hasRun('in_progress');
    panel.post({ type: 'stop' });
    await panel.hasRun('cancelled');
  });

  it('keeps a draft for each thread', async () => {
    const panel = await readyPanel();
    const { threads } = window.services.client.beta;
    const [first, second] = [await threads.create(), await threads.create()];
    await panel.session.show(first.id);
    panel.post({ type: 'draft', text: 'of the first' });
    await panel.session.show(second.id);
    equal(panel.of('draft').at(-1)?.text, '');
    await panel.session.show(first.id);
    equal(panel.of('draft').at(-1)?.text, 'of the first');
  });

  it('counts the runs of the threads that it does not show', async () => {
    const panel = await readyPanel();
    await panel.ask('send', { text: 'Hello?' });
    await panel.hasRun('in_progress');
    equal(panel.state?.otherRuns, 0);
    await panel.session.show(undefined);
    equal(panel.state?.otherRuns, 1);
    window.model.finish();
    await until('no other run is under way', () => panel.state?.otherRuns === 0);
  });

  it('reads older messages a page at a time', async () => {
    const panel = await readyPanel();
    const { threads } = window.services.client.beta;
    const { id } = await threads.create({
      messages: Array.from({ length: 60 }, (_, index) => ({ role: 'user' as const, content: `${index}` })),
    });
    await panel.session.show(id);
    const newest = panel.of('messages').at(-1);
    equal(newest?.messages.length, 50);
    equal(newest.hasMore, true);
    const older = await panel.ask('olderMessages', { threadId: id, before: newest.messages[0]!.id });
    equal(older.messages.length, 10);
    equal(older.hasMore, false);
    equal((older.messages[0]?.content[0] as { text: { value: string } }).text.value, '0');
  });

  it('shows nothing when its thread was deleted', async () => {
    const panel = await readyPanel();
    const { threads } = window.services.client.beta;
    const { id } = await threads.create();
    await panel.session.show(id);
    equal(panel.state?.thread?.id, id);
    await threads.delete(id);
    await until('no thread is shown', () => panel.state?.thread === undefined);
  });

  it('ignores messages that it does not know', async () => {
    const panel = await readyPanel();
    const before = panel.received.length;
    for (const message of [
      null,
      'ready',
      { type: 'eval' },
      { type: 'send', text: 7 },
      { type: 'draft', text: 7 },
      { type: 'command', command: 'toString' },
      { type: 'ask', id: 7, name: 'send', params: { text: 'Hello?' } },
      { type: 'answer', id: 'none', result: 7 },
      { type: 'toString' },
    ]) {
      panel.postAnything(message);
    }
    equal(panel.received.length, before);
  });

  it('says so about questions that it does not know, and does nothing', async () => {
    const panel = await readyPanel();
    const before = panel.received.length;
    panel.post({ type: 'ask', id: 'a', name: 'toString', params: {} });
    panel.post({ type: 'ask', id: 'b', name: 'send', params: { text: 7 } });
    await until('both are answered', () => panel.of('answer').length === 2);
    deepEqual(panel.received.slice(before), [
      { type: 'answer', id: 'a', error: 'Unknown question: toString' },
      { type: 'answer', id: 'b', error: 'Malformed question: send' },
    ]);
    equal((await window.services.client.get<{ data: unknown[] }>('/threads')).data.length, 0);
  });

  it('notifies of older messages that cannot be read', async () => {
    const panel = await readyPanel();
    await rejects(panel.ask('olderMessages', { threadId: 'thread_none', before: 'msg_none' }), /thread_none/);
    equal(window.reported.splice(0).length, 1);
  });

  it('opens only web and mail addresses', async () => {
    const panel = await readyPanel();
    panel.post({ type: 'openLink', url: 'command:workbench.action.quit' });
    const error = await until('it is refused', () => window.reported.pop());
    match((error as Error).message, /Only web and email links/);
  });

  async function readyPanel(): Promise<Panel> {
    const { id } = await window.createAssistant();
    const panel = window.openChat();
    panel.post({ type: 'ready' });
    await until('the chat is ready', () => panel.state?.assistantId === id);
    return panel;
  }
});
