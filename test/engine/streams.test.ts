import assert from 'node:assert/strict';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import { ModelError, type ModelEvent } from '../../src/engine/models/modelProvider';
import {
  ask,
  calls,
  collect,
  createTutor,
  eventNames,
  openEngine,
  pausedTurn,
  says,
  ScriptedModel,
  textAnswer,
  until,
} from './support';

describe('the stream of a run', () => {
  it('reports a text answer in the order of the hosted service', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('Hello', ' you')]) });
    const assistant = await createTutor(client);
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    const stream = await client.beta.threads.runs.create(thread.id, {
      assistant_id: assistant.id,
      stream: true,
    });
    assert.deepEqual(eventNames(await collect(stream)), textAnswer);
  });

  it('begins with the thread when that is created with the run', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('Hello')]) });
    const assistant = await createTutor(client);
    const stream = await client.beta.threads.createAndRun({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Hi' }] },
      stream: true,
    });
    assert.deepEqual(eventNames(await collect(stream)), ['thread.created', ...textAnswer]);
  });

  it('is put together by the client to the message that is stored', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('Hel', 'lo', ' 你好')]) });
    const assistant = await createTutor(client);
    const stream = client.beta.threads.createAndRunStream({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Hi' }] },
    });
    const deltas: string[] = [];
    stream.on('textDelta', (delta) => deltas.push(delta.value ?? ''));
    const run = await stream.finalRun();
    const [message] = await stream.finalMessages();
    assert.equal(deltas.join(''), 'Hello 你好');
    assert.ok(deltas.length > 1);
    const { data } = await client.beta.threads.messages.list(run.thread_id);
    assert.deepEqual(message, data[0]);
  });

  it('has the first text at once, and text that arrives in small pieces in fewer and larger ones', async () => {
    const pieces = Array.from({ length: 500 }, (_, number) => `${number} `);
    async function* quick(): AsyncIterable<ModelEvent> {
      for (const text of pieces) {
        yield { type: 'text', text };
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield* says();
    }
    const { client } = openEngine({ provider: new ScriptedModel([quick]) });
    const assistant = await createTutor(client);
    const start = performance.now();
    const stream = client.beta.threads.createAndRunStream({ assistant_id: assistant.id, thread: {} });
    const deltas: string[] = [];
    stream.on('textDelta', (delta) => deltas.push(delta.value ?? ''));
    await stream.finalRun();
    const frames = (performance.now() - start) / 8;
    assert.equal(deltas[0], pieces[0]);
    assert.equal(deltas.join(''), pieces.join(''));
    // Each save reports, too.
    assert.ok(deltas.length <= 1.1 * frames + 3, `${deltas.length} deltas in ${frames.toFixed(0)} intervals`);
  });

  it('ends at the function calls, and continues with their outputs', async () => {
    const model = new ScriptedModel([
      calls(
        { id: 'a', name: 'weather', arguments: '{"city":"Oslo"}' },
        { id: 'b', name: 'weather', arguments: '{"city":"Rome"}' },
      ),
      says('Cold there, warm here.'),
    ]);
    const { client } = openEngine({ provider: model });
    const assistant = await createTutor(client, {
      tools: [{ type: 'function', function: { name: 'weather' } }],
    });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Weather?' }] });
    const before = await collect(
      await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id, stream: true }),
    );
    assert.deepEqual(eventNames(before), [
      'thread.run.created',
      'thread.run.queued',
      'thread.run.in_progress',
      'thread.run.step.created',
      'thread.run.step.in_progress',
      'thread.run.step.delta',
      'thread.run.requires_action',
    ]);
    const waiting = before.at(-1)?.data;
    assert.ok(waiting && 'required_action' in waiting);
    const asked = waiting.required_action?.submit_tool_outputs.tool_calls ?? [];
    assert.deepEqual(
      asked.map((call) => call.function.arguments),
      ['{"city":"Oslo"}', '{"city":"Rome"}'],
    );

    const after = client.beta.threads.runs.submitToolOutputsStream(waiting.id, {
      thread_id: thread.id,
      tool_outputs: asked.map((call, index) => ({
        tool_call_id: call.id,
        output: ['-3', '21'][index] ?? '',
      })),
    });
    const events = await collect<AssistantStreamEvent>(after);
    assert.deepEqual(eventNames(events), ['thread.run.step.completed', ...textAnswer.slice(1)]);
    assert.deepEqual(model.requests[1]?.messages.slice(1), [
      {
        role: 'assistant',
        content: '',
        toolCalls: asked.map(({ id, function: f }) => ({ id, name: f.name, arguments: f.arguments })),
      },
      { role: 'tool', toolCallId: asked[0]?.id, name: 'weather', output: '-3' },
      { role: 'tool', toolCallId: asked[1]?.id, name: 'weather', output: '21' },
    ]);
  });

  it('rebuilds from its deltas the calls that the step holds', async () => {
    const model = new ScriptedModel([
      calls({ id: 'a', name: 'f', arguments: '{"x":1}' }, { id: 'b', name: 'g', arguments: '{"y":"z"}' }),
    ]);
    const { client } = openEngine({ provider: model });
    const assistant = await createTutor(client, {
      tools: ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name } })),
    });
    const stream = client.beta.threads.createAndRunStream({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Go' }] },
    });
    const run = await stream.finalRun();
    const [rebuilt] = await stream.finalRunSteps();
    const { data } = await client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id });
    assert.deepEqual(argumentsOf(data[0]), ['{"x":1}', '{"y":"z"}']);
    assert.deepEqual(argumentsOf(rebuilt), argumentsOf(data[0]));
  });

  it('has an empty object as the arguments of a call without any', async () => {
    const { client } = openEngine({
      provider: new ScriptedModel([calls({ id: 'call_1', name: 'clock', arguments: '' })]),
    });
    const assistant = await createTutor(client, {
      tools: [{ type: 'function', function: { name: 'clock' } }],
    });
    const stream = client.beta.threads.createAndRunStream({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'What time is it?' }] },
    });
    const run = await stream.finalRun();
    assert.equal(run.required_action?.submit_tool_outputs.tool_calls[0]?.function.arguments, '{}');
    const [rebuilt] = await stream.finalRunSteps();
    const { data } = await client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id });
    assert.deepEqual([argumentsOf(rebuilt), argumentsOf(data[0])], [['{}'], ['{}']]);
  });

  it('continues without a client that disconnected', async () => {
    const { turn, go } = pausedTurn(['Once'], [' upon a time']);
    const { client } = openEngine({ provider: new ScriptedModel([turn]) });
    const assistant = await createTutor(client);
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    const stream = await client.beta.threads.runs.create(thread.id, {
      assistant_id: assistant.id,
      stream: true,
    });
    let runId = '';
    for await (const { event, data } of stream) {
      if (event === 'thread.run.created') runId = data.id;
      if (event === 'thread.message.delta') break;
    }
    go();
    const run = await client.beta.threads.runs.poll(runId, { thread_id: thread.id }, { pollIntervalMs: 5 });
    assert.equal(run.status, 'completed');
  });

  it('can be read from the middle by a second reader, from what was said so far', async () => {
    const { turn, go } = pausedTurn(['One', ' two'], [' three']);
    const { client } = openEngine({ provider: new ScriptedModel([turn]) });
    const assistant = await createTutor(client);
    const run = await ask(client, assistant, 'Count');
    const said = () => client.beta.threads.messages.list(run.thread_id, { run_id: run.id });
    await until('the run speaks', async () => (await said()).data.length > 0);
    const response = await client.get<Response>(`/threads/${run.thread_id}/runs/${run.id}/events`, {
      __binaryResponse: true,
    });
    go();
    const text = await response.text();
    const [state, created] = text.split('\n\n');
    assert.match(state ?? '', /^event: thread\.run\.in_progress\n/);
    assert.match(created ?? '', /^event: thread\.message\.created\ndata: .*"value":"One two"/);
    assert.match(text, /"value":" three"/);
    assert.ok(text.endsWith('event: done\ndata: [DONE]\n\n'));
  });

  it('ends with the failure of the run, which keeps what was said', async () => {
    const { client } = openEngine({
      provider: new ScriptedModel([
        async function* () {
          yield { type: 'text' as const, text: 'Half a ' };
          await Promise.resolve();
          throw new ModelError('Test answered 429: too many requests.', 'rate_limit_exceeded', 429);
        },
      ]),
    });
    const assistant = await createTutor(client);
    const stream = await client.beta.threads.createAndRun({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Hi' }] },
      stream: true,
    });
    const events = await collect(stream);
    assert.deepEqual(eventNames(events).slice(-3), [
      'thread.message.incomplete',
      'thread.run.step.failed',
      'thread.run.failed',
    ]);
    const run = events.at(-1)?.data;
    assert.ok(run && 'last_error' in run);
    assert.deepEqual(run.last_error, {
      code: 'rate_limit_exceeded',
      message: 'Test answered 429: too many requests.',
    });
  });
});

function argumentsOf(step: RunStep | undefined): string[] {
  assert.equal(step?.step_details.type, 'tool_calls');
  return step.step_details.tool_calls.map((call) =>
    call.type === 'function' ? call.function.arguments : call.type,
  );
}
