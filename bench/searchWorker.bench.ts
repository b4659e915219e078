/**
 * Search, deletion and indexing in the worker thread: how long a search takes, and how long the thread of the engine
 * stands still meanwhile, while it writes to the same database.
 */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { createEngine, type Engine } from '../src/engine/engine';
import type { ModelEvent, ModelProvider, ModelRequest } from '../src/engine/models/modelProvider';
import { databaseName, openDatabase } from '../src/engine/store/database';
import { SearchIndex } from '../src/engine/tools/fileSearch/index/searchIndex';
import { copyOfData } from './cachedData';
import { anyVector } from './fileSearchEmbedding';
import { type Benchmark, median, type Row, type Timed, timed } from './row';
import {
  anyWords,
  indexed,
  indexedBytes,
  isDeleting,
  largeChunks,
  searches,
  storeOf,
  uploadLarge,
  vectorModel,
} from './searchLoad';

const chunksPerFile = 500;
/** Sizes of stores, with the limits of the first search after the start of the engine, and of the median, in ms. */
const sizes = [
  { chunks: 1_000, maxFirst: 50, maxMedian: 15 },
  { chunks: 10_000, maxFirst: 50, maxMedian: 15 },
  { chunks: largeChunks, maxFirst: 150, maxMedian: 40 },
];
const hugeSize = { chunks: 500_000, maxFirst: 500, maxMedian: 150 };
/** The store of the huge size has a database of its own. */
const hugeData = 'search500k';
/** How long the thread may stand still, in milliseconds. */
const maxStall = 50;
const idleMs = 2_000;
/** As a model server nearby takes. */
const embeddingMs = 100;
/** How long a model takes to write the call of a search. */
const turnMs = 500;
/** How often the engine's thread writes meanwhile, in milliseconds. */
const writeInterval = 20;

/** How much memory the process may take with the worker, in MB, after searches in a large store. */
const maxMemory = 300;

export const rows = {
  search1k: () => withEngine((client) => searchTimes(client, sizes[0]!)),
  search10k: () => withEngine((client) => searchTimes(client, sizes[1]!)),
  search100k: () => withEngine((client) => searchTimes(client, sizes[2]!)),
  opened10k: () => withEngine((client) => openedFirst(client, sizes[1]!)),
  opened100k: () => withEngine((client) => openedFirst(client, sizes[2]!)),
  embedded10k: () => withEngine((client) => embeddedFirst(client, sizes[1]!), { embeddingMs }),
  run10k: () => withEngine((client) => firstOfRun(client, sizes[1]!)),
  run100k: () => withEngine((client) => firstOfRun(client, sizes[2]!)),
  memory: () => withEngine((client) => memory(client, largeChunks)),
  stalls: () => withEngine(stalls),
} satisfies Benchmark['rows'];

export const largeRows = {
  search500k: () => withEngine((client) => searchTimes(client, hugeSize), { data: hugeData }),
  run500k: () => withEngine((client) => firstOfRun(client, hugeSize), { data: hugeData }),
  opened500k: () => withEngine((client) => openedFirst(client, hugeSize), { data: hugeData }),
  memory500k: () => withEngine((client) => memory(client, hugeSize.chunks), { data: hugeData }),
} satisfies Benchmark['largeRows'];

function fill(dataDir: string, name: string): void {
  const db = openDatabase(dataDir);
  const index = new SearchIndex(db);
  const insert = {
    store: db.prepare('INSERT INTO vector_stores (id, body) VALUES (?, ?)'),
    file: db.prepare(`INSERT INTO files (id, purpose, body) VALUES (?, 'assistants', ?)`),
    entry: db.prepare(
      `INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES (?, ?, 'completed', ?)`,
    ),
  };
  for (const { chunks } of name === hugeData ? [hugeSize] : sizes) {
    const storeId = storeOf(chunks);
    insert.store.run(
      storeId,
      JSON.stringify({ id: storeId, object: 'vector_store', created_at: 1, last_active_at: 1, metadata: {} }),
    );
    for (let first = 0; first < chunks; first += chunksPerFile) {
      const id = `file-${chunks}-${first}`;
      db.exec('BEGIN');
      insert.file.run(id, JSON.stringify({ id, object: 'file', filename: `${id}.txt`, created_at: 1 }));
      insert.entry.run(
        storeId,
        id,
        JSON.stringify({ id, vector_store_id: storeId, status: 'completed', created_at: 1, attributes: {} }),
      );
      const numbers = Array.from({ length: chunksPerFile }, (_, i) => first + i);
      index.put(
        storeId,
        id,
        numbers.map((number, i) => ({
          text: anyWords(number),
          start: i * 80,
          end: i * 80 + 79,
          line: i + 1,
        })),
        { model: vectorModel, vectors: numbers.map(anyVector) },
      );
      db.exec('COMMIT');
    }
  }
  db.close();
}

interface Bench {
  data?: string;
  /** How long a query takes to embed, in milliseconds. */
  embeddingMs?: number;
}

async function withEngine<R>(
  work: (client: OpenAI, dataDir: string) => Promise<R>,
  { data = 'search', embeddingMs }: Bench = {},
): Promise<R> {
  const dataDir = await copyOfData(data, __filename);
  let seed = -1;
  const provider: ModelProvider = {
    listModels: () => Promise.resolve([]),
    generate: searchOnce,
    async embed(_, texts) {
      if (embeddingMs !== undefined) await sleep(embeddingMs);
      return texts.map(() => anyVector(seed--));
    },
  };
  const engine: Engine = createEngine({
    dataDir,
    models: () => [{ id: 'bench', label: 'Bench', provider }],
    embeddings: () => vectorModel,
    tools: {
      fileSearch: { script: resolve('dist/reader/reader.mjs'), worker: resolve('dist/searchWorker.js') },
    },
    log: (message) => console.error(message),
  });
  try {
    const client = new OpenAI({ apiKey: 'any', baseURL: 'http://engine/v1', fetch: engine.fetch });
    return await work(client, dataDir);
  } finally {
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** When the model of a run has written its call, and when it got the answer to it. */
const turnTimes: number[] = [];

/** A model that calls the search in its first turn, which takes a while, and answers in its second. */
async function* searchOnce({ messages }: ModelRequest): AsyncGenerator<ModelEvent> {
  if (messages.at(-1)?.role === 'tool') {
    turnTimes.push(performance.now());
    yield { type: 'text', text: 'Found.' };
    yield { type: 'finish', reason: 'stop' };
    return;
  }
  await sleep(turnMs);
  yield { type: 'tool_call', index: 0, id: 'call_1', name: 'file_search' };
  yield { type: 'tool_call_arguments', index: 0, arguments: JSON.stringify({ query: anyWords(-1) }) };
  turnTimes.push(performance.now());
  yield { type: 'finish', reason: 'tool_calls' };
}

async function firstOfRun(client: OpenAI, { chunks, maxFirst }: (typeof sizes)[number]): Promise<Row> {
  const { id: assistant_id } = await client.beta.assistants.create({
    model: 'bench/any',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [storeOf(chunks)] } },
  });
  const thread = { messages: [{ role: 'user' as const, content: 'Where is it?' }] };
  const run = await client.beta.threads.createAndRunPoll({ assistant_id, thread });
  const [called, answered] = turnTimes;
  if (run.status !== 'completed' || answered === undefined) throw new Error(`The run is ${run.status}.`);
  const ms = answered - called!;
  return {
    what: `the first search of a run in ${chunks.toLocaleString('en')} chunks, whose model takes ${turnMs} ms to write the call, from there to its next turn`,
    measured: `${ms.toFixed(1)} ms`,
    against: '–',
    ratio: `${ms.toFixed(1)} ms`,
    limit: `${maxFirst} ms`,
    met: ms <= maxFirst,
  };
}

/** The first search of a user, who has seen the assistants and needs a moment to ask. */
async function openedFirst(client: OpenAI, { chunks, maxFirst }: (typeof sizes)[number]): Promise<Row> {
  await client.beta.assistants.list();
  await sleep(idleMs);
  const name = `the first search in ${chunks.toLocaleString('en')} chunks, ${idleMs / 1_000} s after the first request`;
  return timeRow(name, await search(client, chunks, 1), maxFirst);
}

/** The first search after the start of the engine, without the time that its query takes to embed. */
async function embeddedFirst(client: OpenAI, { chunks, maxFirst }: (typeof sizes)[number]): Promise<Row> {
  const { ms, cpuMs } = await search(client, chunks, 1);
  const name = `the first search in ${chunks.toLocaleString('en')} chunks, beyond the ${embeddingMs} ms that its query takes to embed`;
  return timeRow(name, { ms: ms - embeddingMs, cpuMs }, maxFirst);
}

function search(client: OpenAI, chunks: number, seed: number): Promise<Timed> {
  return timed(() =>
    client.vectorStores.search(storeOf(chunks), { query: anyWords(-seed), max_num_results: 20 }),
  );
}

function timeRow(what: string, { ms, cpuMs }: Timed, max: number): Row {
  return {
    what,
    measured: `${ms.toFixed(1)} ms`,
    against: '–',
    cpu: `${cpuMs.toFixed(1)} ms`,
    ratio: `${ms.toFixed(1)} ms`,
    limit: `${max} ms`,
    met: ms <= max,
  };
}

async function memory(client: OpenAI, chunks: number): Promise<Row> {
  const before = process.memoryUsage.rss();
  for (let i = 0; i < searches; i++) await search(client, chunks, i + 1);
  const megabytes = (bytes: number) => bytes / 2 ** 20;
  const after = megabytes(process.memoryUsage.rss());
  return {
    what: `memory of the process after searches in ${chunks.toLocaleString('en')} chunks`,
    measured: `${after.toFixed(0)} MB`,
    against: `${megabytes(before).toFixed(0)} MB before the first`,
    ratio: `${after.toFixed(0)} MB`,
    limit: `${maxMemory} MB`,
    met: after <= maxMemory,
  };
}

async function searchTimes(client: OpenAI, { chunks, maxFirst, maxMedian }: (typeof sizes)[number]) {
  const first = await search(client, chunks, 1);
  const more: Timed[] = [];
  for (let i = 0; i < searches; i++) more.push(await search(client, chunks, i + 2));
  const what = (which: string) =>
    `${which} in ${chunks.toLocaleString('en')} chunks by words and vectors, in the worker`;
  const middle = { ms: median(more.map(({ ms }) => ms)), cpuMs: median(more.map(({ cpuMs }) => cpuMs)) };
  return [
    timeRow(what('the first search at once'), first, maxFirst),
    timeRow(what('search, median'), middle, maxMedian),
  ];
}

/** The longest stall of this thread while work is done, with the writes of this thread that go on meanwhile. */
async function stallOf(client: OpenAI, work: () => Promise<unknown>): Promise<{ max: number; ms: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let isDone = false;
  const writing = async (): Promise<void> => {
    while (!isDone) {
      await client.beta.threads.create();
      await sleep(writeInterval);
    }
  };
  delay.enable();
  const written = writing();
  const { ms } = await timed(work);
  isDone = true;
  await written;
  delay.disable();
  return { max: delay.max / 1e6, ms };
}

async function stalls(client: OpenAI, dataDir: string): Promise<Row[]> {
  const large = sizes.at(-1)!.chunks;
  const search = (seed: number) => client.vectorStores.search(storeOf(large), { query: anyWords(-seed) });
  // Starts the worker, and loads what the requests need.
  await search(1);
  await stallOf(client, () => sleep(100));
  const idle = await stallOf(client, () => sleep(idleMs));
  const row = (what: string, { max, ms }: { max: number; ms: number }): Row => ({
    what: `longest stall of the engine’s thread, which writes every ${writeInterval} ms, while ${what} (${(ms / 1000).toFixed(1)} s)`,
    measured: `${max.toFixed(1)} ms`,
    against: `${idle.max.toFixed(1)} ms idle`,
    ratio: `${max.toFixed(1)} ms`,
    limit: `${maxStall} ms`,
    met: max <= maxStall,
  });
  const searching = await stallOf(client, async () => {
    for (let i = 0; i < searches; i++) await search(i + 2);
  });
  const file = await uploadLarge(client);
  const indexing = await stallOf(client, () => indexed(client, file));
  const deleting = await stallOf(client, async () => {
    await client.vectorStores.delete(storeOf(large));
    do await sleep(100);
    while (isDeleting(join(dataDir, databaseName)));
  });
  return [
    row(`${searches} searches run in ${large.toLocaleString('en')} chunks`, searching),
    row(`a text of ${indexedBytes / 2 ** 20} MB is indexed by words and vectors`, indexing),
    row(`a store of ${large.toLocaleString('en')} chunks is deleted`, deleting),
  ];
}

if (require.main === module) fill(process.argv[2]!, process.argv[3]!);
