import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { APIError } from 'openai';
import { chinesePdf } from './fileSearch/pdfFile';
import { program, serve, serveFrom } from './served';
import { createTutor, temporaryFolder } from './support';

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
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('assistants-studio-'));
    const before = folders();
    const { end } = await serve();
    assert.equal(folders().length, before.length + 1);
    await end();
    assert.deepEqual(folders(), before);
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

  it('says what is wrong with its options', async () => {
    const child = spawn(process.execPath, [program, '--model-api', 'gemini'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 1);
    assert.match(said, /--model-api takes demo, responses or chat-completions, not 'gemini'/);
  });
});
