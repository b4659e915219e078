import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { ask, createTutor, openEngine, pausedTurn, refused, ScriptedModel } from './support';

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
        tool_resources: {},
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
    const smile = '😀';
    const long = { name: smile.repeat(256), metadata: { [smile.repeat(64)]: smile.repeat(512) } };
    const kept = await client.beta.assistants.create({ model: 'm', ...long });
    assert.deepEqual(kept.metadata, long.metadata);
    await refused(create({ model: 'm', name: smile.repeat(257) }), 400, /length 257 instead/, 'name');
    await refused(
      create({ model: 'm', metadata: { [smile.repeat(65)]: 'v' } }),
      400,
      /at most 64 characters, but got 65/i,
      'metadata',
    );
    await refused(
      create({ model: 'm', metadata: { a: smile.repeat(513) } }),
      400,
      /length 513 instead/,
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

  it('can be deleted in the middle of a run, whose event stream ends', async () => {
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
