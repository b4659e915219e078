import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { assets, slow } from '../codeInterpreter/support';
import { serveWith } from '../served';
import { createTutor, executeSql, openEngine, says, ScriptedModel, temporaryFolder, until } from '../support';

const twoImages = `
import base64, time
png = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
open("/mnt/data/a.png", "wb").write(png)
open("/mnt/data/b.png", "wb").write(png)
`;

/** A run whose Python writes two images into a data folder that was broken before. */
async function drawInto(breakIt: (dataDir: string) => void) {
  const json = JSON.stringify({ code: twoImages });
  const model = new ScriptedModel([
    [
      { type: 'tool_call', index: 0, id: 'call', name: 'code_interpreter' },
      { type: 'tool_call_arguments', index: 0, arguments: json },
      { type: 'finish', reason: 'tool_calls' },
    ],
    says('Done.'),
  ]);
  const { client, dataDir } = openEngine({ provider: model, tools: { codeInterpreter: { assets } } });
  const assistant = await createTutor(client, { tools: [{ type: 'code_interpreter' }] });
  const thread = await client.beta.threads.create();
  breakIt(dataDir);
  const stray: unknown[] = [];
  const onStray = (error: unknown): void => void stray.push(error);
  process.on('unhandledRejection', onStray);
  try {
    const run = await client.beta.threads.runs.createAndPoll(
      thread.id,
      { assistant_id: assistant.id },
      { pollIntervalMs: 20 },
    );
    assert.deepEqual(stray, []);
    return { run, dataDir };
  } finally {
    process.off('unhandledRejection', onStray);
  }
}

describe('Python that shows images which cannot be saved', function () {
  this.timeout(slow);

  it('fails its run with words, and nothing else, if the folder of files cannot be used', async () => {
    const { run, dataDir } = await drawInto((folder) => {
      rmSync(join(folder, 'files'), { recursive: true });
      writeFileSync(join(folder, 'files'), 'not a folder');
    });
    assert.equal(run.status, 'failed');
    assert.match(run.last_error?.message ?? '', /A file that code wrote could not be saved: E(NOTDIR|EXIST)/);
    assert.ok(!run.last_error?.message.includes(dataDir));
  });

  it('fails its run with words, and nothing else, if the database does not take them', async () => {
    const { run } = await drawInto((folder) =>
      executeSql(
        folder,
        "CREATE TRIGGER full BEFORE INSERT ON files BEGIN SELECT RAISE(ABORT, 'no room'); END",
      ),
    );
    assert.equal(run.status, 'failed');
    assert.match(run.last_error?.message ?? '', /could not be saved: no room/);
  });
});

// Windows has no signals that a process can handle.
if (process.platform !== 'win32') {
  describe('a server', function () {
    this.timeout(slow);

    it('logs an error that nobody caught, and continues', async () => {
      const dataDir = temporaryFolder();
      const stray = join(dataDir, 'stray.mjs');
      writeFileSync(
        stray,
        `process.on('SIGUSR2', () => {
          Promise.reject(new Error('stray promise'));
          setTimeout(() => { throw new Error('stray callback'); });
        });`,
      );
      const server = await serveWith({ NODE_OPTIONS: `--import=${stray}` }, '--data-dir', dataDir);
      server.child.kill('SIGUSR2');
      await until('both are logged', () => /stray promise[^]*stray callback/.test(server.stderr()));
      const client = new OpenAI({ apiKey: 'any', baseURL: server.baseURL, maxRetries: 0 });
      assert.deepEqual((await client.beta.assistants.list()).data, []);
      assert.equal(await server.end(), 0);
    });
  });
}
