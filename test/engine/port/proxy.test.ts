import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import OpenAI from 'openai';
import { delta, rawServer, sendEvents } from '../models/support';
import { serveWith } from '../served';
import { afterTest, ask, createTutor } from '../support';

/** A proxy that connects every host name to one local server, and records the names. */
async function proxyTo(host: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const port = Number(host.split(':')[1]);
  // Requests for absolute URLs, as they are sent for unencrypted servers.
  const proxy = createServer((request, response) => {
    const { host: wanted, pathname } = new URL(request.url ?? '');
    asked.push(wanted);
    const { method, headers } = request;
    const onward = httpRequest({ host: '127.0.0.1', port, method, headers, path: pathname }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  // Tunnels, as they are asked for by other clients.
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    asked.push(request.url ?? '');
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    for (const socket of [server, client]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked };
}

describe('the server, where the environment names a proxy,', () => {
  async function answerOf(baseURL: string, env: Record<string, string>): Promise<string> {
    const options = ['--model-api', 'chat-completions', '--model-base-url', baseURL];
    const { baseURL: served } = await serveWith(env, ...options);
    const client = new OpenAI({ apiKey: 'any', baseURL: served });
    const run = await ask(client, await createTutor(client), 'Hello');
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed', ended.last_error?.message);
    return JSON.stringify((await client.beta.threads.messages.list(run.thread_id)).data[0]?.content);
  }

  it('sends requests to models through it, except to those on this machine', async () => {
    const model = await rawServer((response) => sendEvents(response, [delta({ content: 'Hello.' }, 'stop')]));
    const proxy = await proxyTo(model.host);
    const env = { HTTP_PROXY: proxy.url };
    assert.match(await answerOf('http://models.invalid:8080/v1', env), /Hello\./);
    assert.deepEqual(new Set(proxy.asked), new Set(['models.invalid:8080']));

    proxy.asked.length = 0;
    assert.match(await answerOf(model.baseURL, env), /Hello\./);
    assert.deepEqual(proxy.asked, []);
  });
});
