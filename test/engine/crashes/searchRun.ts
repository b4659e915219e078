import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { APIConnectionError, APIError, type OpenAI, toFile } from 'openai';
import { until } from '../until';
import type { CrashOptions } from './crashRun';
import { Random } from './random';
import { killInTurns, startWorker, type Worker } from './workers';

const maxStores = 12;
const minStores = 3;
const chunking = { type: 'static', static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 0 } } as const;

export interface SearchCrashReport {
  /** How many stores were created, and how many of them deleted, with acknowledgement. */
  created: number;
  deleted: number;
  /** How often a worker thread was terminated while its engine lived. */
  terminated: number;
}

/** A vector store whose creation was acknowledged, with one file. */
interface KnownStore {
  id: string;
  fileId: string;
  text: string;
  /** Whether its file was seen as read. */
  isRead: boolean;
}

/**
 * Lets two engines index, search and delete vector stores of one data folder, while the engines and their worker
 * threads are killed again and again. Fails if a store is missing, or a passage of one that was read; if
 * anything of a deleted store is left at the end; or if the database is damaged.
 */
export async function searchCrashRun(options: CrashOptions): Promise<SearchCrashReport> {
  const { dataDir, seed, kills, progress } = options;
  const random = new Random(seed);
  const report = { created: 0, deleted: 0, terminated: 0 };
  const start = async (terminates = true): Promise<Worker> => {
    const args = terminates ? [String(random.below(2 ** 31))] : [];
    const worker = await startWorker(dataDir, { script: 'searchEngine.js', args });
    worker.child.on('message', (message) => {
      if (message === 'terminated') report.terminated++;
    });
    return worker;
  };
  const workers: [Worker, Worker] = [await start(), await start()];
  const stores = new Map<string, KnownStore>();
  const deleted: string[] = [];
  const client = (at: number): OpenAI => workers[at]!.client;
  try {
    const use = async (at: number, stop: AbortSignal): Promise<void> => {
      while (!stop.aborted) {
        const known = random.pick([...stores.values()]);
        try {
          const what = random.below(4);
          if (!known || (what === 0 && stores.size < maxStores)) {
            const store = await create(client(at), `${seed}-${report.created}`, random);
            stores.set(store.id, store);
            report.created++;
          } else if (what === 1 && stores.size > minStores) {
            // Not known to be there any more from now on.
            stores.delete(known.id);
            await client(at).vectorStores.delete(known.id);
            deleted.push(known.id);
            report.deleted++;
          } else await look(client(at), known, random, () => stores.has(known.id));
        } catch (error) {
          const isDeleted = isMissing(error) && known !== undefined && !stores.has(known.id);
          if (!isDeleted && !isExpected(error)) throw error;
        }
        await sleep(random.below(30));
      }
    };
    await killInTurns(workers, start, use, { random, kills }, (killed) =>
      progress?.(
        `${killed} kills of engines that search, ${report.created} stores, ${report.terminated} workers`,
      ),
    );
    for (const at of [0, 1]) {
      await workers[at]!.kill();
      workers[at] = await start(false);
    }
    for (const store of stores.values()) await checkStore(client(0), store, random);
    for (const id of deleted) {
      await assert.rejects(client(1).vectorStores.retrieve(id), (error) => isMissing(error));
    }
    await assertDeleted(dataDir);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
  assertIntact(dataDir);
  return report;
}

async function create(client: OpenAI, mark: string, random: Random): Promise<KnownStore> {
  const count = 200 + random.below(8_000);
  const text = Array.from({ length: count }, (_, i) => `word${i}of${mark.replace('-', 'x')}`).join(' ');
  const file = await toFile(Buffer.from(text), `${mark}.txt`);
  const { id: fileId } = await client.files.create({ purpose: 'assistants', file });
  const { id } = await client.vectorStores.create({ file_ids: [fileId], chunking_strategy: chunking });
  return { id, fileId, text, isRead: false };
}

/** Searches a store, and checks what is found of one that was read. */
async function look(
  client: OpenAI,
  store: KnownStore,
  random: Random,
  isThere: () => boolean = () => true,
): Promise<void> {
  const isRead = store.isRead || (await client.vectorStores.retrieve(store.id)).file_counts.completed === 1;
  const word = random.pick(store.text.split(' '))!;
  const { data } = await client.vectorStores.search(store.id, { query: word });
  if (!isRead || !isThere()) return;
  store.isRead = true;
  assert.ok(data[0]?.content[0]?.text.split(' ').includes(word), `${word} of ${store.id} is gone`);
}

/** Checks that all of a store is there, once its file is read. */
async function checkStore(client: OpenAI, store: KnownStore, random: Random): Promise<void> {
  const { id, fileId, text } = store;
  const read = async () => {
    const { file_counts } = await client.vectorStores.retrieve(id);
    assert.equal(file_counts.total, 1, `the file of ${id} is gone`);
    return file_counts.in_progress === 0 && file_counts;
  };
  const { failed } = await until(`${id} is read`, read);
  if (failed > 0) {
    // Its worker was terminated too often.
    assert.equal(store.isRead, false, `${id} was read before`);
    await client.vectorStores.files.create(id, { file_id: fileId, chunking_strategy: chunking });
    await until(`${id} is read again`, read);
  }
  for (let i = 0; i < 3; i++) await look(client, { ...store, isRead: true }, random);
  const pages = await client.vectorStores.files.content(fileId, { vector_store_id: id });
  const content = pages.data.map((page) => page.text).join('');
  // Spaces between chunks are in none of them.
  assert.equal(content.replaceAll('\n', ' '), text);
}

/** Waits until nothing is left of deleted stores and of attempts at reading, and checks that the rest fits together. */
async function assertDeleted(dataDir: string): Promise<void> {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { timeout: 5_000 });
  const count = (sql: string): number => Number(db.prepare(sql).get()?.['count']);
  try {
    const open = `SELECT
      (SELECT count(*) FROM search_files WHERE vector_store_id IS NULL OR ready = 0) +
      (SELECT count(*) FROM vector_store_files WHERE status = 'in_progress') AS count`;
    await until('all is deleted or read', () => count(open) === 0);
    const chunks = count('SELECT count(*) AS count FROM search_chunks');
    assert.equal(count('SELECT coalesce(sum(chunks), 0) AS count FROM search_files'), chunks);
    assert.equal(count('SELECT count(*) AS count FROM search_words_docsize'), chunks);
    const strays = `SELECT count(*) AS count FROM search_chunks WHERE file NOT IN (SELECT number FROM search_files)`;
    assert.equal(count(strays), 0);
  } finally {
    db.close();
  }
}

function assertIntact(dataDir: string): void {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'));
  assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  assert.deepEqual(db.prepare('PRAGMA foreign_key_check').all(), []);
  db.exec(`INSERT INTO search_words (search_words) VALUES ('integrity-check')`);
  db.close();
}

export function isMissing(error: unknown): boolean {
  return error instanceof APIError && error.status === 404;
}

/** The process died during the request. */
export function isExpected(error: unknown): boolean {
  if (error instanceof APIConnectionError) return true;
  if (error instanceof TypeError || (error instanceof Error && error.name === 'SyntaxError')) return true;
  // 503: the other engine had the database locked for too long, and nothing was acknowledged.
  return error instanceof APIError && error.status === 503;
}
