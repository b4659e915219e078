import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type OpenAI from 'openai';
import { until } from '../until';
import { hasEnded, Ledger } from './ledger';
import { Random } from './random';
import { User } from './users';
import { startWorker, type Worker } from './workers';

export interface CrashOptions {
  dataDir: string;
  seed: number;
  /** How many processes are killed. */
  kills: number;
  /** Called now and then with the progress. */
  progress?: (line: string) => void;
}

export interface CrashReport {
  kills: number;
  /** Number of acknowledged objects, all of which are there. */
  acknowledged: number;
  runs: Record<string, number>;
}

const usersPerWorker = 3;
const sharedThreads = 2;
const maxLifetimeMs = 250;

/**
 * Lets users work with two engines on one data folder while the engines are killed again and again. Fails
 * if anything acknowledged is missing, a run never ends, or the database is damaged.
 */
export async function crashRun({ dataDir, seed, kills, progress }: CrashOptions): Promise<CrashReport> {
  const random = new Random(seed);
  const ledger = new Ledger();
  const workers = [await startWorker(dataDir), await startWorker(dataDir)] as [Worker, Worker];
  try {
    const assistant = await workers[0].client.beta.assistants.create({
      name: 'Math Tutor',
      model: 'any',
      tools: [{ type: 'function', function: { name: 'get_weather' } }, { type: 'code_interpreter' }],
    });
    ledger.assistant(() => workers[0].client, assistant);
    const shared: string[] = [];
    while (shared.length < sharedThreads) {
      const thread = await workers[0].client.beta.threads.create();
      ledger.thread(() => workers[0].client, thread);
      shared.push(thread.id);
    }
    const users = workers.flatMap((_worker, at) =>
      Array.from({ length: usersPerWorker }, (_, i) => {
        const client = (): OpenAI => (workers[at] as Worker).client;
        return new User(client, assistant.id, shared, ledger, new Random(seed + at * 10 + i), `${at}${i}`);
      }),
    );

    for (let killed = 0; killed < kills;) {
      const stop = new AbortController();
      const work = Promise.all(users.map((user) => user.work(stop.signal)));
      await Promise.race([sleep(random.below(maxLifetimeMs)), work]);
      const victims = random.below(5) === 0 ? [0, 1] : [random.below(2)];
      await Promise.all(victims.map((at) => (workers[at] as Worker).kill()));
      killed += victims.length;
      stop.abort();
      await work;
      for (const at of victims) workers[at] = await startWorker(dataDir);
      await ledger.checkNew();
      if (killed % 20 < victims.length) progress?.(`${killed} kills, ${ledger.runs.size} runs`);
    }

    await settle(workers[0].client, ledger);
    await ledger.checkAll(workers[1].client);
    await assertThreadsAreFree(workers[1].client, ledger);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
  assertIntact(dataDir);
  return reportOf(ledger, kills);
}

/** Waits until every run has ended, and answers those that wait for outputs. */
async function settle(client: OpenAI, ledger: Ledger): Promise<void> {
  for (const id of ledger.runs.keys()) {
    await until(`run ${id} ends`, async () => {
      const run = await ledger.seen(client, id);
      if (run.status !== 'requires_action') return hasEnded(run);
      await client.beta.threads.runs.submitToolOutputs(id, {
        thread_id: run.thread_id,
        tool_outputs: [{ tool_call_id: 'call_1', output: 'sun' }],
      });
      return false;
    });
  }
}

async function assertThreadsAreFree(client: OpenAI, ledger: Ledger): Promise<void> {
  for (const thread_id of ledger.threads.keys()) {
    // A run whose creation was not acknowledged may be active too.
    await until(`thread ${thread_id} is free`, async () => {
      const [run] = (await client.beta.threads.runs.list(thread_id, { limit: 1 })).data;
      if (!run || hasEnded(run)) return true;
      if (run.status === 'requires_action') await client.beta.threads.runs.cancel(run.id, { thread_id });
      return false;
    });
    await client.beta.threads.messages.create(thread_id, { role: 'user', content: 'Still there?' });
    const messages = await client.beta.threads.messages.list(thread_id, { limit: 100 });
    for (const message of messages.data) {
      assert.notEqual(message.status, 'in_progress', `${message.id} is still being written`);
    }
  }
}

function assertIntact(dataDir: string): void {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'));
  assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  assert.deepEqual(db.prepare('PRAGMA foreign_key_check').all(), []);
  db.close();
}

function reportOf(ledger: Ledger, kills: number): CrashReport {
  const runs: Record<string, number> = {};
  for (const { status } of ledger.runs.values()) runs[status] = (runs[status] ?? 0) + 1;
  const { assistants, threads, messages, files, outputs, cancels } = ledger;
  const kinds = [assistants, threads, messages, files, outputs, cancels, ledger.runs];
  return { kills, acknowledged: kinds.reduce((sum, kind) => sum + kind.size, 0), runs };
}
