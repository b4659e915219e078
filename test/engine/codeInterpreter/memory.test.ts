import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelEvent, ModelProvider } from '../../../src/engine/models/modelProvider';
import { createTutor, openEngine, says } from '../support';
import { assets, logsOf, slow, staysBounded, useInterpreter } from './support';

const megabyte = 1024 * 1024;

describe('code interpreter: memory over many calls', function () {
  this.timeout(4 * slow);
  const python = useInterpreter({
    limits: { memoryMb: 512, outputBytes: 200_000, diskBytes: 5 * megabyte },
  });

  const writing: Record<string, string> = {
    'prints and writes as much as it may': `import os, sys
print("x" * 300_000)
print("é" * 300_000, file=sys.stderr)
for at in range(5): open(f"{at}.bin", "wb").write(os.urandom(1_000_000))`,
    'shows as many images as it may': `import os
for at in range(25): open(f"{at}.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\n" + os.urandom(60_000))`,
  };
  for (const [thread, [what, code]] of Object.entries(writing).entries()) {
    it(`stays bounded where each call ${what}`, () =>
      staysBounded(async () => {
        const result = await python.run(code, { thread: `thread_${thread}` });
        assert.equal(result.ok, true, logsOf(result).slice(-500));
      }));
  }

  it('a call that leaves its process with much memory costs the thread its variables, and says so', async () => {
    const thread = 'thread_large';
    await python.run('small = "x" * 10_000_000', { thread });
    assert.equal(logsOf(await python.run('len(small)', { thread })), '10000000\n');
    const large = await python.run('large = b"x" * 480_000_000\nprint(len(large))', { thread });
    assert.equal(logsOf(large), '480000000\n');
    assert.match(
      logsOf(await python.run('"large" in globals()', { thread })),
      /^\[Python was restarted[^]*False\n$/,
    );
  });
});

describe('an engine: memory over many calls', function () {
  this.timeout(6 * slow);

  it('stays bounded where each call shows images, which become files', async () => {
    const code = `import os
for at in range(4): open(f"{at}.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\n" + os.urandom(100_000))`;
    const { client, dataDir } = openEngine({
      provider: runsAlways(code),
      tools: { codeInterpreter: { assets } },
    });
    const assistant = await createTutor(client, { tools: [{ type: 'code_interpreter' }] });
    const thread = await client.beta.threads.create();
    let runs = 0;
    await staysBounded(async () => {
      const run = await client.beta.threads.runs.createAndPoll(
        thread.id,
        { assistant_id: assistant.id, additional_messages: [{ role: 'user', content: 'Draw' }] },
        { pollIntervalMs: 20 },
      );
      assert.equal(run.status, 'completed', run.last_error?.message);
      runs += 1;
    });
    assert.equal(readdirSync(join(dataDir, 'files')).length, 4 * runs);
  });
});

/** A model that runs the same code in each run. */
function runsAlways(code: string): ModelProvider {
  return {
    listModels: () => Promise.resolve([]),
    async *generate({ messages }) {
      await Promise.resolve();
      if (messages.at(-1)?.role === 'tool') return yield* says('Done.');
      yield* [
        { type: 'tool_call', index: 0, id: 'call', name: 'code_interpreter' },
        { type: 'tool_call_arguments', index: 0, arguments: JSON.stringify({ code }) },
        { type: 'finish', reason: 'tool_calls' },
      ] satisfies ModelEvent[];
    },
  };
}
