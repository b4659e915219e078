import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { logsOf, slow, useInterpreter } from './support';

const megabyte = 1024 * 1024;
const calls = 40;

describe('code interpreter: memory over many calls', function () {
  this.timeout(4 * slow);
  const python = useInterpreter({
    limits: { memoryMb: 512, outputBytes: 200_000, diskBytes: 5 * megabyte },
  });

  it('stays bounded where each call prints and writes as much as it may', async () => {
    const code = `import os, sys
print("x" * 300_000)
print("é" * 300_000, file=sys.stderr)
for at in range(5): open(f"{at}.bin", "wb").write(os.urandom(1_000_000))`;
    const used: number[] = [];
    for (let call = 0; call < calls; call++) {
      const result = await python.run(code);
      assert.equal(result.ok, true, logsOf(result).slice(-500));
      used.push(heapBytes());
    }
    // The least of five: a call that has just ended may not have released its last buffers.
    const growth = Math.min(...used.slice(-5)) - Math.min(...used.slice(0, 5));
    assert.ok(growth < 10 * megabyte, `the host keeps ${used.join(' ')}`);
  });

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

/** The memory that JavaScript objects of this process keep, after garbage collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
