import assert from 'node:assert/strict';
import { APIError, type OpenAI } from 'openai';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { type ModelEvent, ModelError, type ModelRequest } from '../../src/engine/models/types';
import { ask, calls, createTutor, openEngine, pausedTurn, says, ScriptedModel, until } from './support';

/** Expects a refusal in the API's envelope. */
async function refused(
  request: Promise<unknown>,
  status: number,
  message: RegExp,
  param?: string | null,
): Promise<void> {
  await assert.rejects(request, (error) => {
    assert.ok(error instanceof APIError, String(error));
    assert.equal(error.status, status);
    assert.match(error.message, message);
    assert.equal(error.type, status >= 500 ? 'server_error' : 'invalid_request_error');
    if (param !== undefined) assert.equal(error.param, param);
    return true;
  });
}

function threadsOf(
  client: OpenAI,
  query: Record<string, unknown>,
): Promise<{ data: Thread[]; has_more: boolean; first_id: string; last_id: string }> {
  return client.get('/threads', { query });
}

describe('assistants', () => {
  it('are created with defaults, changed, listed and deleted', async () => {
    const { client } = openEngine();
    const created = await client.beta.assistants.create({ model: 'm' });
    assert.deepEqual(
      { ...created, id: '', created_at: 0 },
      {
        id: '',
        object: 'assistant',
        created_at: 0,
        name: null,
        description: null,
        model: 'm',
        instructions: null,
        tools: [],
        tool_resources: null,
        metadata: {},
        temperature: 1,
        top_p: 1,
        response_format: 'auto',
      },
    );
    const changed = await client.beta.assistants.update(created.id, { name: 'Tutor', metadata: { a: 'b' } });
    assert.deepEqual(changed, { ...created, name: 'Tutor', metadata: { a: 'b' } });
    assert.deepEqual(await client.beta.assistants.retrieve(created.id), changed);
    assert.deepEqual(await client.beta.assistants.delete(created.id), {
      id: created.id,
      object: 'assistant.deleted',
      deleted: true,
    });
    await refused(
      client.beta.assistants.retrieve(created.id),
      404,
      new RegExp(`No assistant found with id '${created.id}'\\.`),
    );
  });

  it('are refused with the name of the field that is wrong and what is allowed', async () => {
    const { client } = openEngine();
    const create = (body: object) => client.post('/assistants', { body });
    await refused(create({}), 400, /Missing required parameter: 'model'/, 'model');
    await refused(create({ model: 3 }), 400, /expected a string, but got an integer/, 'model');
    await refused(create({ model: 'm', nmae: 'x' }), 400, /Unknown parameter: 'nmae'/, 'nmae');
    await refused(create({ model: 'm', name: 'x'.repeat(257) }), 400, /maximum length 256, .* 257/, 'name');
    await refused(create({ model: 'm', temperature: 2.5 }), 400, /Expected a value <= 2/, 'temperature');
    await refused(
      create({ model: 'm', tools: [{ type: 'browser' }] }),
      400,
      /'code_interpreter', 'file_search', 'function'/,
      'tools[0].type',
    );
    await refused(
      create({ model: 'm', tools: [{ type: 'retrieval' }] }),
      400,
      /'file_search' in v2/,
      'tools[0].type',
    );
    await refused(
      create({ model: 'm', tools: [{ type: 'function', function: {} }] }),
      400,
      /Missing/,
      'tools[0].function.name',
    );
    await refused(
      create({ model: 'm', tools: Array(129).fill({ type: 'code_interpreter' }) }),
      400,
      /maximum length 128/,
      'tools',
    );
    await refused(create({ model: 'm', file_ids: ['f'] }), 400, /tool_resources/, 'file_ids');
    await refused(
      create({ model: 'm', response_format: { type: 'json_schema' } }),
      400,
      /Missing/,
      'response_format.json_schema',
    );
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
    await create({ model: 'm', metadata: pairs(16) });
    await refused(create({ model: 'm', metadata: pairs(17) }), 400, /at most 16 properties.* 17/, 'metadata');
    await refused(
      create({ model: 'm', metadata: { a: 'x'.repeat(513) } }),
      400,
      /maximum length 512/,
      'metadata.a',
    );
    await refused(create({ model: 'm', metadata: { a: 1 } }), 400, /expected a string/, 'metadata.a');
  });
});

describe('lists', () => {
  it('come newest first, 20 at a time, and page both ways', async () => {
    const { client } = openEngine();
    const ids: string[] = [];
    for (let i = 0; i < 45; i++) ids.push((await client.beta.threads.create()).id);
    const newestFirst = ids.toReversed();

    const first = await threadsOf(client, {});
    assert.deepEqual(
      first.data.map((t) => t.id),
      newestFirst.slice(0, 20),
    );
    assert.deepEqual(
      [first.first_id, first.last_id, first.has_more],
      [newestFirst[0], newestFirst[19], true],
    );
    const second = await threadsOf(client, { after: first.last_id, limit: 25 });
    assert.deepEqual(
      second.data.map((t) => t.id),
      newestFirst.slice(20),
    );
    assert.equal(second.has_more, false);
    const back = await threadsOf(client, { before: second.first_id, limit: 5 });
    assert.deepEqual(
      back.data.map((t) => t.id),
      newestFirst.slice(15, 20),
    );
    const between = await threadsOf(client, { order: 'asc', after: ids[3], before: ids[7] });
    assert.deepEqual(
      between.data.map((t) => t.id),
      ids.slice(4, 7),
    );
  });

  it('are walked to the end by the client', async () => {
    const { client } = openEngine();
    for (let i = 0; i < 7; i++) await createTutor(client, { name: `Tutor ${i}` });
    const names: (string | null)[] = [];
    for await (const { name } of client.beta.assistants.list({ limit: 3, order: 'asc' })) names.push(name);
    assert.deepEqual(
      names,
      Array.from({ length: 7 }, (_, i) => `Tutor ${i}`),
    );
  });

  it('refuse a limit, an order and a cursor that do not exist', async () => {
    const { client } = openEngine();
    await refused(threadsOf(client, { limit: 0 }), 400, />= 1/, 'limit');
    await refused(threadsOf(client, { limit: 101 }), 400, /<= 100/, 'limit');
    await refused(threadsOf(client, { limit: 'many' }), 400, /integer|number/, 'limit');
    await refused(threadsOf(client, { order: 'random' }), 400, /'asc', 'desc'/, 'order');
    await refused(threadsOf(client, { after: 'thread_x' }), 404, /thread_x/, 'after');
  });
});

describe('messages', () => {
  it('keep their content, in parts too, and their metadata', async () => {
    const { client } = openEngine();
    const thread = await client.beta.threads.create();
    const image = { url: 'https://example.com/a.png' };
    const message = await client.beta.threads.messages.create(thread.id, {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: image },
      ],
      metadata: { a: '1' },
    });
    assert.deepEqual(message.content, [
      { type: 'text', text: { value: 'What is this?', annotations: [] } },
      { type: 'image_url', image_url: { ...image, detail: 'auto' } },
    ]);
    const changed = await client.beta.threads.messages.update(message.id, {
      thread_id: thread.id,
      metadata: { b: '2' },
    });
    assert.deepEqual(changed.metadata, { b: '2' });
    assert.deepEqual(
      await client.beta.threads.messages.retrieve(message.id, { thread_id: thread.id }),
      changed,
    );
    await client.beta.threads.messages.delete(message.id, { thread_id: thread.id });
    await refused(
      client.beta.threads.messages.retrieve(message.id, { thread_id: thread.id }),
      404,
      /No message found/,
    );
  });

  it('are refused when empty or too long, naming the field', async () => {
    const { client } = openEngine();
    const { id } = await client.beta.threads.create();
    const create = (content: string) => client.beta.threads.messages.create(id, { role: 'user', content });
    await refused(create(''), 400, /non-empty/, 'content');
    await refused(create('  \n'), 400, /non-empty/, 'content');
    await create('x'.repeat(256_000));
    await refused(create('x'.repeat(256_001)), 400, /maximum length 256000/, 'content');
    await refused(
      client.post(`/threads/${id}/messages`, {
        body: { role: 'user', content: [{ type: 'text', text: '' }] },
      }),
      400,
      /non-empty/,
      'content[0].text',
    );
    await refused(
      client.post(`/threads/${id}/messages`, { body: { role: 'system', content: 'x' } }),
      400,
      /'user', 'assistant'/,
      'role',
    );
    await refused(
      client.post(`/threads/${id}/messages`, { body: { role: 'user', content: 5 } }),
      400,
      /a string or an array/,
      'content',
    );
    await refused(
      client.beta.threads.messages.create('thread_x', { role: 'user', content: 'x' }),
      404,
      /No thread found with id 'thread_x'/,
    );
  });

  it('are refused while a run is active', async () => {
    const { turn, go } = pausedTurn(['One'], []);
    const { client } = openEngine({ provider: new ScriptedModel([turn]) });
    const run = await ask(client, await createTutor(client), 'Hi');
    const add = () => client.beta.threads.messages.create(run.thread_id, { role: 'user', content: 'More' });
    await refused(
      add(),
      400,
      new RegExp(`Can't add messages to ${run.thread_id} while a run ${run.id} is active\\.`),
    );
    go();
    await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id }, { pollIntervalMs: 5 });
    await add();
  });
});

describe('threads', () => {
  it('take their first messages with them, and their messages and runs away', async () => {
    const { client } = openEngine();
    const thread = await client.beta.threads.create({
      messages: [
        { role: 'user', content: 'One' },
        { role: 'assistant', content: 'Two' },
      ],
      metadata: { title: 'T' },
    });
    const { data } = await client.beta.threads.messages.list(thread.id, { order: 'asc' });
    assert.deepEqual(
      data.map((m) => m.role),
      ['user', 'assistant'],
    );
    assert.deepEqual((await client.beta.threads.update(thread.id, { metadata: { title: 'U' } })).metadata, {
      title: 'U',
    });
    await client.beta.threads.delete(thread.id);
    await refused(client.beta.threads.messages.list(thread.id).then(), 404, /No thread found/);
  });

  it('can be deleted in the middle of a run, whose reader is let go', async () => {
    const { turn } = pausedTurn(['One'], []);
    const { client, log } = openEngine({ provider: new ScriptedModel([turn]) });
    const assistant = await createTutor(client);
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] });
    const stream = await client.beta.threads.runs.create(thread.id, {
      assistant_id: assistant.id,
      stream: true,
    });
    for await (const { event } of stream) {
      if (event === 'thread.message.delta') await client.beta.threads.delete(thread.id);
    }
    await refused(client.beta.threads.retrieve(thread.id), 404, /No thread found/);
    assert.deepEqual(log, []);
  });

  it('leave nothing behind where one of their messages is refused', async () => {
    const { client } = openEngine();
    const body = {
      messages: [{ role: 'user', content: 'x', attachments: [{ file_id: 'file-1', tools: [] }] }],
    };
    await refused(client.post('/threads', { body }), 404, /No file found with id 'file-1'/);
    assert.equal((await threadsOf(client, {})).data.length, 0);
  });
});

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

  it('send the newest turns alone where the model finds the thread too long, and say so in the step', async () => {
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

  it('call functions many times, but not for ever', async () => {
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
    // The next run is told the same.
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

describe('every other address', () => {
  it('is answered in the envelope', async () => {
    const { client } = openEngine();
    await refused(client.get('/nothing'), 404, /Invalid URL \(GET \/v1\/nothing\)/);
    await refused(
      client.post('/assistants', { body: '{', headers: { 'content-type': 'application/json' } }),
      400,
      /not valid JSON|expected an object/,
    );
  });

  it('lists the models of all connections, and says which did not answer', async () => {
    const broken = { listModels: () => Promise.reject(new Error('no route')), generate: () => ({}) as never };
    const { client } = openEngine({
      models: () => [
        { id: 'a', label: 'A', provider: new ScriptedModel([]) },
        { id: 'b', label: 'B', provider: broken },
      ],
    });
    const list = await client.get<{ data: { id: string }[]; problems: object[] }>('/models');
    assert.deepEqual(
      list.data.map((model) => model.id),
      ['a/scripted'],
    );
    assert.deepEqual(list.problems, [{ connection: 'b', message: 'B did not answer: no route' }]);
  });
});
