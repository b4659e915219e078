import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import OpenAI, { APIError } from 'openai';
import { chinesePdf } from './fileSearch/pdfFile';
import { program, serve, serveFrom, serveWith } from './served';
import { afterTest, createTutor, executeSql, temporaryFolder, until } from './support';

/** The status of a request with headers that `fetch` does not allow. */
async function statusWith(baseURL: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = request(`${baseURL}/assistants`, { headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe('the server on a port', () => {
  it('runs old Assistants code, and ends cleanly', async () => {
    const { baseURL, end } = await serve();
    const client = new OpenAI({ apiKey: 'any', baseURL });
    const assistant = await createTutor(client);
    const stream = client.beta.threads.createAndRunStream({
      assistant_id: assistant.id,
      thread: {
        messages: [
          { role: 'user', content: 'I need to solve the equation `3x + 11 = 14`. Can you help me?' },
        ],
      },
    });
    const [message] = await stream.finalMessages();
    assert.match(JSON.stringify(message?.content), /x = 1/);
    assert.equal(await end(), 0);
  });

  it('is built whole by the build that is named for it: it reads files, and runs Python', async function () {
    this.timeout(120_000);
    const outdir = temporaryFolder();
    const build = ['esbuild.js', '--only=server', `--outdir=${outdir}`];
    execFileSync(process.execPath, build, { stdio: 'inherit' });
    const { baseURL } = await serveFrom(join(outdir, 'serve.js'));
    const client = new OpenAI({ apiKey: 'any', baseURL });
    const store = await client.vectorStores.create({ name: 'Sea' });
    const file = new File([chinesePdf('鲸鱼是哺乳动物')], 'whales.pdf');
    const { status, last_error } = await client.vectorStores.files.uploadAndPoll(store.id, file, {
      pollIntervalMs: 50,
    });
    assert.deepEqual([status, last_error], ['completed', null]);
    const { data } = await client.vectorStores.search(store.id, { query: '哺乳动物' });
    assert.match(JSON.stringify(data), /鲸鱼是哺乳动物/);

    const tools = [{ type: 'code_interpreter' as const }];
    const assistant = await client.beta.assistants.create({ model: 'demo/tutor', tools });
    const thread = { messages: [{ role: 'user' as const, content: 'Compute 6 * 7 with code.' }] };
    const run = await client.beta.threads.createAndRunPoll(
      { assistant_id: assistant.id, thread },
      { pollIntervalMs: 50 },
    );
    const steps = await client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id });
    assert.match(JSON.stringify(steps.data), /"logs":"42/);
  });

  it('leaves its temporary folder behind no more than itself', async () => {
    // Other suites have folders in the usual place.
    const folder = temporaryFolder();
    const env = { TMPDIR: folder, TEMP: folder };
    const folders = () => readdirSync(folder).filter((name) => name.startsWith('assistants-studio-'));
    const { baseURL, end } = await serveWith(env);
    assert.equal(folders().length, 1);
    const taken = spawnSync(process.execPath, [program, '--port', new URL(baseURL).port], {
      env: { ...process.env, ...env },
    });
    assert.match(String(taken.stderr), /another program uses it/);
    assert.equal(folders().length, 1);
    await end();
    assert.deepEqual(folders(), []);
  });

  it('keeps a data folder that it was given', async () => {
    const dataDir = temporaryFolder();
    const first = await serve('--data-dir', dataDir);
    const assistant = await createTutor(new OpenAI({ apiKey: 'any', baseURL: first.baseURL }));
    await first.end();
    assert.ok(existsSync(join(dataDir, 'assistants.db')));
    const second = await serve('--data-dir', dataDir);
    const again = await new OpenAI({ apiKey: 'any', baseURL: second.baseURL }).beta.assistants.retrieve(
      assistant.id,
    );
    assert.deepEqual(again, assistant);
  });

  it('refuses a foreign Host, a web page, and a wrong token', async () => {
    const { baseURL } = await serve('--token', 'secret-token');
    const authorization = 'Bearer secret-token';
    assert.equal(await statusWith(baseURL, { authorization }), 200);
    assert.equal(await statusWith(baseURL, { authorization, host: 'evil.example' }), 403);
    assert.equal(await statusWith(baseURL, { authorization, origin: 'https://evil.example' }), 403);
    assert.equal(await statusWith(baseURL, { authorization, origin: 'null' }), 403);
    assert.equal(await statusWith(baseURL, {}), 401);
    const stranger = new OpenAI({ apiKey: 'guess', baseURL });
    await assert.rejects(
      createTutor(stranger),
      (error) => error instanceof APIError && error.code === 'invalid_api_key',
    );
    await createTutor(new OpenAI({ apiKey: 'secret-token', baseURL }));
  });

  for (const [options, message] of [
    [['--model-timeout', 'soon'], /--model-timeout takes a number of minutes, or 0 for no limit, not 'soon'/],
    [['--model-api', 'gemini'], /--model-api takes demo, responses or chat-completions, not 'gemini'/],
    [['--model-connection', 'a/b'], /--model-connection takes letters, digits, dots/],
    [['--model-connection', 'demo'], /--model-connection takes .* not 'demo' or 'vscode'/],
    [['--model-connection', 'mine'], /--model-connection needs --model-api responses/],
    [['--model-base-url', 'http://127.0.0.1:9/v1'], /--model-base-url needs --model-api responses/],
    [['--token', ''], /--token takes a value that is not empty/],
    [['--token', ' '], /--token takes a value that is not empty/],
    [['--token', 'two words'], /--token takes letters, .* without spaces/],
    [['--data-dir', ''], /--data-dir takes a value that is not empty/],
    [
      ['--model-api', 'responses', '--model-base-url', 'https://anna:hunter2@models.example/v1'],
      /--model-base-url must not contain a user name or password\. Set OPENAI_API_KEY/,
    ],
    [
      ['--model-api', 'responses', '--model-base-url', 'https://anna:hunter2@models example/v1'],
      /--model-base-url takes a URL such as/,
    ],
    [
      ['--model-api', 'responses', '--model-base-url', 'ftp://models.example'],
      /--model-base-url takes a URL such as/,
    ],
  ] as const) {
    it(`refuses ${options.join(' ')}, and says what is wrong`, async () => {
      const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
      afterTest(() => void child.kill('SIGKILL'));
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => {
          output += chunk.toString();
          if (output.includes('listening')) child.kill('SIGKILL');
        });
      const [code] = (await once(child, 'close')) as [number];
      assert.equal(code, 1);
      assert.match(output, message);
      assert.doesNotMatch(output, /hunter2/);
    });
  }

  it('goes on when nobody reads its output any more', async () => {
    const dataDir = temporaryFolder();
    const { baseURL, child, end } = await serve('--data-dir', dataDir);
    child.stdout?.destroy();
    child.stderr?.destroy();
    // Fails and is logged.
    executeSql(dataDir, 'ALTER TABLE assistants RENAME TO mislaid');
    for (let i = 0; i < 3; i++) assert.equal((await fetch(`${baseURL}/assistants`)).status, 500);
    executeSql(dataDir, 'ALTER TABLE mislaid RENAME TO assistants');
    assert.equal((await fetch(`${baseURL}/assistants`)).status, 200);
    assert.equal(await end(), 0);
  });

  // Windows has no signals.
  if (process.platform !== 'win32') {
    for (const [killed, command] of [
      ['its script', [process.execPath, join('scripts', 'serve.mjs')]],
      ['npm', ['npm', 'run', '--silent', 'serve', '--']],
    ] as const) {
      it(`ends when ${killed}, which started it, is killed`, async () => {
        const [file, ...args] = command;
        const dataDir = temporaryFolder();
        const child = spawn(file, [...args, '--data-dir', dataDir], { stdio: ['ignore', 'pipe', 'ignore'] });
        afterTest(() => void child.kill('SIGKILL'));
        const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
        const url = `${line.slice('listening '.length)}/assistants`;
        assert.equal((await fetch(url)).status, 200);
        child.kill('SIGKILL');
        await until('it no longer answers', () =>
          fetch(url).then(
            () => false,
            () => true,
          ),
        );
        // Its engine was closed, not killed.
        await until('its database is closed', () => !existsSync(join(dataDir, 'assistants.db-wal')));
      });
    }
  }
});
