import assert from 'node:assert/strict';
import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type OpenAI from 'openai';
import { APIError, toFile } from 'openai';
import { createEngine } from '../../src/engine/engine';
import { assets, slow } from './codeInterpreter/support';
import { demoConnection, openEngine, until } from './support';

interface CodeRun {
  session_id: string;
  ok: boolean;
  outputs: { type: string; logs?: string; image?: { file_id: string } }[];
  files: { name: string; file_id: string }[];
}

function runCode(client: OpenAI, body: Record<string, unknown>, signal?: AbortSignal): Promise<CodeRun> {
  return client.post<CodeRun>('/code_runs', { body, signal });
}

function logsOf({ outputs }: CodeRun): string {
  return outputs.map(({ logs = '' }) => logs).join('');
}

describe('code outside of threads', function () {
  // Several interpreters start, slowly on a busy machine.
  this.timeout(3 * slow);

  const open = () => openEngine({ tools: { codeInterpreter: { assets } } });

  it('runs, and shares variables and files within its session alone', async () => {
    const { client } = open();
    const first = await runCode(client, {
      code: 'x = 20\nopen("/mnt/data/a.txt", "w").write("kept")\nx + 1',
    });
    assert.equal(first.ok, true);
    assert.match(logsOf(first), /21/);
    const [file] = first.files;
    assert.equal(file?.name, 'a.txt');
    assert.equal(await (await client.files.content(file.file_id)).text(), 'kept');
    const { session_id } = first;
    const next = await runCode(client, { code: 'print(x, open("/mnt/data/a.txt").read())', session_id });
    assert.equal(logsOf(next).trim(), '20 kept');
    assert.equal(next.session_id, session_id);
    const other = await runCode(client, {
      code: 'import os\nprint("x" in globals(), os.listdir("/mnt/data"))',
    });
    assert.equal(logsOf(other).trim(), 'False []');
  });

  it('has the files that it is given, and files that it writes expire', async () => {
    const { client } = open();
    const { id } = await client.files.create({
      file: await toFile(Buffer.from('1,2'), 'n.csv'),
      purpose: 'assistants',
    });
    const run = await runCode(client, {
      code: 'print(open("/mnt/data/n.csv").read())\nwritten = open("/mnt/data/out.txt", "w").write("3")',
      file_ids: [id],
    });
    assert.equal(logsOf(run).trim(), '1,2');
    const { created_at, expires_at } = await client.files.retrieve(run.files[0]!.file_id);
    assert.equal(expires_at, created_at + 24 * 60 * 60);
  });

  it('reports its error, and goes on in the same session', async () => {
    const { client } = open();
    const failed = await runCode(client, { code: 'y = 5\n1 / 0' });
    assert.equal(failed.ok, false);
    assert.match(logsOf(failed), /ZeroDivisionError/);
    assert.match(logsOf(await runCode(client, { code: 'y', session_id: failed.session_id })), /5/);
  });

  it('ends when its request is aborted', async () => {
    const { client, log } = open();
    const aborter = new AbortController();
    const { session_id } = await runCode(client, { code: 'z = 1' });
    const endless = runCode(client, { code: 'while True: pass', session_id }, aborter.signal);
    setImmediate(() => aborter.abort());
    await assert.rejects(endless);
    // Calls of a session run one after another: this one waits until the other has ended.
    assert.match(logsOf(await runCode(client, { code: '6 * 7', session_id })), /42/);
    assert.deepEqual(log, []);
  });

  it('is refused without code, with an unknown file or a wrong session', async () => {
    const { client } = open();
    for (const [body, param] of [
      [{}, 'code'],
      [{ code: '1', session_id: '../thread_1' }, 'session_id'],
    ] as const)
      await assert.rejects(
        runCode(client, body),
        (error) => error instanceof APIError && error.status === 400 && error.param === param,
      );
    await assert.rejects(
      runCode(client, { code: '1', file_ids: ['file-none'] }),
      (error) => error instanceof APIError && error.status === 404,
    );
  });

  it('loses the files of a session that was not used for a day, when an engine starts', async () => {
    const { client, dataDir, engine } = open();
    const old = await runCode(client, { code: 'open("/mnt/data/a.txt", "w").write("old")' });
    const recent = await runCode(client, { code: 'open("/mnt/data/a.txt", "w").write("recent")' });
    await engine.close();
    const folderOf = ({ session_id }: CodeRun) => join(dataDir, 'sandboxes', session_id);
    const then = new Date(Date.now() - 25 * 60 * 60 * 1000);
    utimesSync(folderOf(old), then, then);
    const again = createEngine({
      dataDir,
      models: () => [demoConnection()],
      tools: { codeInterpreter: { assets } },
    });
    try {
      await until('the old session is gone', () => !existsSync(folderOf(old)));
      assert.ok(existsSync(folderOf(recent)));
    } finally {
      await again.close();
    }
  });
});
