import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { toFile } from 'openai';
import { measuredSeconds, turnOf } from '../../src/protocol/turns';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { until } from './support';
import { TestWindow, type Panel } from './window';

const picture = Buffer.from('\x89PNG\r\n\x1a\n and so on', 'latin1');

describe('the steps in a chat', () => {
  let window: TestWindow;

  beforeEach(() => {
    window = TestWindow.open();
  });

  afterEach(async () => {
    await window.close();
    deepEqual(window.reported, []);
  });

  it('show a call as the model writes it', async () => {
    const panel = await askFor('weather');
    window.model.call('weather', '{"city":');
    await until('the call has begun', () => argumentsIn(panel) === '{"city":');
    window.model.continueCall('"Rome"}');
    await until('the call is whole', () => argumentsIn(panel) === '{"city":"Rome"}');
    window.model.finish('tool_calls');
    await panel.hasRun('requires_action');
  });

  it('say how long they took in tenths of seconds, if the chat saw them begin and end', async () => {
    const panel = await askFor('weather');
    window.model.call('weather', '{"city":"Rome"}');
    window.model.finish('tool_calls');
    const waiting = await panel.hasRun('requires_action');
    const [call] = panel.state?.pending?.calls ?? [];
    window.model.say('Rain.');
    window.model.finish();
    panel.post({ type: 'answerCall', runId: waiting.id, callId: call?.callId ?? '', output: 'Rain' });
    await panel.hasRun('completed');
    const ended = (of: Panel) =>
      of
        .of('steps')
        .flatMap(({ steps }) => steps)
        .findLast(({ type, status }) => type === 'tool_calls' && status === 'completed');
    const step = await until('the step has ended', () => ended(panel));
    const seconds = measuredSeconds(step)!;
    ok(seconds > 0 && Number.isInteger(Math.round(seconds * 1e6) / 1e5), String(seconds));
    const later = window.openChat(panel.session.selection);
    later.post({ type: 'ready' });
    equal(measuredSeconds(await until('a later chat has the step', () => ended(later))), undefined);
  });

  it('come a few times a second, however fast they grow', async () => {
    const panel = await askFor('weather');
    window.model.call('weather', '');
    for (let index = 0; index < 500; index++) window.model.continueCall(`${index} `);
    await until('all of it is there', () => argumentsIn(panel)?.endsWith('499 '));
    ok(panel.of('steps').length < 60, `${panel.of('steps').length} messages`);
    window.model.finish('tool_calls');
    await panel.hasRun('requires_action');
  });

  it('are there in a chat that opens in the middle of a call, and after it', async () => {
    const panel = await askFor('weather');
    window.model.call('weather', '{"city":');
    await until('the call has begun', () => argumentsIn(panel) === '{"city":');
    const second = window.openChat(panel.session.selection);
    second.post({ type: 'ready' });
    await until('the second chat shows it', () => argumentsIn(second) === '{"city":');
    window.model.continueCall('"Rome"}');
    window.model.finish('tool_calls');
    await second.hasRun('requires_action');
    const third = window.openChat(panel.session.selection);
    third.post({ type: 'ready' });
    await until('the third chat shows it', () => argumentsIn(third) === '{"city":"Rome"}');
  });

  it('of a run that wrote nothing are there again, on the page that they belong to', async () => {
    const panel = await askFor('weather');
    window.model.call('weather', '{"city":"Rome"}');
    window.model.finish('tool_calls');
    const waiting = await panel.hasRun('requires_action');
    window.model.fail(new Error('Out of order.'));
    panel.post({
      type: 'answerCall',
      runId: waiting.id,
      callId: panel.state?.pending?.calls[0]?.callId ?? '',
      output: 'Rain',
    });
    await panel.hasRun('failed');
    panel.post({ type: 'retry' });
    window.model.say('It may rain.');
    window.model.finish();
    await panel.hasRun('completed');

    const second = window.openChat(panel.session.selection);
    second.post({ type: 'ready' });
    await until('the second chat shows it', () => outputsIn(second).includes('Rain'));

    const { threadId = '' } = panel.session.selection;
    const { messages } = window.services.client.beta.threads;
    for (let index = 0; index < 60; index++)
      await messages.create(threadId, { role: 'user', content: 'So?' });
    const third = window.openChat(panel.session.selection);
    third.post({ type: 'ready' });
    const page = await until('a page is there', () => third.of('messages').at(-1));
    equal(page.hasMore, true);
    await third.ask('olderMessages', { threadId, before: page.messages[0]!.id });
    await until('the third chat shows it', () => outputsIn(third).includes('Rain'));
  });

  it('that only write a message come with what is known of their turn', async () => {
    const panel = await askFor('weather');
    window.model.say('Hello!');
    window.model.finish();
    await panel.hasRun('completed');
    const [shown, ...others] = panel.of('steps').at(-1)?.steps ?? [];
    equal(others.length, 0);
    equal(shown?.type, 'message_creation');
    ok(turnOf(shown).context);
  });

  it('grow with the reasoning of the model, before it writes anything, and are there again', async () => {
    const panel = await askFor('weather');
    window.model.think('Is it');
    await until('the panel has it', () => reasoningIn(panel) === 'Is it');
    window.model.think(' raining?');
    await until('the panel has the rest', () => reasoningIn(panel) === 'Is it raining?');
    const second = window.openChat(panel.session.selection);
    second.post({ type: 'ready' });
    await until('the second chat shows it', () => reasoningIn(second) === 'Is it raining?');
    window.model.say('It is.');
    window.model.finish();
    await panel.hasRun('completed');
    const shown = panel.of('steps').at(-1)?.steps.at(-1);
    equal(shown?.type, 'message_creation');
    equal(reasoningIn(panel), 'Is it raining?');
    const third = window.openChat(panel.session.selection);
    third.post({ type: 'ready' });
    await until('the third chat shows it', () => reasoningIn(third) === 'Is it raining?');
  });

  it('get the beginning of long reasoning', async () => {
    const panel = await askFor('weather');
    window.model.think('x'.repeat(100_000));
    window.model.say('It rains.');
    window.model.finish();
    await panel.hasRun('completed');
    await until('the panel has it', () => reasoningIn(panel)?.length === 40_000);
  });

  it('are not sent in response to invalid messages', async () => {
    const panel = window.openChat();
    panel.postAnything({ type: 'ask', id: 7, name: 'image', params: { fileId: 'file-none' } });
    panel.postAnything({ type: 'ask', id: 'x', name: 'image', params: { fileId: 7 } });
    const { fileId } = await panel.ask('image', { fileId: 'file-none' });
    equal(fileId, 'file-none');
    deepEqual(
      panel.of('answer').map(({ result }) => result !== undefined),
      [false, true],
    );
  });

  it('get their images as data, with the type detected from the bytes', async () => {
    const panel = window.openChat();
    const file = await upload('plot.txt', picture);
    const answer = await panel.ask('image', { fileId: file });
    ok('dataUrl' in answer);
    equal(answer.name, 'plot.txt');
    match(answer.dataUrl, /^data:image\/png;base64,/);
  });

  it('get the reason if something is not an image', async () => {
    const panel = window.openChat();
    const fake = await upload('fake.png', Buffer.from('<svg onload="x">'));
    const huge = await upload('huge.png', Buffer.alloc(8 * 1024 * 1024 + 1));
    equal(await problemOf(fake), 'This file is not an image that the chat can show.');
    equal(await problemOf(huge), 'This image is too large to show in the chat.');
    match(await problemOf('file-none'), /file-none/);

    async function problemOf(fileId: string): Promise<string> {
      const answer = await panel.ask('image', { fileId });
      return 'error' in answer ? answer.error : 'shown';
    }
  });

  async function upload(name: string, content: Buffer): Promise<string> {
    const file = await toFile(content, name);
    return (await window.services.client.files.create({ file, purpose: 'assistants' })).id;
  }

  /** A chat whose assistant may call a function, with a run under way. */
  async function askFor(name: string): Promise<Panel> {
    const { id } = await window.services.client.beta.assistants.create({
      model: 'puppet/puppet',
      tools: [{ type: 'function', function: { name } }],
    });
    const panel = window.openChat({ assistantId: id });
    panel.post({ type: 'ready' });
    await until('the assistant is there', () => panel.state?.assistantId === id);
    await panel.ask('send', { text: 'What is the weather?' });
    await panel.hasRun('in_progress');
    return panel;
  }
});

/** The outputs of functions, as sent to the panel. */
function outputsIn(panel: Panel): (string | null)[] {
  const steps = panel.of('steps').flatMap((message) => message.steps);
  return steps.flatMap(({ step_details }) =>
    step_details.type === 'tool_calls'
      ? step_details.tool_calls.flatMap((call) => (call.type === 'function' ? [call.function.output] : []))
      : [],
  );
}

/** The arguments of the newest call that was sent to the panel. */
function argumentsIn(panel: Panel): string | undefined {
  const step: RunStep | undefined = panel.of('steps').at(-1)?.steps.at(-1);
  const call = step?.step_details.type === 'tool_calls' ? step.step_details.tool_calls[0] : undefined;
  return call?.type === 'function' ? call.function.arguments : undefined;
}

/** The reasoning of the newest step that has any. */
function reasoningIn(panel: Panel): string | undefined {
  return panel
    .of('steps')
    .flatMap(({ steps }) => steps)
    .map((step) => turnOf(step).reasoning?.text)
    .findLast((text) => text !== undefined);
}
