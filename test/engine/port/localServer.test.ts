import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { startServer } from '../../../src/engine/server/localServer';
import type { ModelEvent, ModelRequest } from '../../../src/engine/models/modelProvider';
import { ask, createTutor, pausedTurn, says, ScriptedModel, until } from '../support';
import { onPort, raw, send } from './support';

interface Envelope {
  error: { message: string; type: string; param: string | null; code: string | null };
}

function errorIn(body: string): Envelope['error'] {
  return (JSON.parse(body) as Envelope).error;
}

describe('an engine on a port', () => {
  it('answers on the loopback address alone', async () => {
    const { server } = await onPort();
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  });

  it('takes any spelling of loopback as its Host, and no other', async () => {
    const { port } = await onPort();
    const statusOf = async (host: string) =>
      (await send(port, { path: '/v1/models', headers: { host } })).status;
    for (const host of [`127.0.0.1:${port}`, 'localhost', 'LOCALHOST:80', '[::1]:1']) {
      assert.equal(await statusOf(host), 200, host);
    }
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      '0.0.0.0',
      '169.254.1.1',
    ]) {
      assert.equal(await statusOf(host), 403, host);
    }
  });

  it('lets no web page make requests, not even preflight requests', async () => {
    const { port } = await onPort();
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
      const answer = await send(port, { method, path: '/v1/assistants', headers });
      assert.equal(answer.status, 403);
      assert.deepEqual(
        Object.keys(answer.headers).filter((name) => name.startsWith('access-control')),
        [],
      );
    }
  });

  it('answers no web page, not even its images, which send no Origin', async () => {
    const { port } = await onPort();
    const answerTo = (site: string) =>
      send(port, {
        path: '/v1/assistants',
        headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' },
      });
    for (const site of ['cross-site', 'same-site', 'anything']) {
      const answer = await answerTo(site);
      assert.deepEqual([answer.status, errorIn(answer.body).code], [403, 'forbidden_origin'], site);
    }
    // As sent for a typed address, and by browser-based programs.
    assert.equal((await answerTo('none')).status, 200);
    assert.equal((await fetch(`http://127.0.0.1:${port}/v1/assistants`)).status, 200);
  });

  it('accepts the exact token only', async () => {
    const { port } = await onPort({ token: 'a-long-token' });
    const statusOf = async (authorization: string) =>
      (await send(port, { path: '/v1/models', headers: { authorization } })).status;
    assert.equal(await statusOf('Bearer a-long-token'), 200);
    assert.equal(await statusOf('bearer a-long-token'), 200);
    for (const wrong of ['', 'Bearer', 'Bearer a-long-toke', 'Bearer a-long-token2', 'Basic a-long-token']) {
      assert.equal(await statusOf(wrong), 401, wrong);
    }
  });

  it('says that its port is in use', async () => {
    const { engine, port } = await onPort();
    await assert.rejects(startServer({ engine, port }), {
      message: `The port ${port} is not available: another program uses it. Choose another one, or 0 for any free port.`,
    });
  });

  it('leaves the globals of its process alone', async () => {
    const [before, after] = [globalThis.Request, await onPort().then(() => globalThis.Request)];
    assert.equal(before, after);
  });
});

describe('a port that is used badly', () => {
  it('rejects a body whose Content-Length is too large, without waiting for it', async () => {
    const { port } = await onPort();
    const head = `POST /v1/threads HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`;
    const answer = await raw(port, `${head}content-length: 999999999\r\n\r\n{`).closed;
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /"code":"request_too_large"/);
  });

  it('takes the rest of a body that it has refused, and does not read it as requests', async () => {
    const { port } = await onPort({ limits: { jsonBody: 1000 } });
    const request = 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\n';
    const body = `${request}\r\n`.repeat(20_000);
    const head = 'POST /v1/threads HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    const { socket, closed } = raw(port, `${head}content-length: ${body.length}\r\n\r\n{`);
    await once(socket, 'data');
    socket.write(`${body.slice(1)}${request}connection: close\r\n\r\n`);
    const statuses = (await closed).match(/HTTP\/1\.1 \d+/g);
    assert.deepEqual(statuses, ['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  it('keeps the connection on which it has refused a large body', async () => {
    const { port } = await onPort({ limits: { jsonBody: 1_000_000 } });
    const head = (path: string) => `POST ${path} HTTP/1.1\r\nhost: localhost\r\n`;
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const text = ' '.repeat(1_000_000);
    const bodies = {
      'to no path of the API': `${head('/v1/nothing')}content-length: ${text.length}\r\n\r\n${text}`,
      'in chunks to no path of the API': `${head('/v1/nothing')}transfer-encoding: chunked\r\n\r\n${chunk.repeat(15)}0\r\n\r\n`,
      'that is too large': `${head('/v1/threads')}transfer-encoding: chunked\r\n\r\n${chunk.repeat(40)}0\r\n\r\n`,
      'that is no form': `${head('/v1/files')}content-type: multipart/form-data; boundary=x\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    };
    await Promise.all(
      Object.entries(bodies).map(async ([kind, request]) => {
        const { socket, closed } = raw(port, request);
        await once(socket, 'data');
        // Connections on which a body is left are closed after half a second.
        await setTimeout(700);
        socket.write('GET /v1/models HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
        assert.match(await closed, /^HTTP\/1\.1 4\d\d [^]*HTTP\/1\.1 200 /, kind);
      }),
    );
  });

  it('rejects a body that turns out to be too large', async () => {
    const { port } = await onPort({ limits: { jsonBody: 100_000 } });
    const head = `POST /v1/threads HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
    const answer = await raw(port, head + chunk.repeat(40)).closed;
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  it('takes a file that is larger than any JSON may be', async () => {
    const { port } = await onPort({ limits: { jsonBody: 1000 } });
    const content = 'x'.repeat(200_000);
    const form = new FormData();
    form.set('purpose', 'assistants');
    form.set('file', new File([content], '../../x.txt'));
    const response = await fetch(`http://127.0.0.1:${port}/v1/files`, { method: 'POST', body: form });
    assert.equal(response.status, 200);
    const file = (await response.json()) as { bytes: number; filename: string };
    assert.deepEqual([file.bytes, file.filename], [content.length, 'x.txt']);
  });

  it('rejects endless header lines', async () => {
    const { port } = await onPort();
    const answer = await raw(port, `GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(100_000)}`)
      .closed;
    assert.match(answer, /^HTTP\/1\.1 431 /);
    assert.match(errorIn(answer.split('\r\n\r\n')[1] ?? '').message, /header lines .* too long/);
  });

  it('closes connections whose request never ends', async () => {
    const { port } = await onPort({ limits: { headersTime: 100, requestTime: 200, checkEvery: 50 } });
    const slow = [
      'GET /v1/models HTTP/1.1\r\nhost: local',
      'POST /v1/threads HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{',
    ];
    for (const text of slow) assert.match(await raw(port, text).closed, /^(HTTP\/1\.1 408 |$)/);
  });

  it('keeps idle connections open for clients that ask once in a while', async () => {
    const { port } = await onPort();
    const { headers } = await send(port, { path: '/v1/models', headers: { connection: 'keep-alive' } });
    assert.match(String(headers['keep-alive']), /^timeout=(\d\d|\d{3})$/);
  });

  it('refuses a body in another encoding than UTF-8, whose letters would be lost', async () => {
    const { port } = await onPort();
    const body = Buffer.from('{"model":"demo/tutor","name":"Größe"}', 'latin1');
    const answer = await send(port, { method: 'POST', path: '/v1/assistants', body });
    assert.equal(answer.status, 400);
    assert.match(errorIn(answer.body).message, /not in UTF-8/);
  });

  it('answers invalid HTTP in its own envelope', async () => {
    const { port } = await onPort();
    for (const text of ['hello\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01']) {
      const answer = await raw(port, text).closed;
      assert.match(answer, /^HTTP\/1\.1 400 /);
      assert.equal(errorIn(answer.split('\r\n\r\n')[1] ?? '').type, 'invalid_request_error');
    }
  });

  it('keeps working after connections that break at any point, which it does not report', async () => {
    const { port, log } = await onPort();
    const request = 'POST /v1/threads HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}';
    for (let cut = 1; cut < request.length; cut++) {
      const { socket, closed } = raw(port, request.slice(0, cut));
      await once(socket, 'connect');
      socket.resetAndDestroy();
      await closed;
    }
    assert.equal((await send(port, { path: '/v1/models' })).status, 200);
    assert.deepEqual(log, []);
  });

  it('limits the number of connections', async () => {
    const { port } = await onPort({ limits: { connections: 5 } });
    const held = Array.from({ length: 5 }, () => raw(port, 'GET /v1/models HTTP/1.1\r\n'));
    await Promise.all(held.map(({ socket }) => once(socket, 'connect')));
    assert.equal(await raw(port, 'GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n').closed, '');
    for (const { socket } of held) socket.destroy();
    await until('there is room again', () =>
      send(port, { path: '/v1/models' }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  });
});

describe('streams on a port', () => {
  /** Opens the events of a run, once the answer has begun. */
  async function openEvents(port: number, threadId: string, runId: string): Promise<IncomingMessage> {
    const sent = get({
      host: '127.0.0.1',
      port,
      path: `/v1/threads/${threadId}/runs/${runId}/events`,
      agent: false,
    });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }

  async function textOf(response: IncomingMessage): Promise<string> {
    let text = '';
    for await (const piece of response) text += String(piece);
    return text;
  }

  it('are open a thousand at once, and all come to their end while other requests are answered', async function () {
    this.timeout(60_000);
    const { turn, go } = pausedTurn(['Once'], [' upon', ' a time']);
    const { client, port } = await onPort({ provider: new ScriptedModel([turn]) });
    const run = await ask(client, await createTutor(client), 'Tell me a story');
    const open: IncomingMessage[] = [];
    for (let i = 0; i < 20; i++) {
      const fifty = Array.from({ length: 50 }, () => openEvents(port, run.thread_id, run.id));
      open.push(...(await Promise.all(fifty)));
    }
    assert.equal((await send(port, { path: '/v1/models' })).status, 200);
    const texts = open.map(textOf);
    go();
    for (const text of texts)
      assert.match(await text, /Once upon a time[^]*event: thread\.run\.completed\n[^]*\[DONE\]/);
  });

  it('that are not read are closed, and the run continues', async () => {
    const piece = 'x'.repeat(256 * 1024);
    async function* flood(_request: ModelRequest): AsyncIterable<ModelEvent> {
      for (let i = 0; i < 200; i++) {
        yield { type: 'text', text: piece };
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield* says();
    }
    const { client, port } = await onPort({ provider: new ScriptedModel([flood]) });
    const run = await ask(client, await createTutor(client), 'Flood me');
    const unread = await openEvents(port, run.thread_id, run.id);
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed');
    await assert.rejects(textOf(unread), { code: 'ECONNRESET' });
  });

  it('do not keep it from closing', async () => {
    const { turn } = pausedTurn(['Once'], []);
    const { client, port, server } = await onPort({ provider: new ScriptedModel([turn]) });
    const run = await ask(client, await createTutor(client), 'Tell me a story');
    const open = await openEvents(port, run.thread_id, run.id);
    const read = textOf(open);
    const half = raw(port, 'GET /v1/models HTTP/1.1\r\n');
    await once(half.socket, 'connect');
    await server.close();
    await assert.rejects(read);
    await half.closed;
    await assert.rejects(send(port, { path: '/v1/models' }), { code: 'ECONNREFUSED' });
    // Closing the server does not close the engine.
    assert.equal(
      (await client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id })).status,
      'in_progress',
    );
  });
});
