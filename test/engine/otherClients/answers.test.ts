import assert from 'node:assert/strict';
import type OpenAI from 'openai';
import type { Text } from 'openai/resources/beta/threads/messages';
import { openSearch, storeWith, upload, whenRead } from '../fileSearchSupport';
import {
  ask,
  calls,
  collect,
  createTutor,
  executeSql,
  openEngine,
  says,
  ScriptedModel,
  slicePoints,
} from '../support';
import { assertError, sender } from './support';

/** A file attached to a message for file search. */
function attached(fileId: string): string {
  const attachment = `{"file_id":"${fileId}","tools":[{"type":"file_search"}]}`;
  return `{"role":"user","content":"x","attachments":[${attachment}]}`;
}

describe('answers that other clients rely on', () => {
  it('have the resources of every tool of an assistant, and never null', async () => {
    const send = sender(openEngine());
    const resourcesOf = async (more: string) => {
      const { json } = await send('POST', '/v1/assistants', `{"model":"m"${more}}`);
      const read = await send('GET', `/v1/assistants/${String(json['id'])}`);
      assert.deepEqual(read.json, json);
      return json['tool_resources'];
    };
    assert.deepEqual(await resourcesOf(''), {});
    assert.deepEqual(await resourcesOf(',"tool_resources":null'), {});
    assert.deepEqual(await resourcesOf(',"tool_resources":{"code_interpreter":{}}'), {
      code_interpreter: { file_ids: [] },
    });
    assert.deepEqual(await resourcesOf(',"tools":[{"type":"code_interpreter"}]'), {
      code_interpreter: { file_ids: [] },
    });
    assert.deepEqual(await resourcesOf(',"tools":[{"type":"file_search"}]'), {
      file_search: { vector_store_ids: [] },
    });
    const { json } = await send('GET', '/v1/assistants');
    assert.deepEqual(
      (json['data'] as { tool_resources: object }[]).map((one) => Object.keys(one.tool_resources)),
      [['file_search'], ['code_interpreter'], ['code_interpreter'], [], []],
    );
  });

  it('have the resources of threads, also after they were set to null', async () => {
    const { client, ...test } = openSearch();
    const send = sender({ client, ...test });
    const { id } = await client.beta.threads.create({ tool_resources: { file_search: {} } });
    const read = async () => (await send('GET', `/v1/threads/${id}`)).json['tool_resources'];
    assert.deepEqual(await read(), { file_search: { vector_store_ids: [] } });
    const cleared = await send('POST', `/v1/threads/${id}`, '{"tool_resources":null}');
    assert.deepEqual(cleared.json['tool_resources'], {});
    assert.deepEqual(await read(), {});
  });

  it('are threads with the vector store of their first messages’ attachments', async () => {
    const { client, engine, ...test } = openSearch({ provider: new ScriptedModel([says('Hi')]) });
    const send = sender({ client, engine, ...test });
    const file = await upload(client, 'a.txt', 'a');
    const { json } = await send('POST', '/v1/threads', `{"messages":[${attached(file.id)}]}`);
    const { file_search } = json['tool_resources'] as { file_search: { vector_store_ids: string[] } };
    assert.equal((await whenRead(client, file_search.vector_store_ids[0]!)).file_counts.completed, 1);

    const { id } = await createTutor(client);
    const body = `{"assistant_id":"${id}","stream":true,"thread":{"messages":[${attached(file.id)}]}}`;
    const stream = await engine.fetch('http://engine/v1/threads/runs', { method: 'POST', body });
    const [, created] = /^event: thread\.created\ndata: (.*)$/m.exec(await stream.text()) ?? [];
    assert.match(created ?? '', /"file_search":\{"vector_store_ids":\["vs_/);
  });

  it('are runs with limits of a few tokens, as old programs set them', async () => {
    const test = openEngine();
    const send = sender(test);
    const { id } = await createTutor(test.client);
    const run = (limits: string) => send('POST', '/v1/threads/runs', `{"assistant_id":"${id}",${limits}}`);
    const { status, json } = await run('"max_completion_tokens":16,"max_prompt_tokens":1');
    assert.deepEqual([status, json['max_completion_tokens'], json['max_prompt_tokens']], [200, 16, 1]);
    assertError(await run('"max_completion_tokens":0'), 400, 'integer_below_min_value', />= 1, but got 0/);
    assertError(await run('"max_prompt_tokens":-1'), 400, 'integer_below_min_value', />= 1/);
    assertError(await run('"temperature":3'), 400, 'decimal_above_max_value', /<= 2/);
    assertError(await run('"temperature":-0.5'), 400, 'decimal_below_min_value', />= 0/);
  });

  it('are steps with the time at which they expire', async () => {
    const { client, ...test } = openEngine({ provider: new ScriptedModel([says('I am.')]) });
    const send = sender({ client, ...test });
    const run = await ask(client, await createTutor(client), 'Hi');
    const path = `/v1/threads/${run.thread_id}/runs/${run.id}/steps`;
    await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    const [step] = (await send('GET', path)).json['data'] as { id: string; expires_at: number }[];
    assert.equal(step!.expires_at, run.expires_at);
    const readAgain = async () => (await send('GET', `${path}/${step!.id}`)).json['expires_at'];
    assert.equal(await readAgain(), run.expires_at);
    // Steps of earlier versions were stored without it.
    executeSql(test.dataDir, "UPDATE run_steps SET body = json_remove(body, '$.expires_at')");
    assert.equal(await readAgain(), null);
  });

  it('are the models that are listed, by the ids that runs take', async () => {
    const provider = new ScriptedModel([]);
    const broken = { listModels: () => Promise.reject(new Error('no route')), generate: () => ({}) as never };
    const test = openEngine({
      models: () => [
        { id: 'a', label: 'A', provider },
        { id: 'b', label: 'B', provider: broken },
      ],
    });
    const send = sender(test);
    for (const id of ['a/scripted', 'a%2Fscripted', 'scripted']) {
      const { status, json } = await send('GET', `/v1/models/${id}`);
      const expected = {
        id: decodeURIComponent(id),
        object: 'model',
        created: 0,
        owned_by: 'A',
        name: 'scripted',
      };
      assert.deepEqual([status, json], [200, expected]);
    }
    // What its server has is not known.
    assert.equal((await send('GET', '/v1/models/b/any')).json['owned_by'], 'B');
    for (const [method, id] of [
      ['GET', 'x'],
      ['GET', 'a/x'],
      ['GET', 'none/scripted'],
      ['DELETE', 'ft:123'],
      ['DELETE', 'a/scripted'],
    ] as const) {
      const answer = await send(method, `/v1/models/${id}`);
      assertError(answer, 404, 'model_not_found', new RegExp(`^The model '${id}' does not exist$`));
      assert.equal((answer.json['error'] as { param: string }).param, 'model');
    }
  });

  it('show a file batch as completed that is cancelled once it is', async () => {
    const { client, ...test } = openSearch();
    const send = sender({ client, ...test });
    const { id: store } = await storeWith(client, {});
    const file = await upload(client, 'a.txt', 'a');
    const batch = await client.vectorStores.fileBatches.createAndPoll(store, { file_ids: [file.id] });
    const path = `/v1/vector_stores/${store}/file_batches/${batch.id}`;
    assert.equal((await send('POST', `${path}/cancel`)).json['status'], 'completed');
    assert.equal((await send('GET', path)).json['status'], 'completed');
  });

  it('take the response format `none` of the first version for `auto`', async () => {
    const send = sender(openEngine());
    const { json } = await send('POST', '/v1/assistants', '{"model":"m","response_format":"none"}');
    assert.equal(json['response_format'], 'auto');
    const path = `/v1/assistants/${String(json['id'])}`;
    const other = await send('POST', path, '{"response_format":{"type":"text"}}');
    assert.deepEqual(other.json['response_format'], { type: 'text' });
    assert.equal((await send('POST', path, '{"response_format":"none"}')).json['response_format'], 'auto');
    const body = `{"assistant_id":"${String(json['id'])}","instructions":"i","response_format":"none"}`;
    assert.equal((await send('POST', '/v1/threads/runs', body)).json['response_format'], 'auto');
    assertError(
      await send('POST', path, '{"response_format":"json"}'),
      400,
      'invalid_value',
      /'response_format'.*'auto'/,
    );
  });

  it('refuse a run that has nothing to ask the model', async () => {
    const test = openEngine();
    const send = sender(test);
    const { id } = (await send('POST', '/v1/assistants', '{"model":"m"}')).json;
    const newThread = async (body: string) => String((await send('POST', '/v1/threads', body)).json['id']);
    const run = (thread: string, more = '') =>
      send('POST', `/v1/threads/${thread}/runs`, `{"assistant_id":"${String(id)}"${more}}`);
    const answer = '{"role":"assistant","content":"Hello"}';
    const refusal =
      /^Run creation requires a Thread with a user message or an assistant with instructions\.$/;
    for (const body of ['{}', `{"messages":[${answer}]}`]) {
      const thread = await newThread(body);
      assertError(await run(thread), 400, 'invalid_thread', refusal);
      assertError(await run(thread, ',"stream":true'), 400, 'invalid_thread', refusal);
    }
    assertError(
      await send('POST', '/v1/threads/runs', `{"assistant_id":"${String(id)}"}`),
      400,
      'invalid_thread',
      refusal,
    );
    assert.equal((await run(await newThread('{}'), ',"instructions":"Say hello."')).status, 200);
    assert.equal((await run(await newThread('{}'), ',"additional_instructions":"Say hello."')).status, 200);
    const added = ',"additional_messages":[{"role":"user","content":"Hi"}]';
    assert.equal((await run(await newThread('{}'), added)).status, 200);
    const late = `{"messages":[${`${answer},`.repeat(45)}{"role":"user","content":"Hi"}]}`;
    assert.equal((await run(await newThread(late))).status, 200);
    // A run that is refused leaves nothing behind.
    const thread = await newThread('{}');
    await run(thread, `,"additional_messages":[${answer}]`);
    assert.deepEqual((await send('GET', `/v1/threads/${thread}/messages`)).json['data'], []);
  });

  it('have null for what is not set, and for the ids of an empty list', async () => {
    const { client, ...test } = openSearch();
    const send = sender({ client, ...test });
    const list = (await send('GET', '/v1/assistants')).json;
    assert.deepEqual([list['first_id'], list['last_id'], list['data']], [null, null, []]);
    const store = (await send('POST', '/v1/vector_stores', '{}')).json;
    assert.deepEqual([store['name'], store['expires_after'], store['expires_at']], [null, null, null]);
    const path = `/v1/vector_stores/${String(store['id'])}`;
    assert.equal((await send('POST', path, '{"name":"n"}')).json['name'], 'n');
    assert.equal((await send('POST', path, '{"name":null}')).json['name'], null);
    const file = await upload(client, 'a.txt', 'a');
    assert.equal((await send('GET', `/v1/files/${file.id}`)).json['status_details'], null);
    const [listed] = (await send('GET', '/v1/files')).json['data'] as { status_details: null }[];
    assert.equal(listed!.status_details, null);
  });

  it('have an id of their request each, which the log has for a failure', async () => {
    const { engine, log, dataDir, ...test } = openEngine({ provider: new ScriptedModel([says('Hi')]) });
    const { id } = await createTutor(test.client);
    const body = `{"assistant_id":"${id}","thread":{"messages":[{"role":"user","content":"Hi"}]},"stream":true}`;
    const answers = [
      await engine.fetch('http://engine/v1/assistants'),
      await engine.fetch('http://engine/v1/assistants/asst_none'),
      await engine.fetch('http://engine/nothing'),
      await engine.fetch('http://engine/v1/threads', { method: 'POST', body: '{' }),
      await engine.fetch('http://engine/v1/threads/runs', { method: 'POST', body }),
    ];
    const ids = answers.map(({ headers }) => headers.get('x-request-id') ?? '');
    for (const one of ids) assert.match(one, /^req_[0-9a-f]{32}$/);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 404, 404, 400, 200],
    );
    assert.match(await answers[4]!.text(), /event: done/);
    executeSql(dataDir, 'ALTER TABLE assistants RENAME TO gone');
    const failed = await engine.fetch('http://engine/v1/assistants');
    assert.equal(failed.status, 500);
    assert.match(
      log.at(-1) ?? '',
      new RegExp(`GET /v1/assistants \\(${failed.headers.get('x-request-id')}\\) failed`),
    );
  });
});

describe('the positions of annotations', () => {
  it('count code points, as Python does', async () => {
    const provider = new ScriptedModel([
      calls({ id: 'c', name: 'file_search', arguments: '{"queries":["Rome"]}' }),
      says('🚀', '🇫🇷 see 【0:0†', 'a.txt】 and ', '👍 ', '【0:0†a.txt】', '.'),
    ]);
    const { client } = openSearch({ provider });
    const store = await storeWith(client, { 'a.txt': 'Rome is in Italy.' });
    const assistant = await createTutor(client, {
      tools: [{ type: 'file_search' }],
      tool_resources: { file_search: { vector_store_ids: [store.id] } },
    });
    const { value, annotations } = await annotated(client, assistant.id);
    assert.deepEqual(
      annotations.map(({ text }) => text),
      ['【0:0†a.txt】', '【0:0†a.txt】'],
    );
    for (const annotation of annotations) assert.equal(slicePoints(value, annotation), annotation.text);
  });

  it('count code points in citations of web pages, too', async () => {
    const [text, url] = ['🚀 Rome [1] 🇮🇹 again [1].', 'https://rome.example/'];
    const provider = new ScriptedModel([
      [
        { type: 'text', text },
        { type: 'sources', sources: [{ url }] },
        { type: 'finish', reason: 'stop' },
      ],
    ]);
    const { client } = openEngine({ provider });
    const { value, annotations } = await annotated(client, (await createTutor(client)).id);
    assert.equal(annotations.length, 2);
    for (const annotation of annotations) assert.equal(slicePoints(value, annotation), '[1]');
  });
});

/** The text of a new thread's answer. Asserts that its deltas had the annotations of the whole. */
async function annotated(client: OpenAI, assistant_id: string): Promise<Text> {
  const thread = { messages: [{ role: 'user' as const, content: 'Where is Rome?' }] };
  const events = await collect(client.beta.threads.createAndRunStream({ assistant_id, thread }));
  const [message] = events.flatMap(({ event, data }) => (event === 'thread.message.completed' ? [data] : []));
  const part = message?.content[0];
  assert.ok(part?.type === 'text');
  const inDeltas = events.flatMap(({ event, data }) =>
    event === 'thread.message.delta'
      ? (data.delta.content ?? []).flatMap((one) =>
          one.type === 'text' ? (one.text?.annotations ?? []) : [],
        )
      : [],
  );
  assert.deepEqual(
    inDeltas.map(({ index: _index, ...annotation }) => annotation),
    part.text.annotations,
  );
  return part.text;
}
