import assert from 'node:assert/strict';
import { openSearch } from '../fileSearchSupport';
import { assertError, type Json, sender } from './support';

/** A file, a thread with a message, a vector store, and the sender of an engine that has them. */
async function openWithObjects() {
  const test = openSearch();
  const send = sender(test);
  const create = async (path: string, body: string): Promise<Json> => (await send('POST', path, body)).json;
  const form = new FormData();
  form.set('purpose', 'assistants');
  form.set('file', new File(['Rome is in Italy.'], 'a.txt'));
  const upload = await test.engine.fetch('http://engine/v1/files', { method: 'POST', body: form });
  return {
    ...test,
    send,
    file: ((await upload.json()) as Json)['id'] as string,
    assistant: (await create('/v1/assistants', '{"model":"m","instructions":"i"}'))['id'] as string,
    thread: (await create('/v1/threads', '{"messages":[{"role":"user","content":"Hi"}]}'))['id'] as string,
    store: (await create('/v1/vector_stores', '{}'))['id'] as string,
  };
}

describe('values that say nothing, as other clients send them', () => {
  it('count as a body that is left out', async () => {
    const { send, thread, assistant, store } = await openWithObjects();
    const paths = [
      '/v1/threads',
      '/v1/vector_stores',
      `/v1/threads/${thread}`,
      `/v1/assistants/${assistant}`,
      `/v1/vector_stores/${store}`,
    ];
    for (const body of ['[]', 'null', '""', '', ' \n', '{}']) {
      for (const path of paths) assert.equal((await send('POST', path, body)).status, 200, `${path} ${body}`);
    }
    assertError(await send('POST', '/v1/assistants', '[]'), 400, 'missing_required_parameter', /'model'/);
    for (const body of ['[1]', '"x"', '0', 'false'])
      assertError(await send('POST', '/v1/threads', body), 400, 'invalid_type', /expected an object/);
  });

  it('count as left out of assistants', async () => {
    const { send } = await openWithObjects();
    const bodies = [
      '"tools":null,"metadata":null,"tool_resources":null,"response_format":null,"temperature":null',
      '"tool_resources":{"code_interpreter":null,"file_search":null}',
      '"tool_resources":{"code_interpreter":[],"file_search":[]}',
      '"tool_resources":{"code_interpreter":{"file_ids":null},"file_search":{"vector_store_ids":null}}',
      '"tool_resources":{"file_search":{"vector_stores":[{"file_ids":null,"chunking_strategy":null,"metadata":null}]}}',
      '"tools":[{"type":"file_search","file_search":null,"function":null}]',
      '"tools":[{"type":"file_search","file_search":{"max_num_results":null,"ranking_options":null}}]',
      '"tools":[{"type":"function","function":{"name":"f","description":null,"parameters":null,"strict":null}}]',
      '"tools":[{"type":"function","function":{"name":"f","parameters":[]}}]',
      '"response_format":{"type":"json_schema","json_schema":{"name":"n","description":null,"schema":null}}',
      '"metadata":[],"tool_resources":[],"response_format":[]',
      '"tools":[{"type":"file_search","file_search":{"ranking_options":{"ranker":null,"score_threshold":null}}}]',
      '"tools":[{"type":"file_search","file_search":{"ranking_options":{}}}]',
    ];
    for (const body of bodies)
      assert.equal((await send('POST', '/v1/assistants', `{"model":"m",${body}}`)).status, 200, body);
    const { json } = await send('POST', '/v1/assistants', `{"model":"m",${bodies[7]}}`);
    assert.deepEqual(json['tools'], [{ type: 'function', function: { name: 'f', strict: null } }]);
  });

  it('count as left out of threads, messages and runs', async () => {
    const { send, assistant, thread, file } = await openWithObjects();
    const messages = [
      `{"role":"user","content":"x","attachments":[{"file_id":"${file}","tools":null}],"metadata":null}`,
      '{"role":"user","content":"x","attachments":null,"metadata":[]}',
      `{"role":"user","content":[{"type":"image_file","image_file":{"file_id":"${file}","detail":null}}]}`,
      '{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://a.example/b.png","detail":null}}]}',
    ];
    for (const message of messages) {
      assert.equal((await send('POST', `/v1/threads/${thread}/messages`, message)).status, 200, message);
      assert.equal((await send('POST', '/v1/threads', `{"messages":[${message}]}`)).status, 200, message);
    }
    assert.equal((await send('POST', '/v1/threads', '{"messages":null}')).status, 200);

    const run = `"assistant_id":"${assistant}","parallel_tool_calls":null,"stream":null,"tool_choice":null,"tools":null`;
    for (const body of [
      '"thread":null',
      '"thread":[]',
      '"thread":{"messages":null}',
      `"thread":{"messages":[${messages[0]}]}`,
    ])
      assert.equal((await send('POST', '/v1/threads/runs', `{${run},${body}}`)).status, 200, body);
    const withMessages = `{${run},"additional_messages":[${messages[0]}],"truncation_strategy":[],"metadata":[]}`;
    assert.equal((await send('POST', `/v1/threads/${thread}/runs`, withMessages)).status, 200);
  });

  it('count as left out of vector stores, their files and searches', async () => {
    const { send, store, file } = await openWithObjects();
    const stores = [
      '{"name":null,"file_ids":null,"chunking_strategy":null,"expires_after":null,"metadata":null}',
      '{"expires_after":[],"chunking_strategy":[],"metadata":[]}',
      '{"expires_after":{"anchor":null,"days":null},"chunking_strategy":{}}',
      '{"chunking_strategy":{"type":"auto","static":null}}',
    ];
    for (const body of stores)
      assert.equal((await send('POST', '/v1/vector_stores', body)).status, 200, body);
    const options = '"chunking_strategy":null,"attributes":null';
    const batches = [
      `{"file_ids":["${file}"],"files":null,${options}}`,
      `{"file_ids":["${file}"],"files":[]}`,
      `{"file_ids":null,"files":[{"file_id":"${file}",${options}}]}`,
    ];
    for (const body of batches)
      assert.equal((await send('POST', `/v1/vector_stores/${store}/file_batches`, body)).status, 200, body);
    const added = await send('POST', `/v1/vector_stores/${store}/files`, `{"file_id":"${file}",${options}}`);
    assert.equal(added.status, 200);
    const search =
      '{"query":"Rome","filters":null,"ranking_options":null,"max_num_results":null,"rewrite_query":null}';
    assert.equal((await send('POST', `/v1/vector_stores/${store}/search`, search)).status, 200);
  });

  it('leave what they do not change', async () => {
    const { send, assistant } = await openWithObjects();
    const path = `/v1/assistants/${assistant}`;
    await send('POST', path, '{"name":"n","metadata":{"k":"v"},"tools":[{"type":"code_interpreter"}]}');
    const { json } = await send('POST', path, '{"model":null,"tools":null,"metadata":[]}');
    assert.deepEqual(
      [json['model'], json['metadata'], json['tools']],
      ['m', { k: 'v' }, [{ type: 'code_interpreter' }]],
    );
  });

  it('reset the fields that can be null', async () => {
    const { send, assistant, store } = await openWithObjects();
    const path = `/v1/assistants/${assistant}`;
    await send('POST', path, '{"name":"n","description":"d","metadata":{"k":"v"},"temperature":0.5}');
    const { json } = await send(
      'POST',
      path,
      '{"name":null,"description":null,"metadata":null,"temperature":null}',
    );
    const { name, description, metadata, temperature } = json;
    assert.deepEqual([name, description, metadata, temperature], [null, null, {}, null]);
    const expiring = '{"expires_after":{"anchor":"last_active_at","days":1}}';
    assert.notEqual((await send('POST', `/v1/vector_stores/${store}`, expiring)).json['expires_at'], null);
    const kept = await send('POST', `/v1/vector_stores/${store}`, '{"expires_after":null}');
    assert.equal(kept.json['expires_at'], null);
  });

  it('are kept within what is the client’s own', async () => {
    const { send } = await openWithObjects();
    const schema = { type: 'object', properties: { a: { enum: [null, 'x'], default: null } }, required: [] };
    const tool = { type: 'function', function: { name: 'f', parameters: schema } };
    const { json } = await send('POST', '/v1/assistants', JSON.stringify({ model: 'm', tools: [tool] }));
    assert.deepEqual(json['tools'], [tool]);
    const pairs = await send('POST', '/v1/threads', '{"metadata":{"k":null}}');
    assertError(pairs, 400, 'invalid_type', /'metadata\.k': expected a string, but got null/);
  });

  it('are errors where a value is required, and shown in them', async () => {
    const { send, thread, store } = await openWithObjects();
    const message = `/v1/threads/${thread}/messages`;
    assertError(
      await send('POST', '/v1/assistants', '{"model":null}'),
      400,
      'invalid_type',
      /'model'.*got null/,
    );
    assertError(
      await send('POST', message, '{"role":"user","content":null}'),
      400,
      'invalid_type',
      /'content'.*got null/,
    );
    assertError(
      await send('POST', '/v1/assistants', '{"model":"m","tools":[null]}'),
      400,
      'invalid_type',
      /'tools\[0\]'/,
    );
    const batch = `/v1/vector_stores/${store}/file_batches`;
    assertError(await send('POST', batch, '{"file_ids":null}'), 400, 'invalid_type', /'file_ids'.*got null/);
    const days = '{"expires_after":{"anchor":"last_active_at","days":null}}';
    assertError(await send('POST', '/v1/vector_stores', days), 400, 'invalid_type', /days'.*got null/);
    const sizes = '{"chunking_strategy":{"type":"auto","static":{"max_chunk_size_tokens":800}}}';
    assertError(await send('POST', '/v1/vector_stores', sizes), 400, 'unknown_parameter', /static/);
    const choice = '{"model":"m","tools":null,"nothing":null}';
    assertError(await send('POST', '/v1/assistants', choice), 400, 'unknown_parameter', /'nothing'/);
  });
});
