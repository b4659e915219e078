import assert from 'node:assert/strict';
import { onPort, raw, send as sendTo } from '../port/support';
import { openSearch } from '../fileSearchSupport';
import { openEngine } from '../support';
import { assertError, sender } from './support';

describe('the addresses of other clients', () => {
  it('may be those of Azure’s service', async () => {
    const test = openSearch();
    const send = sender(test);
    const plain = await send('POST', '/v1/assistants', '{"model":"m","instructions":"i"}');
    const { id } = plain.json;
    // Clients join an endpoint that ends with a slash and a path that starts with one.
    for (const base of ['/openai', '/openai/v1', '/v1/openai', '//openai', '//openai/v1']) {
      const read = await test.engine.fetch(
        `http://engine${base}/assistants/${String(id)}?api-version=2024-05-01-preview`,
      );
      assert.deepEqual(await read.json(), plain.json, base);
      for (const path of ['/assistants', '/files', '/vector_stores', '/models']) {
        const listed = await test.engine.fetch(
          `http://engine${base}${path}?api-version=2024-05-01-preview&limit=5`,
        );
        assert.equal(listed.status, 200, base + path);
      }
      const body = `{"assistant_id":"${String(id)}"}`;
      const run = await test.engine.fetch(
        `http://engine${base}/threads/runs?api-version=2024-05-01-preview`,
        {
          method: 'POST',
          body,
        },
      );
      assert.equal(run.status, 200, base);
    }
    const deployed = await test.engine.fetch('http://engine/openai/deployments/x/assistants');
    assert.equal(deployed.status, 404);
  });

  it('report their changes to other windows under the plain path', async () => {
    const one = openEngine();
    const two = openEngine({ dataDir: one.dataDir });
    const writes = await two.engine.fetch('http://engine/v1/writes');
    const body = '{"model":"m"}';
    await one.engine.fetch('http://engine/openai/assistants/?api-version=2024-05-01-preview', {
      method: 'POST',
      body,
    });
    const reader = writes.body!.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await reader.read();
    assert.match(value ?? '', /"path":"\/v1\/assistants"/);
    await reader.cancel();
  });

  it('may end with a slash, or have one too many after the base URL', async () => {
    const send = sender(openEngine());
    const thread = await send('POST', '/v1/threads/', '{}');
    assert.equal(thread.status, 200);
    const { id } = thread.json;
    for (const path of [
      `/v1/threads/${String(id)}/`,
      `/v1//threads/${String(id)}`,
      `/v1/threads/${String(id)}/messages/?limit=1`,
    ])
      assert.equal((await send('GET', path)).status, 200, path);
    // An empty id is not skipped: this must not create a thread.
    const assistant = await send('POST', '/v1/assistants', '{"model":"m","instructions":"i"}');
    const run = `{"assistant_id":"${String(assistant.json['id'])}"}`;
    assert.equal((await send('POST', '/v1/threads//runs', run)).status, 404);
  });

  it('of the files of the API’s first version say what replaced them', async () => {
    const send = sender(openEngine());
    for (const path of [
      '/v1/assistants/asst_1/files',
      '/v1/assistants/asst_1/files/file-1',
      '/v1/threads/thread_1/messages/msg_1/files',
      '/v1/threads/thread_1/messages/msg_1/files/file-1',
      '/v1/messages/msg_1/files',
    ]) {
      const hint =
        /^Invalid URL \(\w+ \S+\)\. In v2 of the Assistants API files belong to a tool: .*'attachments'/;
      assertError(await send('GET', path), 404, 'unknown_url', hint);
      assertError(await send('POST', path, '{"file_id":"f"}'), 404, 'unknown_url', hint);
    }
    assertError(await send('GET', '/v1/assistants/asst_1/nothing'), 404, 'unknown_url', /\)$/);
  });
});

describe('a port that other clients use', () => {
  it('takes the token in the header of Azure’s clients', async () => {
    const { port } = await onPort({ token: 'a-long-token' });
    const statusOf = async (headers: Record<string, string>) =>
      (await sendTo(port, { path: '/openai/assistants?api-version=2024-05-01-preview', headers })).status;
    assert.equal(await statusOf({ 'api-key': 'a-long-token' }), 200);
    assert.equal(await statusOf({ authorization: 'Bearer a-long-token' }), 200);
    assert.equal(await statusOf({ 'api-key': 'a-long-token', authorization: 'Bearer other' }), 200);
    for (const wrong of ['', 'a-long-toke', 'a-long-token2'])
      assert.equal(await statusOf({ 'api-key': wrong }), 401);
  });

  it('names each request in its answer, also one that it refuses', async () => {
    const { port } = await onPort({ token: 'a-long-token' });
    const ids = [
      await sendTo(port, { path: '/v1/assistants', headers: { authorization: 'Bearer a-long-token' } }),
      await sendTo(port, { path: '/v1/assistants' }),
      await sendTo(port, { path: '/v1/assistants', headers: { host: 'evil.example' } }),
    ].map(({ headers }) => String(headers['x-request-id']));
    for (const id of ids) assert.match(id, /^req_[0-9a-f]{32}$/);
    assert.equal(new Set(ids).size, 3);
    assert.match(await raw(port, 'no HTTP\r\n\r\n').closed, /\r\nx-request-id: req_[0-9a-f]{32}\r\n/);
  });
});
