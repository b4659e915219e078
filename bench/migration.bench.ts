/** A large database of version 0.1: its migration, one that is killed and resumed, and what the engine does afterwards. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import { databaseName } from '../src/engine/store/database';
import { migrateDatabase } from '../src/engine/store/maintenance/databaseTasks';
import { migrations } from '../src/engine/store/migrations';
import { packVector } from '../src/engine/tools/fileSearch/index/vectors';
import { copyOfData } from './cachedData';
import { anyVector, dimensions } from './fileSearchEmbedding';
import { type Row, timed } from './row';
import { anyWords, storeOf, vectorModel } from './searchLoad';

/** The first format with file search. */
const format = 2;
const threads = 200;
/** Each is a question and its answer. */
const runsPerThread = 250;
const messages = 2 * threads * runsPerThread;
const files = 200;
const chunksPerFile = 500;
const chunks = files * chunksPerFile;
const size = `${messages.toLocaleString('en')} messages and ${chunks.toLocaleString('en')} chunks`;
const script = resolve('dist/databaseWorker.js');

/** How long the thread that waits may stand still, in milliseconds. */
const maxStall = 50;
/** The check for damage is made again, and the step that was interrupted. */
const maxResumed = 2;
/** How often the engine writes while it brings the index up to date, in milliseconds. */
const writeInterval = 20;

export async function rows(): Promise<Row[]> {
  const dataDir = await copyOfData('migration', __filename);
  const killed = await copyOfData('migration', __filename);
  try {
    const before = contents(dataDir);
    const reports: number[] = [];
    const whole = await stallOf(() => migrate(dataDir, () => reports.push(performance.now())));
    expectSame(before, contents(dataDir));
    const gaps = reports.map((at, i) => at - (reports[i - 1] ?? at));
    const updated = await stallOf(() => useEngine(dataDir));
    expectSame(before, contents(dataDir));
    const first = await timed(() => killAfter(whole.ms / 2, killed));
    const left = formatOf(killed);
    const second = await timed(() => migrate(killed));
    expectSame(before, contents(killed));
    const ratio = (first.ms + second.ms) / whole.ms;
    return [
      stallRow(
        `a database of version 0.1 with ${size} is migrated (${seconds(whole.ms)}, progress told ` +
          `${reports.length} times, at most ${seconds(Math.max(...gaps))} apart)`,
        whole.stall,
      ),
      stallRow(
        `its engine, which writes every ${writeInterval} ms, brings its words and vectors up to date (${seconds(updated.ms)})`,
        updated.stall,
      ),
      {
        what: 'that migration, killed after half of its time and resumed, in all',
        measured: `${seconds(first.ms + second.ms)} (from format ${left} of ${migrations.length} on: ${seconds(second.ms)})`,
        against: `${seconds(whole.ms)} at once`,
        ratio: `${ratio.toFixed(2)}×`,
        limit: `${maxResumed}×`,
        met: ratio <= maxResumed,
      },
    ];
  } finally {
    for (const folder of [dataDir, killed]) rmSync(folder, { recursive: true, force: true });
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function stallRow(what: string, stall: number): Row {
  return {
    what: `longest stall of the thread while ${what}`,
    measured: `${stall.toFixed(1)} ms`,
    against: '–',
    ratio: `${stall.toFixed(1)} ms`,
    limit: `${maxStall} ms`,
    met: stall <= maxStall,
  };
}

async function stallOf(work: () => Promise<unknown>): Promise<{ ms: number; stall: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const { ms } = await timed(work);
  delay.disable();
  return { ms, stall: delay.max / 1e6 };
}

function migrate(dataDir: string, onMigrating?: () => void): Promise<void> {
  return migrateDatabase({ dataDir, script }, onMigrating);
}

async function killAfter(ms: number, dataDir: string): Promise<void> {
  const child = fork(__filename, ['migrate', dataDir]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  await sleep(ms);
  child.kill('SIGKILL');
  await exited;
}

/** Works with an engine until all that an earlier version wrote differently is up to date. */
async function useEngine(dataDir: string): Promise<void> {
  const engine = createEngine({
    dataDir,
    models: () => [],
    databaseWorker: script,
    tools: {
      fileSearch: { script: resolve('dist/reader/reader.mjs'), worker: resolve('dist/searchWorker.js') },
    },
    log: (message) => console.error(message),
  });
  try {
    const client = new OpenAI({ apiKey: 'any', baseURL: 'http://engine/v1', fetch: engine.fetch });
    while (isOutdated(dataDir)) {
      for (let written = 0; written < 25; written++) {
        await client.beta.threads.create();
        await sleep(writeInterval);
      }
    }
  } finally {
    await engine.close();
  }
}

function read<R>(dataDir: string, work: (db: DatabaseSync) => R): R {
  const db = new DatabaseSync(join(dataDir, databaseName), { readOnly: true, timeout: 5_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function isOutdated(dataDir: string): boolean {
  const left = `SELECT EXISTS (SELECT 1 FROM search_vectors) OR EXISTS (SELECT 1 FROM thread_words_queue)
    OR EXISTS (SELECT 1 FROM search_files WHERE outdated_from IS NOT NULL) AS found`;
  return read(dataDir, (db) => db.prepare(left).get()!['found']) === 1;
}

function formatOf(dataDir: string): number {
  return read(dataDir, (db) => Number(db.prepare('PRAGMA user_version').get()!['user_version']));
}

/** What must be the same before and after, as text. */
function contents(dataDir: string): string {
  const tables = ['messages', 'runs', 'run_steps', 'search_chunks', 'vector_store_files'];
  const count = (db: DatabaseSync, table: string): number =>
    Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']);
  return read(dataDir, (db) => tables.map((table) => `${count(db, table)} ${table}`).join(', '));
}

function expectSame(before: string, after: string): void {
  if (before !== after) throw new Error(`The database has ${after} where it had ${before}.`);
}

function fill(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true });
  const db = new DatabaseSync(join(dataDir, databaseName));
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN');
  for (const sql of migrations.slice(0, format)) db.exec(sql);
  fillThreads(db);
  fillStore(db);
  db.exec(`PRAGMA user_version = ${format}; COMMIT`);
  db.close();
}

function fillThreads(db: DatabaseSync): void {
  db.exec(`
    CREATE TEMP TABLE numbers AS WITH RECURSIVE number (n) AS (
      SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${threads * runsPerThread}
    ) SELECT n, 'thread_' || (n % ${threads} + 1) AS thread FROM number;
    INSERT INTO threads (id, body) SELECT 'thread_' || n, json_object(
        'id', 'thread_' || n, 'object', 'thread', 'created_at', 1700000000 + n,
        'metadata', json_object('title', 'Thread ' || n), 'tool_resources', json_object())
      FROM numbers WHERE n <= ${threads};
    INSERT INTO runs (id, thread_id, status, settings, body) SELECT 'run_' || n, thread, 'completed', '{}', json_object(
        'id', 'run_' || n, 'object', 'thread.run', 'created_at', 1700000000 + 60 * n, 'thread_id', thread,
        'assistant_id', 'asst_1', 'status', 'completed', 'completed_at', 1700000005 + 60 * n, 'model', 'bench',
        'instructions', 'You are a personal math tutor.', 'tools', json_array(), 'metadata', json_object(),
        'usage', json_object('prompt_tokens', 100, 'completion_tokens', 50, 'total_tokens', 150))
      FROM numbers;
    INSERT INTO run_steps (id, thread_id, run_id, turn, body) SELECT 'step_' || n, thread, 'run_' || n,
        json_object('searches', json_object('call_' || n, json_object('number', n / ${threads}, 'passages', json_array(
          json_object('file_id', 'file-0', 'file_name', '0.txt', 'text', hex(zeroblob(100))))))),
        json_object('id', 'step_' || n, 'object', 'thread.run.step', 'created_at', 1700000000 + 60 * n,
          'thread_id', thread, 'run_id', 'run_' || n, 'type', 'message_creation', 'status', 'completed',
          'step_details', json_object('type', 'message_creation',
            'message_creation', json_object('message_id', 'msg_assistant_' || n)))
      FROM numbers`);
  for (const role of ['user', 'assistant'])
    db.exec(`INSERT INTO messages (id, thread_id, run_id, body) SELECT 'msg_${role}_' || n, thread,
        ${role === 'user' ? 'NULL' : "'run_' || n"}, json_object(
        'id', 'msg_${role}_' || n, 'object', 'thread.message', 'created_at', 1700000000 + 60 * n, 'thread_id', thread,
        'status', 'completed', 'role', '${role}', 'assistant_id', NULL, 'run_id', NULL, 'attachments', json_array(),
        'metadata', json_object(), 'content', json_array(json_object('type', 'text', 'text', json_object(
          'value', 'Message ' || n || ': some words of a conversation about mathematics, ${role} and number ' || n * 7,
          'annotations', json_array()))))
      FROM numbers`);
}

function fillStore(db: DatabaseSync): void {
  const id = storeOf(chunks);
  const insert = {
    file: db.prepare(`INSERT INTO files (id, purpose, body) VALUES (?, 'assistants', ?)`),
    entry: db.prepare(
      `INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES (?, ?, 'completed', ?)`,
    ),
    indexed: db.prepare(
      'INSERT INTO search_files (number, store, vector_store_id, file_id, ready) VALUES (?, 1, ?, ?, 1)',
    ),
    chunk: db.prepare(
      `INSERT INTO search_chunks (id, file, ordinal, start_offset, end_offset, line, text) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    words: db.prepare(`INSERT INTO search_words (rowid, store, words) VALUES (?, '1', ?)`),
    vectors: db.prepare('INSERT INTO search_vectors (file, dimensions, vectors, scales) VALUES (?, ?, ?, ?)'),
  };
  const store = { id, object: 'vector_store', created_at: 1, last_active_at: 1, name: '', metadata: {} };
  db.prepare('INSERT INTO vector_stores (id, body) VALUES (?, ?)').run(id, JSON.stringify(store));
  db.prepare('INSERT INTO search_stores (number, vector_store_id, model) VALUES (1, ?, ?)').run(
    id,
    vectorModel,
  );
  for (let number = 1; number <= files; number++) {
    const file = { id: `file-${number}`, object: 'file', filename: `${number}.txt`, created_at: 1, bytes: 1 };
    const entry = { id: file.id, vector_store_id: id, status: 'completed', created_at: 1, usage_bytes: 1 };
    insert.file.run(file.id, JSON.stringify({ ...file, purpose: 'assistants' }));
    insert.entry.run(id, file.id, JSON.stringify(entry));
    insert.indexed.run(number, id, file.id);
    const vectors = Buffer.alloc(chunksPerFile * dimensions);
    const scales = new Float32Array(chunksPerFile);
    for (let i = 0; i < chunksPerFile; i++) {
      const text = anyWords(number * chunksPerFile + i);
      const rowid = number * 2 ** 20 + i;
      insert.chunk.run(rowid, number, i, i * 80, i * 80 + text.length, i + 1, text);
      insert.words.run(rowid, text);
      const { scale, vector } = packVector(anyVector(number * chunksPerFile + i));
      vectors.set(vector, i * dimensions);
      scales[i] = scale;
    }
    insert.vectors.run(number, dimensions, vectors, new Uint8Array(scales.buffer));
  }
}

if (require.main === module) {
  const [, , first = '', second = ''] = process.argv;
  if (first === 'migrate') void migrate(second, () => process.send?.('started'));
  else fill(first);
}
