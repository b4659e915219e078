import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import OpenAI from 'openai';
import { assets } from './codeInterpreter/support';
import { serve } from './served';
import { openEngine, temporaryFolder, until } from './support';

describe('a thread that is deleted, in a process that is killed right then', () => {
  it('has no files any more after the next start, and other threads have theirs', async () => {
    const dataDir = temporaryFolder();
    const server = await serve('--data-dir', dataDir);
    const client = new OpenAI({ apiKey: 'any', baseURL: server.baseURL, maxRetries: 0 });
    const [deleted, kept] = [await client.beta.threads.create(), await client.beta.threads.create()];
    for (const { id } of [deleted, kept]) {
      const folder = join(dataDir, 'sandboxes', id, 'data');
      mkdirSync(folder, { recursive: true });
      // So many that their deletion takes longer than the answer.
      for (let count = 0; count < 10_000; count++) writeFileSync(join(folder, String(count)), '');
    }
    await client.beta.threads.delete(deleted.id);
    const exited = once(server.child, 'exit');
    server.child.kill('SIGKILL');
    await exited;
    assert.ok(existsSync(join(dataDir, 'sandboxes', deleted.id)), 'it was killed too late');

    openEngine({ dataDir, tools: { codeInterpreter: { assets } } });
    const sandboxes = join(dataDir, 'sandboxes');
    await until('its files are gone', () => readdirSync(sandboxes).join() === kept.id);
    assert.equal(readdirSync(join(sandboxes, kept.id, 'data')).length, 10_000);
  });
});
