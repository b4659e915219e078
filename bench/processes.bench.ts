import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createEngine } from '../src/engine/engine';
import { newId } from '../src/engine/ids';
import { openDatabase } from '../src/engine/store/database';
import type { Row } from './row';

const processes = 10;
/** Messages that each process writes, one after the other, to a thread of its own. */
const messages = 150;

/** Processes that write to one data folder at the same time. */
export async function rows(): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  try {
    const alone = await write('engine', dataDir, 1);
    const all = await write('engine', dataDir, processes);
    const bare = await write('sqlite', dataDir, processes);
    const limit = 20;
    return [
      {
        what: `creating messages from ${processes} processes that share a data folder, p99`,
        measured: shown(all),
        against: `${shown(bare)} (SQLite alone, the same statements); ${shown(alone)} (one process)`,
        ratio: `${all.p99.toFixed(1)} ms, ${(all.p99 / bare.p99).toFixed(1)}×`,
        limit: `${limit} ms, or 1× of SQLite alone`,
        met: all.p99 <= Math.max(limit, bare.p99),
      },
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Load {
  perSecond: number;
  /** Milliseconds. */
  p99: number;
}

function shown({ perSecond, p99 }: Load): string {
  return `${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`;
}

/** Starts processes, lets them write once all are ready, and ends them. */
async function write(kind: keyof typeof writers, dataDir: string, count: number): Promise<Load> {
  const children: ChildProcess[] = [];
  for (let started = 0; started < count; started++) {
    const child = fork(__filename, [kind, dataDir]);
    children.push(child);
    await once(child, 'message');
  }
  const answers = children.map(async (child) => ((await once(child, 'message')) as [number[]])[0]);
  const start = performance.now();
  for (const child of children) child.send('go');
  const times = (await Promise.all(answers)).flat().sort((a, b) => a - b);
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(
    children.map(async (child) => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    }),
  );
  return { perSecond: times.length / seconds, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
}

interface Writer {
  /** Creates one message. */
  create: () => unknown;
  close: () => unknown;
}

const writers = { engine: openEngine, sqlite: openSqlite };

async function openEngine(dataDir: string): Promise<Writer> {
  const databaseWorker = resolve('dist/databaseWorker.js');
  const engine = createEngine({ dataDir, models: () => [], databaseWorker });
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const response = await engine.fetch(`http://engine/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  const { id } = await post('/threads', {});
  return {
    create: () => post(`/threads/${id}/messages`, { role: 'user', content: 'Go on.' }),
    close: () => engine.close(),
  };
}

/** What no engine can be faster than on this machine: its statements for a message, in loops of their own. */
function openSqlite(dataDir: string): Writer {
  const db = openDatabase(dataDir);
  const threadId = newId('thread');
  db.prepare('INSERT INTO threads (id, body) VALUES (?, ?)').run(threadId, JSON.stringify({ id: threadId }));
  const thread = db.prepare('SELECT body FROM threads WHERE id = ?');
  const run = db.prepare(
    `SELECT body FROM runs WHERE thread_id = ?
     AND status IN ('queued', 'in_progress', 'requires_action', 'cancelling')`,
  );
  const message = db.prepare('INSERT INTO messages (id, thread_id, body) VALUES (?, ?, ?)');
  const change = db.prepare('INSERT INTO writes (engine, path) VALUES (?, ?)');
  const content = [{ type: 'text', text: { value: 'Go on.', annotations: [] } }];
  const create = (): void => {
    db.exec('BEGIN IMMEDIATE');
    thread.get(threadId);
    run.get(threadId);
    const id = newId('msg');
    const body = { id, object: 'thread.message', thread_id: threadId, role: 'user', content, metadata: {} };
    message.run(id, threadId, JSON.stringify(body));
    change.run('sqlite', `/v1/threads/${threadId}/messages`);
    db.exec('COMMIT');
  };
  return { create, close: () => db.close() };
}

/** The work of one process: sends the milliseconds of each message. */
async function work(kind: keyof typeof writers, dataDir: string): Promise<void> {
  const writer = await writers[kind](dataDir);
  for (let warmUps = 0; warmUps < 20; warmUps++) await writer.create();
  process.send?.('ready');
  await once(process, 'message');
  const times: number[] = [];
  for (let written = 0; written < messages; written++) {
    const asked = performance.now();
    await writer.create();
    times.push(performance.now() - asked);
  }
  process.send?.(times);
  await once(process, 'disconnect');
  await writer.close();
}

if (require.main === module) void work(process.argv[2] as keyof typeof writers, process.argv[3] ?? '');
