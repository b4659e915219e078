import assert from 'node:assert/strict';
import OpenAI, { APIError, AzureOpenAI } from 'openai';
import { createChatCompletionsModel } from '../../../src/engine/models/chatCompletions';
import { delta, rawServer, sendJSON } from '../models/support';
import { afterTest, until } from '../support';
import { onPort, send } from './support';

const key = 'sk-the-key-of-the-connection';
const token = 'the-token-of-the-port';
const messages = [{ role: 'user' as const, content: 'Hello' }];

function providerAt(baseURL: string) {
  return createChatCompletionsModel({ label: 'Remote', baseURL, apiKey: () => Promise.resolve(key) });
}

describe('a request that the port passes on to a connection', () => {
  it('needs the token alone, which the connection’s server does not get', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, { choices: [] }));
    const { server: port } = await onPort({ token, provider: providerAt(server.baseURL) });
    const openai = new OpenAI({ apiKey: token, baseURL: port.url, maxRetries: 0 });
    await openai.chat.completions.create({ model: 'large', messages });
    const azure = new AzureOpenAI({
      apiKey: token,
      apiVersion: '2024-05-01-preview',
      endpoint: new URL(port.url).origin,
      maxRetries: 0,
    });
    await azure.chat.completions.create({ model: 'large', messages });
    assert.deepEqual(
      server.asked.map(({ headers }) => [headers.authorization, JSON.stringify(headers).includes(token)]),
      [
        [`Bearer ${key}`, false],
        [`Bearer ${key}`, false],
      ],
    );
    for (const apiKey of [key, 'local']) {
      const refused = new OpenAI({ apiKey, baseURL: port.url, maxRetries: 0 });
      const error: unknown = await refused.chat.completions
        .create({ model: 'large', messages })
        .catch((reason: unknown) => reason);
      assert.ok(error instanceof APIError);
      assert.equal(error.status, 401);
    }
    assert.equal(server.asked.length, 2);
  });

  it('is streamed, and cancelled when its client is gone', async () => {
    let closed = false;
    const server = await rawServer((response) => {
      response.on('close', () => (closed = true));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(delta({ content: 'Hel' }))}\n\n`);
    });
    const { server: port, log } = await onPort({ provider: providerAt(server.baseURL) });
    const openai = new OpenAI({ apiKey: 'local', baseURL: port.url, maxRetries: 0 });
    const stream = await openai.chat.completions.create({ model: 'large', messages, stream: true });
    for await (const chunk of stream) {
      assert.equal(chunk.choices[0]?.delta.content, 'Hel');
      assert.equal(closed, false);
      break;
    }
    await until('the answer is cancelled', () => Promise.resolve(closed));
    assert.deepEqual(log, []);
  });

  it('is cancelled when its client is gone before the answer', async () => {
    let closed = false;
    const server = await rawServer((response) => response.on('close', () => (closed = true)));
    const { server: port, log } = await onPort({ provider: providerAt(server.baseURL) });
    const openai = new OpenAI({ apiKey: 'local', baseURL: port.url, maxRetries: 0 });
    const leaving = new AbortController();
    const waiting = openai.chat.completions.create({ model: 'large', messages }, { signal: leaving.signal });
    await until('the server is asked', () => Promise.resolve(server.asked.length === 1));
    leaving.abort();
    await assert.rejects(waiting);
    await until('the request is cancelled', () => Promise.resolve(closed));
    assert.deepEqual(log, []);
  });

  it('has a body of a bounded size', async () => {
    const server = await rawServer((response) => sendJSON(response, 200, {}));
    const limits = { jsonBody: 1024 * 1024 };
    const { port } = await onPort({ limits, provider: providerAt(server.baseURL) });
    const body = (length: number) => JSON.stringify({ model: 'm', input: 'x'.repeat(length) });
    const statusOf = async (length: number) =>
      (await send(port, { method: 'POST', path: '/v1/embeddings', body: body(length) })).status;
    assert.equal(await statusOf(1000), 200);
    assert.equal(await statusOf(limits.jsonBody), 413);
    assert.equal(server.asked.length, 1);
  });

  it('is the demo’s where the demo is the default', async () => {
    const { server } = await onPort();
    const openai = new OpenAI({ apiKey: 'local', baseURL: server.url, maxRetries: 0 });
    const question = [{ role: 'user' as const, content: 'Solve 3x + 11 = 14' }];
    const stream = openai.chat.completions.stream({ model: 'demo/tutor', messages: question });
    afterTest(() => stream.abort());
    assert.match((await stream.finalContent()) ?? '', /x = 1/);
  });
});
