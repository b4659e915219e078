import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { WorkQueue } from '../../../src/engine/process/workQueue';
import { DocumentReader } from '../../../src/engine/tools/fileSearch/documentReader';
import { afterTest, temporaryFolder } from '../support';

const megabyte = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function usedBytes(): Promise<number> {
  // Buffers are freed in the background, after the collection that finds them unused.
  for (let count = 0; count < 5; count++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('memory', function () {
  this.timeout(60_000);

  it('does not grow with the documents that were read', async () => {
    const path = join(temporaryFolder(), 'large.txt');
    writeFileSync(path, 'The tide turns, and the ships go out with it. '.repeat(22_000));
    const reader = new DocumentReader({ script: resolve('dist/reader/reader.mjs') });
    afterTest(() => reader.close());
    const read = () => reader.read(path, 'large.txt', new AbortController().signal);
    await read();
    const before = await usedBytes();
    for (let count = 0; count < 200; count++) await read();
    const grown = (await usedBytes()) - before;
    // One copy of each would be 200 MB.
    assert.ok(grown < 20 * megabyte, `${Math.round(grown / megabyte)} MB`);
  });

  it('does not hold the results of a queue of work', async () => {
    const queue = new WorkQueue();
    const before = await usedBytes();
    for (let count = 0; count < 200; count++) {
      const work = queue.ended.then(() => [Buffer.alloc(megabyte, 1)]);
      queue.add(work);
      await work;
    }
    const grown = (await usedBytes()) - before;
    assert.ok(grown < 20 * megabyte, `${Math.round(grown / megabyte)} MB`);
  });

  it('a queue waits for all of its work, and continues after an error', async () => {
    const queue = new WorkQueue();
    let finish = (): void => {};
    queue.add(new Promise<void>((done) => (finish = done)));
    queue.add(Promise.reject(new Error('failed')));
    let hasEnded = false;
    const ended = queue.ended.then(() => (hasEnded = true));
    await new Promise(setImmediate);
    assert.equal(hasEnded, false);
    finish();
    await ended;
  });
});
