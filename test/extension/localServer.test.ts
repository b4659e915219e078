import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import OpenAI, { APIError } from 'openai';
import * as vscode from 'vscode';
import { LocalServer, type ServerAddress } from '../../src/client/engine/localServer';
import { deleteDeadTokens } from '../../src/client/engine/serverTokens';
import { environmentLines } from '../../src/client/environment';
import { client, command, createTutor, until } from './support';

/** The variables that the command copies, read as a shell reads them. */
async function copiedEnvironment(): Promise<Record<string, string>> {
  await command('copyServerEnvironment', { format: 'bash' });
  const script = `${await vscode.env.clipboard.readText()}printf '%s\\n' "$OPENAI_BASE_URL" "$OPENAI_API_KEY"`;
  const [baseURL = '', apiKey = ''] = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n');
  return { baseURL, apiKey };
}

const start = (): Promise<ServerAddress> => command('startServer', {});

describe('the local API server', () => {
  afterEach(async () => {
    await command('stopServer', {});
  });

  it('is off until it is started', async () => {
    await rejects(command('copyServerEnvironment', { format: 'bash' }), /not running/);
  });

  it('answers the official client with the variables that were copied, from the same data', async () => {
    const { baseUrl } = await start();
    const copied = await copiedEnvironment();
    equal(copied['baseURL'], baseUrl);
    const outside = new OpenAI(copied);
    const tutor = await createTutor('Tutor of the port');
    deepEqual(await outside.beta.assistants.retrieve(tutor.id), tutor);
    const thread = await outside.beta.threads.create();
    const question = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';
    await outside.beta.threads.messages.create(thread.id, { role: 'user', content: question });
    const stream = outside.beta.threads.runs.stream(thread.id, { assistant_id: tutor.id });
    match(JSON.stringify(await stream.finalMessages()), /x = 1/);
    const { data } = await (await client()).beta.threads.messages.list(thread.id);
    equal(data.length, 2);
  });

  it('does not start if its token cannot be stored', async () => {
    const { port } = await start();
    await command('stopServer', {});
    const full = new LocalServer(() => Promise.resolve(new Response()), {
      get: () => Promise.resolve(undefined),
      store: () => Promise.reject(new Error('The key chain is locked.')),
      delete: () => Promise.resolve(),
    });
    await rejects(full.start(port), /key chain is locked/);
    equal(full.address, undefined);
    await rejects(fetch(`http://127.0.0.1:${port}/v1/models`));
    full.dispose();
  });

  it('has its token deleted by the next window if its own has crashed, and not while it runs', async () => {
    const stored = new Map<string, string>();
    const secrets = {
      get: (name: string) => Promise.resolve(stored.get(name)),
      store: (name: string, value: string) => Promise.resolve(void stored.set(name, value)),
      delete: (name: string) => Promise.resolve(void stored.delete(name)),
      names: () => Promise.resolve([...stored.keys()]),
    };
    const open = () => new LocalServer(() => Promise.resolve(Response.json({})), secrets);
    const [running, crashed, replaced, successor] = [open(), open(), open(), open()];
    try {
      await running.start(0);
      const [living = ''] = stored.keys();
      for (const server of [crashed, replaced]) await server.start(0);
      const { port } = replaced.address!;
      equal(stored.size, 3);
      // A window that crashes closes its port, and deletes nothing.
      crashed.dispose();
      replaced.dispose();
      await until('its port is free', () => successor.start(port).catch(() => undefined));
      const next = [...stored.keys()].at(-1)!;
      stored.set('apiKey:x@https://example.com', 'key');
      stored.set('server.token:linux-elsewhere:1:0-0', 'a server of another machine');
      stored.set('server.token:0-0', 'of an older version');
      await deleteDeadTokens(secrets);
      deepEqual(
        [...stored.keys()],
        [living, next, 'apiKey:x@https://example.com', 'server.token:linux-elsewhere:1:0-0'],
      );
      equal(await running.token(), stored.get(living));
      await running.stop();
      equal(stored.has(living), false);
    } finally {
      for (const server of [running, successor]) await server.stop();
    }
  });

  it('refuses requests without the token', async () => {
    const { baseUrl: baseURL } = await start();
    for (const apiKey of ['local', 'guess']) {
      const stranger = new OpenAI({ apiKey, baseURL, maxRetries: 0 });
      await rejects(
        stranger.beta.assistants.list().then(),
        (error) => error instanceof APIError && error.code === 'invalid_api_key',
      );
    }
  });

  it('refuses web pages and other host names, even with the token', async () => {
    const { baseUrl } = await start();
    const authorization = `Bearer ${(await copiedEnvironment())['apiKey']}`;
    equal(await statusOf(baseUrl, { authorization }), 200);
    equal(await statusOf(baseUrl, { authorization, origin: 'https://evil.example' }), 403);
    equal(await statusOf(baseUrl, { authorization, host: 'evil.example' }), 403);
  });

  it('keeps running when it is started again, and has another token after a stop', async () => {
    const first = await start();
    const { apiKey: before } = await copiedEnvironment();
    deepEqual(await start(), first);
    equal((await copiedEnvironment())['apiKey'], before);
    await command('stopServer', {});
    const old = new OpenAI({ apiKey: before, baseURL: first.baseUrl, maxRetries: 0 });
    await rejects(old.beta.assistants.list().then());
    await command('startServer', { port: first.port });
    notEqual((await copiedEnvironment())['apiKey'], before);
    await rejects(old.beta.assistants.list().then(), /Incorrect API key/);
  });

  it('says that a port is in use, and uses another one instead of that of the settings', async () => {
    const other = http.createServer().listen(0, '127.0.0.1');
    await until('the other server listens', () => other.listening);
    const { port } = other.address() as { port: number };
    const settings = vscode.workspace.getConfiguration('assistantsStudio');
    await settings.update('server.port', port, vscode.ConfigurationTarget.Global);
    try {
      await rejects(command('startServer', { port }), new RegExp(`Port ${port} is in use`));
      notEqual((await start()).port, port);
    } finally {
      await settings.update('server.port', undefined, vscode.ConfigurationTarget.Global);
      other.close();
    }
  });

  it('stops even while a program reads a stream', async () => {
    await start();
    const outside = new OpenAI({ ...(await copiedEnvironment()), maxRetries: 0 });
    const tutor = await createTutor('Tutor of a stream');
    const thread = await outside.beta.threads.create({ messages: [{ role: 'user', content: 'Hello?' }] });
    const run = await outside.beta.threads.runs.create(thread.id, { assistant_id: tutor.id, stream: true });
    await command('stopServer', {});
    const rest = (async () => {
      for await (const event of run) ok(event.event);
    })();
    // Interrupted, or read to its end from a buffer: what counts is that it ends.
    await rest.catch(() => {});
    await rejects(outside.beta.threads.retrieve(thread.id));
    await until('the run goes on to its end without its reader', async () => {
      const { data } = await (await client()).beta.threads.runs.list(thread.id);
      return data[0]?.status === 'completed';
    });
  });

  it('has its token in no file of VS Code, and in no log', async () => {
    await start();
    const { apiKey = '' } = await copiedEnvironment();
    ok(apiKey.length > 20);
    const folder = path.dirname(process.env['ASSISTANTS_STUDIO_REPORT'] ?? '');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    ok(files.length > 0);
    const holding = files
      .map((file) => path.join(file.parentPath, file.name))
      .filter((file) => readFileSync(file).includes(apiKey));
    deepEqual(holding, []);
  });
});

describe('environment variables', () => {
  const value = `it's "a" $HOME \\n`;

  it('mean the same to bash whatever is in them', () => {
    const script = `${environmentLines('bash', { VALUE: value })}printf %s "$VALUE"`;
    equal(execFileSync('bash', ['-c', script], { encoding: 'utf8' }), value);
  });

  it('are written as each shell sets them', () => {
    const lines = (format: 'powershell' | 'cmd' | 'dotenv') => environmentLines(format, { A: "it's" });
    equal(lines('powershell'), "$env:A = 'it''s'\n");
    equal(lines('cmd'), `set "A=it's"\n`);
    equal(lines('dotenv'), `A="it's"\n`);
  });
});

/** The status of a request with headers that `fetch` does not allow. */
function statusOf(baseUrl: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = http.request(`${baseUrl}/assistants`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}
