import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import { until } from '../until';
import type { CrashOptions } from './crashRun';
import { Random } from './random';
import { isExpected, isMissing } from './searchRun';
import { killInTurns, startWorker, type Worker } from './workers';

/** More messages than are deleted in one transaction. */
const maxMessages = 3_000;
const minThreads = 3;
const maxThreads = 12;
/** Bytes of the database file after everything was deleted: up to 8 MB of it may be free. */
const maxEmptyBytes = 10e6;

export interface ThreadCrashReport {
  /** How many threads were imported or copied, and how many of them deleted, with acknowledgement. */
  created: number;
  deleted: number;
}

interface Counts {
  /** Threads that are there, with the number of their messages. */
  kept: Map<string, number>;
  deleted: string[];
}

/**
 * Lets two engines import, copy and delete long threads of one data folder while they are killed again and again, also
 * while the file shrinks. Fails if a thread is missing or not whole, if anything of a deleted one is left, or if the file
 * stays large once all are deleted.
 */
export async function threadCrashRun(options: CrashOptions): Promise<ThreadCrashReport> {
  const { dataDir, seed, kills, progress } = options;
  const random = new Random(seed);
  const start = (): Promise<Worker> => startWorker(dataDir, { script: 'searchEngine.js' });
  const workers: [Worker, Worker] = [await start(), await start()];
  const counts: Counts = { kept: new Map(), deleted: [] };
  let created = 0;
  const use = async (at: number, stop: AbortSignal): Promise<void> => {
    while (!stop.aborted) {
      const { client } = workers[at]!;
      try {
        const what = random.below(5);
        const known = random.pick([...counts.kept.keys()]);
        if (
          known === undefined ||
          counts.kept.size < minThreads ||
          (what < 2 && counts.kept.size < maxThreads)
        ) {
          await importThread(client, `${seed}x${created++}`, counts, random);
        } else if (what === 2) await copyThread(client, known, counts);
        else await deleteThread(client, known, counts, random);
      } catch (error) {
        if (!isExpected(error) && !isMissing(error)) throw error;
      }
      await sleep(random.below(20));
    }
  };
  try {
    await killInTurns(workers, start, use, { random, kills }, (killed) =>
      progress?.(`${killed} kills of engines with long threads, ${counts.deleted.length} deleted`),
    );
    await checkThreads(dataDir, counts);
    await checkShrunk(dataDir, workers[0].client, counts);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
  assertIntact(dataDir);
  return { created, deleted: counts.deleted.length };
}

async function importThread(client: OpenAI, mark: string, { kept }: Counts, random: Random): Promise<void> {
  const id = `thread_${mark.padStart(16, '0')}`;
  const count = 1 + random.below(maxMessages);
  const created_at = 1_700_000_000;
  const lines: object[] = [{ object: 'thread', id, created_at, metadata: {} }];
  for (let i = 0; i < count; i++) {
    const text = { value: `message ${i} 😀 `.repeat(1 + random.below(60)), annotations: [] };
    lines.push({
      ...{ object: 'thread.message', id: `msg_${mark.padStart(16, '0')}n${i}`, thread_id: id, created_at },
      ...{ role: 'user', content: [{ type: 'text', text }], metadata: {} },
    });
  }
  const body = lines.map((line) => JSON.stringify(line)).join('\n');
  const { problems } = await client.post<{ problems: unknown[] }>('/imports', { body: Buffer.from(body) });
  assert.deepEqual(problems, []);
  kept.set(id, count);
}

async function copyThread(client: OpenAI, id: string, { kept }: Counts): Promise<void> {
  const count = kept.get(id) ?? 0;
  const copy = await client.post<{ id: string }>(`/threads/${id}/fork`, { body: {} });
  kept.set(copy.id, count);
}

async function deleteThread(
  client: OpenAI,
  id: string,
  { kept, deleted }: Counts,
  random: Random,
): Promise<void> {
  // Not known to be there any more from now on.
  kept.delete(id);
  if (random.below(2) === 0) await client.beta.threads.delete(id);
  else {
    await client.post(`/threads/${id}/trash`);
    await client.delete(`/trash/threads/${id}`);
  }
  deleted.push(id);
}

/** Waits until nothing is hidden, and checks that each thread is whole or gone. */
async function checkThreads(dataDir: string, { kept, deleted }: Counts): Promise<void> {
  const db = openDatabase(dataDir);
  const count = (sql: string, ...values: string[]): number =>
    Number(db.prepare(sql).get(...values)?.['count']);
  const messages = (id: string): number =>
    count('SELECT count(*) AS count FROM messages WHERE thread_id = ?', id);
  const threads = (id: string): number => count('SELECT count(*) AS count FROM threads WHERE id = ?', id);
  try {
    const hidden = 'SELECT count(*) AS count FROM threads WHERE copied_by IS NOT NULL';
    await until('nothing is hidden', () => count(hidden) === 0);
    for (const [id, expected] of kept) {
      assert.equal(threads(id), 1, `${id} is gone`);
      assert.equal(messages(id), expected, `messages of ${id} are missing`);
    }
    for (const id of deleted) assert.equal(threads(id) + messages(id), 0, `something of ${id} is left`);
  } finally {
    db.close();
  }
}

/** Deletes all that is there, also what was never acknowledged or only put into the trash, and waits until the file is small. */
async function checkShrunk(dataDir: string, client: OpenAI, { kept, deleted }: Counts): Promise<void> {
  for (;;) {
    const { data } = await client.get<{ data: { id: string }[] }>('/threads', { query: { limit: 100 } });
    if (data.length === 0) break;
    for (const { id } of data) await client.beta.threads.delete(id);
  }
  await client.delete('/trash/threads');
  deleted.push(...kept.keys());
  kept.clear();
  await checkThreads(dataDir, { kept, deleted });
  await allIndexed(dataDir);
  await until('the file is small', () => sizeOf(dataDir) < maxEmptyBytes);
}

/** Waits until titles and words of deleted messages are out of the index: after many kills, of hundreds of thousands. */
async function allIndexed(dataDir: string): Promise<void> {
  const db = openDatabase(dataDir);
  const queued = db.prepare('SELECT count(*) AS count FROM thread_words_queue');
  try {
    for (let left = Infinity; left > 0;) {
      const before = left;
      await until('fewer messages are to be indexed', async () => {
        await sleep(100);
        left = Number(queued.get()?.['count']);
        return left < before;
      });
    }
  } finally {
    db.close();
  }
}

function sizeOf(dataDir: string): number {
  const file = join(dataDir, 'assistants.db');
  return existsSync(file) ? statSync(file).size : 0;
}

function assertIntact(dataDir: string): void {
  const db = openDatabase(dataDir);
  assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  assert.deepEqual(db.prepare('PRAGMA foreign_key_check').all(), []);
  db.exec(`INSERT INTO thread_words (thread_words) VALUES ('integrity-check')`);
  db.close();
}

function openDatabase(dataDir: string): DatabaseSync {
  return new DatabaseSync(join(dataDir, 'assistants.db'), { timeout: 5_000 });
}
