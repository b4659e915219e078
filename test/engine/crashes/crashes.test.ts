import assert from 'node:assert/strict';
import { needsNamespaces } from '../namespaces';
import { afterTest, createTutor, temporaryFolder, until } from '../support';
import { crashRun } from './crashRun';
import { pythonCrashRun } from './pythonRun';
import { searchCrashRun } from './searchRun';
import { threadCrashRun } from './threadRun';
import { startWorker, type Worker } from './workers';

async function openWorker(dataDir: string, wrapper: readonly string[] = []): Promise<Worker> {
  const worker = await startWorker(dataDir, { wrapper });
  afterTest(() => worker.kill());
  return worker;
}

describe('two engines that are killed again and again', () => {
  it('lose nothing that was acknowledged, and leave no thread stuck', async function () {
    this.timeout(120_000);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const report = await crashRun({ dataDir: temporaryFolder(), seed, kills: 10 }).catch((error: unknown) => {
      throw new Error(`With the seed ${seed}: ${String(error)}`, { cause: error });
    });
    assert.ok(Object.keys(report.runs).length > 0, `with the seed ${seed}`);
  });
});

describe('two engines that run Python in shared threads and are killed', () => {
  it('lose no file of a completed run', async function () {
    this.timeout(180_000);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const files = await pythonCrashRun({ dataDir: temporaryFolder(), seed, kills: 3 });
    assert.ok(files > 0, `with the seed ${seed}`);
  });
});

describe('two engines that index and search and are killed, and their worker threads too', () => {
  it('lose no passage of a file that was read, and leave nothing of deleted stores', async function () {
    this.timeout(180_000);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const dataDir = temporaryFolder();
    const { created } = await searchCrashRun({ dataDir, seed, kills: 4 }).catch((error: unknown) => {
      throw new Error(`With the seed ${seed}: ${String(error)}`, { cause: error });
    });
    assert.ok(created > 0, `with the seed ${seed}`);
  });
});

describe('two engines that copy and delete long threads and are killed', () => {
  it('lose no message of a thread, leave nothing of deleted ones, and shrink the file', async function () {
    this.timeout(180_000);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const { created } = await threadCrashRun({ dataDir: temporaryFolder(), seed, kills: 4 }).catch(
      (error: unknown) => {
        throw new Error(`With the seed ${seed}: ${String(error)}`, { cause: error });
      },
    );
    assert.ok(created > 0, `with the seed ${seed}`);
  });
});

describe('an engine that is suspended', () => {
  const longRun = { messages: [{ role: 'user' as const, content: 'Speak 120 words' }] };

  it('while others run finds its run ended by them, and can do other work', async () => {
    const dataDir = temporaryFolder();
    const [one, other] = [await openWorker(dataDir), await openWorker(dataDir)];
    const assistant = await createTutor(one.client);
    const run = await one.client.beta.threads.createAndRun({ assistant_id: assistant.id, thread: longRun });
    const { thread_id } = run;
    await until('it speaks', async () => {
      const [message] = (await other.client.beta.threads.messages.list(thread_id, { run_id: run.id })).data;
      return JSON.stringify(message?.content ?? '').includes('word');
    });
    one.child.kill('SIGSTOP');
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id });
    assert.equal(ended.status, 'failed');
    const [partial] = (await other.client.beta.threads.messages.list(thread_id, { run_id: run.id })).data;
    assert.equal(partial?.status, 'incomplete');

    one.child.kill('SIGCONT');
    const next = await one.client.beta.threads.runs.createAndPoll(thread_id, { assistant_id: assistant.id });
    assert.equal(next.status, 'completed');
    assert.deepEqual(await one.client.beta.threads.runs.retrieve(run.id, { thread_id }), ended);
    assert.deepEqual(await other.client.beta.threads.messages.retrieve(partial.id, { thread_id }), partial);
  });

  it('together with all others, as on a laptop that sleeps, continues its run', async () => {
    const dataDir = temporaryFolder();
    const [one, other] = [await openWorker(dataDir), await openWorker(dataDir)];
    const assistant = await createTutor(one.client);
    const run = await one.client.beta.threads.createAndRun({ assistant_id: assistant.id, thread: longRun });
    for (const worker of [one, other]) worker.child.kill('SIGSTOP');
    // Longer than an engine may miss heartbeats before others take it for dead.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    for (const worker of [other, one]) worker.child.kill('SIGCONT');
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed', ended.last_error?.message);
  });
});

describe('an engine in a container', () => {
  it('does not take an engine outside for dead, whose process it cannot see', async function () {
    const namespace = ['--pid', '--fork', '--kill-child'];
    needsNamespaces(this, ...namespace);
    const dataDir = temporaryFolder();
    const outside = await openWorker(dataDir);
    const assistant = await createTutor(outside.client);
    const run = await outside.client.beta.threads.createAndRun({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Speak 200 words' }] },
    });
    const { client } = await openWorker(dataDir, ['unshare', ...namespace]);
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed', ended.last_error?.message);
  });

  it('is not taken for dead by an engine outside, and its run is ended when it dies', async function () {
    const namespace = ['--pid', '--fork', '--kill-child'];
    needsNamespaces(this, ...namespace);
    const dataDir = temporaryFolder();
    const inside = await openWorker(dataDir, ['unshare', ...namespace]);
    const assistant = await createTutor(inside.client);
    const thread = { messages: [{ role: 'user' as const, content: 'Speak 200 words' }] };
    const first = await inside.client.beta.threads.createAndRun({ assistant_id: assistant.id, thread });
    const { client } = await openWorker(dataDir);
    const ended = await client.beta.threads.runs.poll(first.id, { thread_id: first.thread_id });
    assert.equal(ended.status, 'completed', ended.last_error?.message);

    const second = await inside.client.beta.threads.createAndRun({ assistant_id: assistant.id, thread });
    await inside.kill();
    const orphan = await client.beta.threads.runs.poll(second.id, { thread_id: second.thread_id });
    assert.equal(orphan.status, 'failed');
  });
});
