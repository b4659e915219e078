import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import OpenAI from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { listThreads } from '../../src/client/client';
import { describeError } from '../../src/client/errors/errors';
import { newClient } from '../../src/client/openaiClient';
import { RemoteService } from '../../src/client/service/remoteService';
import { ThreadMemory } from '../../src/client/service/threadMemory';
import { extensions, Network, RemoteServer, serverKey, useServer } from './remote';
import { ask, client, command, conversation, createTutor, newThread, until } from './support';
import { memento } from './window';

const puppet = (): Promise<Assistant> =>
  command('createAssistant', { name: 'Puppet', model: 'puppet/puppet' });

describe('a server with the Assistants API', () => {
  let server: RemoteServer;
  let network: Network;
  let outside: OpenAI;
  let leave: () => Promise<void>;

  before(async () => {
    server = await RemoteServer.start();
    network = await Network.before(server.baseUrl);
    outside = new OpenAI({ baseURL: server.baseUrl, apiKey: serverKey, maxRetries: 0 });
  });

  after(async () => {
    await network.stop();
    await server.stop();
  });

  beforeEach(async () => {
    leave = await useServer(network.baseUrl);
  });

  afterEach(async () => {
    network.hidden = undefined;
    network.rejects = undefined;
    network.answer = undefined;
    network.comeBack();
    await leave();
  });

  it('shows its own assistants and threads, and none of this computer', async () => {
    await leave();
    const here = await createTutor('Of this computer');
    leave = await useServer(network.baseUrl);
    const there = await createTutor('Of the server');
    equal((await outside.beta.assistants.retrieve(there.id)).name, 'Of the server');
    await rejects((await client()).beta.assistants.retrieve(here.id).then(), /No assistant found/);
    await command('chooseService', { serviceId: 'embedded' });
    equal((await (await client()).beta.assistants.retrieve(here.id)).name, 'Of this computer');
    await command('deleteAssistant', { assistantId: here.id, confirm: false });
  });

  it('receives the key that was set for it, and no other', async () => {
    await command('setApiKey', { connectionId: 'elsewhere', apiKey: 'wrong' });
    await rejects(command('testConnection', { connectionId: 'elsewhere' }), /Elsewhere .* answered 401/);
    await rejects(createTutor('Nobody'), /Elsewhere .* answered 401: .*API key/);
    await command('setApiKey', { connectionId: 'elsewhere', apiKey: serverKey });
    await command('testConnection', { connectionId: 'elsewhere' });
  });

  it('is shown although it sends malformed objects', async () => {
    const thread = await newThread('Malformed');
    const message = { object: 'thread.message', thread_id: thread.id, role: 'user', created_at: 1 };
    const answers: Record<string, unknown> = {
      [`/threads/${thread.id}/messages`]: {
        object: 'list',
        has_more: false,
        data: [
          { ...message, id: 'msg_1', content: null },
          { ...message, id: 'msg_2', content: 'Just text', created_at: '2024-05-06T07:08:09Z' },
          {
            ...message,
            id: 'msg_3',
            content: [null, { type: 'text' }, { type: 'text', text: { value: 'x' } }],
          },
          { ...message, id: 'msg_4', content: [], metadata: [], attachments: {}, role: 'tool' },
          null,
          'msg_5',
          { id: 'msg_7', content: null },
          { ...message, id: 6 },
        ],
      },
      '/assistants': { object: 'list', data: [{ object: 'assistant', id: 'asst_1', name: 5, tools: null }] },
      '/vector_stores': { object: 'list', data: { a: 1 } },
      '/files': { object: 'list', data: [{ object: 'file', id: 'file_1' }] },
    };
    network.answer = (response) => {
      const url = new URL(response.req.url ?? '', network.baseUrl);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answers[url.pathname.replace('/v1', '')] ?? { object: 'list', data: [] }));
    };
    const api = await client();
    const { data } = await api.beta.threads.messages.list(thread.id);
    const unreadable = '*The server sent content that cannot be shown.*';
    deepEqual(
      data.map(({ content }) => content.map((part) => part.type === 'text' && part.text.value)),
      [[unreadable], ['Just text'], [unreadable, unreadable, 'x'], [], [unreadable]],
    );
    equal(data[1]?.created_at, Date.UTC(2024, 4, 6, 7, 8, 9) / 1000);
    equal(data[3]?.role, 'assistant');
    const [assistant] = (await api.beta.assistants.list()).data;
    deepEqual([assistant?.name, assistant?.tools, assistant?.model], ['5', [], '']);
    deepEqual((await api.vectorStores.list()).data, []);
    deepEqual((await api.files.list()).data[0]?.filename, '');
  });

  it('may stream malformed events', async () => {
    const events = [
      {
        event: 'thread.message.created',
        data: {
          object: 'thread.message',
          id: 'msg_1',
          content: null,
          status: 'in_progress',
          role: 'assistant',
        },
      },
      {
        event: 'thread.message.delta',
        data: { object: 'thread.message.delta', id: 'msg_1', delta: { content: 'no array' } },
      },
    ];
    const lines = events.map(({ event, data }) => `event: ${event}\r\ndata: ${JSON.stringify(data)}\r\n\r\n`);
    network.answer = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      // In pieces, as a network does.
      for (const piece of `${lines.join('')}data: [DONE]\n\n`.match(/[^]{1,7}/g) ?? []) response.write(piece);
      response.end();
    };
    const received = [];
    const api = await client();
    const run = { assistant_id: 'asst_1', stream: true } as const;
    for await (const event of await api.beta.threads.runs.create('thread_1', run)) received.push(event.data);
    deepEqual(
      received.map((data) => ('delta' in data ? data.delta : 'content' in data && data.content)),
      [[], { content: [] }],
    );
  });

  it('leaves its key in no file', async () => {
    await createTutor('Anybody');
    const folder = path.dirname(process.env['ASSISTANTS_STUDIO_REPORT'] ?? '');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    const paths = files.map((file) => path.join(file.parentPath, file.name));
    ok(paths.length > 0);
    deepEqual(
      paths.filter((file) => readFileSync(file).includes(serverKey)),
      [],
    );
  });

  it('has its threads remembered if it cannot list them', async () => {
    network.hidden = extensions;
    const tutor = await createTutor();
    const made = await newThread('Made here');
    const elsewhere = await outside.beta.threads.create({
      messages: [{ role: 'user', content: 'From elsewhere' }],
    });
    const unknown = await outside.beta.threads.create();
    await command('openThread', { threadId: elsewhere.id });
    await ask(made.id, tutor.id, 'Hello?');
    const titles = async (): Promise<Record<string, string | undefined>> => {
      const { data } = await listThreads(await client(), { limit: 100 });
      return Object.fromEntries(data.map(({ id, metadata }) => [id, metadata?.['title']]));
    };
    const known = await titles();
    equal(known[made.id], 'Made here');
    equal(known[elsewhere.id], 'From elsewhere');
    ok(!(unknown.id in known));
    await outside.beta.threads.update(made.id, { metadata: { title: 'Renamed elsewhere' } });
    await outside.beta.threads.delete(elsewhere.id);
    const later = await titles();
    equal(later[made.id], 'Renamed elsewhere');
    ok(!(elsewhere.id in later));
    await command('deleteThread', { threadId: made.id, confirm: false });
    ok(!(made.id in (await titles())));
  });

  it('lists remembered threads in pages', async () => {
    network.hidden = extensions;
    const threads: Thread[] = [];
    for (const title of ['one', 'two', 'three']) threads.push(await newThread(title));
    const first = await listThreads(await client(), { limit: 2 });
    equal(first.data.length, 2);
    ok(first.has_more);
    const all: string[] = [];
    for await (const { id } of listThreads(await client(), { limit: 2 })) all.push(id);
    deepEqual(
      threads.map(({ id }) => all.filter((other) => other === id).length),
      [1, 1, 1],
    );
  });

  for (const [kind, hidden] of [
    ['as it says', undefined],
    ['although it tells no events of a run under way', extensions],
  ] as const) {
    it(`goes on with an answer whose stream was cut in the middle, ${kind}`, async () => {
      network.hidden = hidden;
      const assistant = await puppet();
      const thread = await newThread('Cut');
      const sent = command<Run>('sendMessage', {
        threadId: thread.id,
        assistantId: assistant.id,
        text: 'Hello?',
        wait: true,
      });
      server.puppet.say('One ', 'two ');
      await until('the run has begun', async () => {
        const { data } = await outside.beta.threads.messages.list(thread.id, { limit: 1 });
        return data[0]?.role === 'assistant';
      });
      const asked = network.requests.length;
      network.cut({ away: true });
      server.puppet.say('three ');
      await until('the window has asked in vain', () => network.requests.length > asked);
      network.comeBack();
      server.puppet.say('four.');
      server.puppet.finish();
      const run = await sent;
      equal(run.status, 'completed');
      equal((await conversation(thread.id)).at(-1)?.text, 'One two three four.');
    });
  }

  for (const status of [400, 422]) {
    it(`is asked for no model turns once it has rejected that with ${status}`, async () => {
      network.rejects = { pattern: /include(\[\]|%5B%5D)=turn/, status };
      const assistant = await puppet();
      const thread = await newThread('Plain');
      const asked: number[] = [];
      for (const text of ['One.', 'Two.']) {
        server.puppet.think('Hidden.');
        server.puppet.say(text);
        server.puppet.finish();
        const run = await command<Run>('sendMessage', {
          threadId: thread.id,
          assistantId: assistant.id,
          text: 'Hello?',
          wait: true,
        });
        equal(run.status, 'completed');
        equal((await conversation(thread.id)).at(-1)?.text, text);
        asked.push(network.requests.filter((request) => network.rejects?.pattern.test(request)).length);
      }
      ok(asked[0]);
      equal(asked[1], asked[0]);
    });
  }

  it('follows a run that it started although the network lost the response', async () => {
    const assistant = await puppet();
    const thread = await newThread('Lost');
    network.loses = /^POST .*\/runs(\?|$)/;
    const sent = command<Run>('sendMessage', {
      threadId: thread.id,
      assistantId: assistant.id,
      text: 'Hello?',
      wait: true,
    });
    await until('the answer is lost', () => network.loses === undefined);
    server.puppet.say('Found again.');
    server.puppet.finish();
    equal((await sent).status, 'completed');
    equal((await outside.beta.threads.runs.list(thread.id)).data.length, 1);
    equal((await conversation(thread.id)).at(-1)?.text, 'Found again.');
  });

  it('has a clear error message if it cannot be reached, or has no Assistants API', async () => {
    network.cut({ away: true });
    await rejects(createTutor('Nobody'), /^Error: Elsewhere \(127\.0\.0\.1:\d+\) closed the connection/);
    network.comeBack();
    network.answer = (response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>');
    await rejects(createTutor('Nobody'), /Elsewhere .* cannot be read: it is not JSON\. Check .* base URL/);
    network.answer = (response) => void response.writeHead(502).end('<h1>Bad gateway</h1>');
    await rejects(createTutor('Nobody'), /Elsewhere .* answered 502/);
  });

  it('is not followed to another address by a redirect', async () => {
    const place = await Network.before(server.baseUrl);
    // The window may still send requests when that server is gone.
    const { baseUrl } = place;
    const tutor = await createTutor('Not moved');
    for (const status of [302, 307, 308]) {
      network.answer = (response) => void response.writeHead(status, { location: baseUrl }).end();
      const words = new RegExp(`Elsewhere .* answered ${status}: It moved to ${baseUrl}`);
      await rejects(createTutor('Nobody'), words);
      await rejects((await client()).beta.assistants.retrieve(tutor.id).then(), words);
    }
    deepEqual(place.requests, []);
    await place.stop();
  });

  it('has the key removed from its error messages', async () => {
    const key = '9f86d081884c7d659a2feaa0c55ad015';
    await command('setApiKey', { connectionId: 'elsewhere', apiKey: key });
    for (const status of [400, 404, 422, 500]) {
      const message = `No such deployment. Received API Key = ${key}`;
      const error = { message, type: 'invalid_request_error', param: key, code: null };
      network.answer = (response) =>
        void response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(JSON.stringify({ error }).replace('9f86', '\\u0039f86'));
      await rejects(createTutor('Nobody'), (error: Error) => {
        match(error.message, /No such deployment\. Received API Key = …/);
        ok(!error.message.includes(key), error.message);
        return true;
      });
    }
    await command('setApiKey', { connectionId: 'elsewhere', apiKey: serverKey });
  });

  it('cannot block the window with an endless or endlessly nested response', async () => {
    const json = { 'content-type': 'application/json' };
    const block = Buffer.alloc(1024 * 1024, ' ');
    for (const [status, words] of [
      [400, /Elsewhere .* answered 400/],
      [200, /Elsewhere .* cannot be read: it is too large/],
    ] as const) {
      network.answer = (response) => {
        response.writeHead(status, json);
        const write = (): void => {
          while (!response.destroyed && response.write(block));
        };
        response.on('drain', write).on('error', () => undefined);
        write();
      };
      await rejects(createTutor('Nobody'), words);
    }
    network.answer = (response) =>
      void response.writeHead(200, json).end(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    await rejects(createTutor('Nobody'), /Elsewhere .* cannot be read: it is nested too deeply/);
  });

  it('is reported as silent if it accepts requests and never answers', async () => {
    network.answer = () => undefined;
    const connection = { id: 'hole', kind: 'server', label: 'Hole', baseUrl: network.baseUrl } as const;
    const keys = { get: () => Promise.resolve(serverKey) };
    const hole = newClient(
      new RemoteService(connection, keys, new ThreadMemory(memento(), network.baseUrl), 300).fetch,
    );
    const isSilent = (error: Error): boolean =>
      /^Hole \(127.* sent nothing for 1 s/.test(describeError(error));
    await rejects(hole.beta.assistants.list().then(), isSilent);
    await rejects(hole.beta.threads.create().then(), isSilent);
    network.answer = (response) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).write('{');
    await rejects(hole.beta.assistants.list().then(), isSilent);
  });

  it('is asked again if a gateway is unavailable for a moment', async () => {
    const tutor = await createTutor('Behind a gateway');
    let times = 0;
    network.answer = (response) => {
      if (++times === 1) network.answer = undefined;
      response.writeHead(503).end();
    };
    equal((await (await client()).beta.assistants.retrieve(tutor.id)).id, tutor.id);
    equal(times, 1);
  });

  it('is replaced by this computer when its connection is removed', async () => {
    await command('removeConnection', { connectionId: 'elsewhere', confirm: false });
    const before = network.requests.length;
    const tutor = await createTutor('Of this computer again');
    equal(network.requests.length, before);
    await command('deleteAssistant', { assistantId: tutor.id, confirm: false });
    leave = () => Promise.resolve();
  });

  it('is chosen among those of the settings', async () => {
    await rejects(command('chooseService', { serviceId: 'nowhere' }), /no service “nowhere”/);
    equal(await command('chooseService', { serviceId: 'elsewhere' }), 'elsewhere');
  });

  it('is the server in copied code', async () => {
    const tutor = await createTutor('To be copied');
    const code = await command<string>('copyAsCode', { assistantId: tutor.id, language: 'python' });
    match(code, new RegExp(`OPENAI_BASE_URL=${network.baseUrl}`));
    ok(!code.includes(serverKey));
  });
});
