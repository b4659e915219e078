/**
 * An engine with file search in a process of its own, to be killed. With a seed as its second argument, the worker thread
 * that it last sent a message to is terminated again and again; the parent process is sent a message each time.
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createEngine } from '../../../src/engine/engine';
import { startServer } from '../../../src/engine/server/localServer';
import type { Reader } from '../../../src/engine/tools/fileSearch/stores/parts';
import { Random } from './random';

const maxWorkerLifetimeMs = 600;

const reader: Reader = {
  read: async (path) => ({ text: await readFile(path, 'utf8') }),
  close: () => undefined,
};

async function terminateAgainAndAgain(current: () => Worker | undefined, random: Random): Promise<void> {
  for (;;) {
    await sleep(random.below(maxWorkerLifetimeMs));
    const worker = current();
    if (!worker || worker.threadId === -1) continue;
    await worker.terminate();
    process.send?.('terminated');
  }
}

async function work(dataDir: string, seed: string | undefined): Promise<void> {
  let current: Worker | undefined;
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const original = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...values) {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    current = this;
    original.apply(this, values);
  };
  const engine = createEngine({
    dataDir,
    models: () => [],
    databaseWorker: resolve('dist/databaseWorker.js'),
    tools: { fileSearch: { reader, worker: resolve('dist/searchWorker.js') } },
    tickInterval: 100,
    log: () => undefined,
  });
  const server = await startServer({ engine });
  process.send?.(server.url);
  process.once('disconnect', () => process.exit(0));
  if (seed !== undefined) await terminateAgainAndAgain(() => current, new Random(Number(seed)));
}

if (require.main === module) void work(process.argv[2] ?? '', process.argv[3]);
