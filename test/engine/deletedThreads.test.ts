import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { DeletedThreads } from '../../src/engine/tools/codeInterpreter/deletedThreads';
import { assets, slow } from './codeInterpreter/support';
import { serve } from './served';
import { executeSql, openEngine, temporaryFolder, until } from './support';

const tools = { codeInterpreter: { assets } };
const fileCount = 500;

/** Fills the folder of a thread with many files, so that their deletion takes a while. */
function fillSandbox(dataDir: string, threadId: string): string {
  const sandbox = join(dataDir, 'sandboxes', threadId);
  mkdirSync(join(sandbox, 'data'), { recursive: true });
  for (let count = 0; count < fileCount; count++) writeFileSync(join(sandbox, 'data', String(count)), '');
  return sandbox;
}

describe('the files of a thread', function () {
  this.timeout(slow);

  it('are deleted at the next start if the process died right after it deleted the thread', async () => {
    const { client, engine, dataDir } = openEngine({ tools });
    const [deleted, kept] = [await client.beta.threads.create(), await client.beta.threads.create()];
    await engine.close();
    for (const { id } of [deleted, kept]) {
      fillSandbox(dataDir, id);
      new DeletedThreads(join(dataDir, 'sandboxes')).mark(id);
    }
    executeSql(dataDir, `DELETE FROM threads WHERE id = '${deleted.id}'`);
    openEngine({ dataDir, tools });
    await until('its files are gone', () => !existsSync(join(dataDir, 'sandboxes', deleted.id)));
    assert.equal(readdirSync(join(dataDir, 'sandboxes', kept.id, 'data')).length, fileCount);
  });

  it('are all there or all gone if the process is killed while it deletes the thread', async () => {
    const dataDir = temporaryFolder();
    const server = await serve('--data-dir', dataDir);
    const served = new OpenAI({ apiKey: 'any', baseURL: server.baseURL, maxRetries: 0 });
    const { id } = await served.beta.threads.create();
    const sandbox = fillSandbox(dataDir, id);
    const request = served.beta.threads.delete(id).catch(() => undefined);
    const marked = until('it is marked', () => existsSync(`${sandbox}.deleted`) || !existsSync(sandbox));
    await Promise.race([request, marked]);
    const exited = once(server.child, 'exit');
    server.child.kill('SIGKILL');
    await exited;
    await marked;

    const { client } = openEngine({ dataDir, tools });
    const exists = await client.beta.threads.retrieve(id).then(
      () => true,
      () => false,
    );
    if (exists) {
      assert.equal(readdirSync(join(sandbox, 'data')).length, fileCount);
      await client.beta.threads.delete(id);
    }
    await until('its files are gone', () => !existsSync(sandbox) && !existsSync(`${sandbox}.deleted`));
  });
});
