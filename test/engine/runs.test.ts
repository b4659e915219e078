import assert from 'node:assert/strict';
import { type ModelEvent, ModelError, type ModelRequest } from '../../src/engine/models/modelProvider';
import {
  ask,
  calls,
  createTutor,
  openEngine,
  pausedTurn,
  refused,
  says,
  ScriptedModel,
  until,
} from './support';

describe('runs', () => {
  it('refuse a second one on the same thread', async () => {
    const { turn, go } = pausedTurn(['One'], []);
    const { client } = openEngine({ provider: new ScriptedModel([turn]) });
    const assistant = await createTutor(client);
    const run = await ask(client, assistant, 'Hi');
    const second = client.beta.threads.runs.create(run.thread_id, { assistant_id: assistant.id });
    await refused(second, 400, new RegExp(`Thread ${run.thread_id} already has an active run ${run.id}`));
    go();
  });

  it('are cancelled in the middle, keeping what was said', async () => {
    const { turn } = pausedTurn(['Half'], []);
    const { client } = openEngine({ provider: new ScriptedModel([turn]) });
    const run = await ask(client, await createTutor(client), 'Hi');
    const said = () => client.beta.threads.messages.list(run.thread_id, { run_id: run.id });
    await until('the run speaks', async () => (await said()).data.length > 0);
    const cancelling = await client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    assert.equal(cancelling.status, 'cancelling');
    const ended = await client.beta.threads.runs.poll(
      run.id,
      { thread_id: run.thread_id },
      { pollIntervalMs: 5 },
    );
    assert.equal(ended.status, 'cancelled');
    assert.ok(ended.cancelled_at);
    const [message] = (await said()).data;
    assert.deepEqual(
      [message?.status, message?.incomplete_details],
      ['incomplete', { reason: 'run_cancelled' }],
    );
    assert.deepEqual(message?.content, [{ type: 'text', text: { value: 'Half', annotations: [] } }]);
    const [step] = (await client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id })).data;
    assert.equal(step?.status, 'cancelled');
    await refused(
      client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id }),
      400,
      /Cannot cancel run with status 'cancelled'/,
    );
  });

  it('are cancelled while they wait for outputs', async () => {
    const { client } = openEngine({
      provider: new ScriptedModel([calls({ id: 'a', name: 'f', arguments: '{}' })]),
    });
    const assistant = await createTutor(client, { tools: [{ type: 'function', function: { name: 'f' } }] });
    const run = await ask(client, assistant, 'Hi');
    const poll = () =>
      client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id }, { pollIntervalMs: 5 });
    assert.equal((await poll()).status, 'requires_action');
    await client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    const ended = await until('the run is cancelled', async () => {
      const now = await client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
      return now.status === 'cancelled' && now;
    });
    assert.equal(ended.required_action, null);
  });

  it('refuse outputs that miss a call, name an unknown one, repeat one, or come unasked', async () => {
    const model = new ScriptedModel([
      calls({ id: 'a', name: 'f', arguments: '{}' }, { id: 'b', name: 'f', arguments: '{}' }),
      says('Done'),
    ]);
    const { client } = openEngine({ provider: model });
    const assistant = await createTutor(client, { tools: [{ type: 'function', function: { name: 'f' } }] });
    const run = await ask(client, assistant, 'Hi');
    const poll = () =>
      client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id }, { pollIntervalMs: 5 });
    await poll();
    const submit = (...ids: string[]) =>
      client.beta.threads.runs.submitToolOutputs(run.id, {
        thread_id: run.thread_id,
        tool_outputs: ids.map((id) => ({ tool_call_id: id, output: 'x' })),
      });
    await refused(submit('a'), 400, /Expected tool outputs for call_ids \[a, b\], got \[a\]/, 'tool_outputs');
    await refused(submit('a', 'b', 'c'), 400, /Unknown tool call id 'c'/, 'tool_outputs[2].tool_call_id');
    await refused(submit('a', 'a'), 400, /Two outputs/, 'tool_outputs[1].tool_call_id');
    assert.equal((await submit('b', 'a')).status, 'queued');
    assert.equal((await poll()).status, 'completed');
    await refused(submit('a', 'b'), 400, /do not accept tool outputs/);
  });

  it('pass their settings on to the model', async () => {
    const model = new ScriptedModel([says('{}')]);
    const { client } = openEngine({ provider: model });
    const assistant = await createTutor(client, { temperature: 0.5, reasoning_effort: 'low' });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'First' }] });
    const run = await client.beta.threads.runs.createAndPoll(thread.id, {
      assistant_id: assistant.id,
      model: 'test/other',
      instructions: 'Be brief.',
      additional_instructions: 'In rhyme.',
      additional_messages: [{ role: 'user', content: 'Second' }],
      top_p: 0.9,
      max_completion_tokens: 500,
      parallel_tool_calls: false,
      tools: [{ type: 'function', function: { name: 'f', strict: true } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      response_format: { type: 'json_object' },
      truncation_strategy: { type: 'last_messages', last_messages: 1 },
    });
    assert.equal(run.status, 'completed');
    assert.equal(run.instructions, 'Be brief.\n\nIn rhyme.');
    assert.deepEqual(model.requests, [
      {
        model: 'other',
        instructions: 'Be brief.\n\nIn rhyme.',
        messages: [{ role: 'user', content: [{ type: 'text', text: 'Second' }] }],
        tools: [{ name: 'f', description: undefined, parameters: undefined, strict: true }],
        toolChoice: { name: 'f' },
        parallelToolCalls: false,
        responseFormat: { type: 'json_object' },
        temperature: 0.5,
        topP: 0.9,
        reasoningEffort: 'low',
        maxOutputTokens: 500,
      },
    ]);
  });

  it('are listed, retrieved and changed, and so are their steps', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('Hi'), says('Ho')]) });
    const assistant = await createTutor(client);
    const first = await ask(client, assistant, 'One');
    const thread_id = first.thread_id;
    await client.beta.threads.runs.poll(first.id, { thread_id });
    const second = await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id: assistant.id });
    const list = await client.beta.threads.runs.list(thread_id);
    assert.deepEqual(
      list.data.map((run) => run.id),
      [second.id, first.id],
    );
    const changed = await client.beta.threads.runs.update(second.id, { thread_id, metadata: { a: 'b' } });
    assert.deepEqual(changed, { ...second, metadata: { a: 'b' } });
    const [step] = (await client.beta.threads.runs.steps.list(second.id, { thread_id })).data;
    assert.ok(step);
    assert.deepEqual(
      await client.beta.threads.runs.steps.retrieve(step.id, { thread_id, run_id: second.id }),
      step,
    );
    assert.deepEqual(step.usage, second.usage);
    await refused(
      client.beta.threads.runs.steps.retrieve(step.id, { thread_id, run_id: first.id }),
      404,
      /No run step found/,
    );
    await refused(
      client.beta.threads.runs.retrieve('run_x', { thread_id }),
      404,
      /No run found with id 'run_x'/,
    );
  });

  it('send only the newest turns if the model finds the thread too long, and say so in the step', async () => {
    const sizes: number[] = [];
    async function* picky(request: ModelRequest): AsyncIterable<ModelEvent> {
      sizes.push(request.messages.length);
      await Promise.resolve();
      if (request.messages.length > 3)
        throw new ModelError('Too long.', 'invalid_prompt', 400, { tooLong: true });
      yield* says('Short enough');
    }
    const { client } = openEngine({ provider: new ScriptedModel([picky, picky, picky, picky]) });
    const assistant = await createTutor(client);
    const thread = await client.beta.threads.create({
      messages: Array.from({ length: 9 }, (_, i) => ({
        role: i % 2 ? 'assistant' : 'user',
        content: `Message ${i}`,
      })),
    });
    const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    assert.equal(run.status, 'completed');
    assert.deepEqual(sizes, [9, 3]);
    const [step] = (await client.beta.threads.runs.steps.list(run.id, { thread_id: thread.id })).data;
    assert.deepEqual(step?.metadata, { truncated: 'true' });
  });

  it('call functions many times, but not forever', async () => {
    const model = new ScriptedModel(
      Array.from({ length: 200 }, (_, i) => calls({ id: `call${i}`, name: 'f', arguments: '{}' })),
    );
    const { client } = openEngine({ provider: model });
    const assistant = await createTutor(client, { tools: [{ type: 'function', function: { name: 'f' } }] });
    let run = await ask(client, assistant, 'Go');
    const thread_id = run.thread_id;
    let turns = 0;
    for (;;) {
      run = await client.beta.threads.runs.poll(run.id, { thread_id }, { pollIntervalMs: 1 });
      const waiting = run.required_action?.submit_tool_outputs.tool_calls;
      if (!waiting) break;
      turns++;
      const tool_outputs = waiting.map(({ id }) => ({ tool_call_id: id, output: 'again' }));
      run = await client.beta.threads.runs.submitToolOutputs(run.id, { thread_id, tool_outputs });
    }
    assert.equal(turns, 128);
    assert.equal(run.status, 'failed');
    assert.match(run.last_error?.message ?? '', /128 times/);
  });

  it('keep text and calls of one turn apart for readers, and together for the model', async () => {
    const model = new ScriptedModel([
      [{ type: 'text', text: 'Let me look.' }, ...calls({ id: 'a', name: 'f', arguments: '{}' })],
      says('Found.'),
      says('Bye.'),
    ]);
    const { client } = openEngine({ provider: model });
    const assistant = await createTutor(client, { tools: [{ type: 'function', function: { name: 'f' } }] });
    const run = await ask(client, assistant, 'Go');
    const { thread_id } = run;
    await client.beta.threads.runs.poll(run.id, { thread_id }, { pollIntervalMs: 1 });
    const tool_outputs = [{ tool_call_id: 'a', output: 'there' }];
    const done = await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, { thread_id, tool_outputs });
    const steps = (await client.beta.threads.runs.steps.list(run.id, { thread_id, order: 'asc' })).data;
    assert.deepEqual(
      steps.map((step) => step.type),
      ['message_creation', 'tool_calls', 'message_creation'],
    );
    assert.equal(done.usage?.total_tokens, 25 + 11);
    const turn = {
      role: 'assistant',
      content: 'Let me look.',
      toolCalls: [{ id: 'a', name: 'f', arguments: '{}' }],
    };
    const output = { role: 'tool', toolCallId: 'a', name: 'f', output: 'there' };
    assert.deepEqual(model.requests[1]?.messages.slice(1), [turn, output]);
    // The next run sends the same.
    await client.beta.threads.messages.create(thread_id, { role: 'user', content: 'Bye' });
    await client.beta.threads.runs.createAndPoll(thread_id, { assistant_id: assistant.id });
    assert.deepEqual(model.requests[2]?.messages.slice(1, 4), [
      turn,
      output,
      { role: 'assistant', content: 'Found.' },
    ]);
  });

  it('end incomplete where the answer was cut', async () => {
    const model = new ScriptedModel([
      [
        { type: 'text', text: 'Too lo' },
        { type: 'usage', usage: { promptTokens: 3, completionTokens: 4 } },
        { type: 'finish', reason: 'length' },
      ],
    ]);
    const { client } = openEngine({ provider: model });
    const first = await ask(client, await createTutor(client), 'Hi');
    const run = await client.beta.threads.runs.poll(
      first.id,
      { thread_id: first.thread_id },
      { pollIntervalMs: 5 },
    );
    assert.deepEqual(
      [run.status, run.incomplete_details],
      ['incomplete', { reason: 'max_completion_tokens' }],
    );
    assert.deepEqual(run.usage, { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
    const [message] = (await client.beta.threads.messages.list(run.thread_id)).data;
    assert.deepEqual(
      [message?.status, message?.incomplete_details],
      ['incomplete', { reason: 'max_tokens' }],
    );
  });

  it('expire while they wait, and free their thread', async () => {
    const model = new ScriptedModel([calls({ id: 'a', name: 'f', arguments: '{}' }), says('Fine')]);
    const { client } = openEngine({ provider: model, runExpirySeconds: 1 });
    const assistant = await createTutor(client, { tools: [{ type: 'function', function: { name: 'f' } }] });
    const run = await ask(client, assistant, 'Hi');
    assert.equal(run.expires_at, run.created_at + 1);
    await until('the run expires', async () => {
      const now = await client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id });
      return now.status === 'expired';
    });
    await client.beta.threads.messages.create(run.thread_id, { role: 'user', content: 'Again' });
  });
});
