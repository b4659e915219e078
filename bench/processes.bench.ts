import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine } from '../src/engine/engine';
import { newId } from '../src/engine/ids';
import { openDatabase } from '../src/engine/store/database';
import type { Row } from './row';

const processes = 10;
/** Messages that each process writes, one after the other, to a thread of its own. */
const messages = 600;
/** Milliseconds from one message of a process to its next where they do not write as fast as they can: 790 a second in all. */
const pace = 12.66;
/** Milliseconds. */
const limit = 20;

/**
 * Processes that write to one data folder at the same time. Ten that never pause wait for one of few cores most of the
 * time, whatever they do: measured by the same processes with a folder each.
 */
export async function rows(): Promise<Row[]> {
  const alone = await write({ count: 1 });
  const paced = await write({ pace });
  const pacedApart = await write({ pace, areApart: true });
  const all = await write({});
  const apart = await write({ areApart: true });
  const bare = await write({ kind: 'sqlite' });
  const what = `creating messages from ${processes} processes that share a data folder`;
  return [
    {
      what: `${what}, 790 a second, p99`,
      measured: shown(paced),
      against: `${shown(pacedApart)} (a folder each); ${shown(alone)} (one process)`,
      ratio: `${paced.p99.toFixed(1)} ms, ${(paced.p99 / pacedApart.p99).toFixed(1)}×`,
      limit: `${limit} ms`,
      met: paced.p99 <= limit,
    },
    {
      what: `${what}, as fast as they can, p99`,
      measured: shown(all),
      against: `${shown(apart)} (a folder each); ${shown(bare)} (SQLite alone, the same statements)`,
      ratio: `${all.p99.toFixed(1)} ms, ${(all.p99 / apart.p99).toFixed(1)}×`,
      limit: `${limit} ms, or 1.1× of a folder each`,
      met: all.p99 <= Math.max(limit, 1.1 * apart.p99),
    },
  ];
}

interface Load {
  perSecond: number;
  /** Milliseconds. */
  p99: number;
}

function shown({ perSecond, p99 }: Load): string {
  return `${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`;
}

interface Work {
  /** By default the engine. */
  kind?: keyof typeof writers;
  /** Processes, by default ten. */
  count?: number;
  /** Whether each process has a data folder of its own. */
  areApart?: boolean;
  /** Milliseconds from one message to the next, by default none. */
  pace?: number;
}

/** Starts processes, lets them write once all are ready, and ends them. */
async function write({ kind = 'engine', count = processes, areApart, pace = 0 }: Work): Promise<Load> {
  const dataDirs: string[] = [];
  const children: ChildProcess[] = [];
  try {
    for (let started = 0; started < count; started++) {
      if (areApart || started === 0) dataDirs.push(mkdtempSync(join(tmpdir(), 'assistants-studio-bench-')));
      const child = fork(__filename, [kind, dataDirs.at(-1) ?? '', `${pace}`]);
      children.push(child);
      await once(child, 'message');
    }
    const answers = children.map(async (child) => ((await once(child, 'message')) as [number[]])[0]);
    const start = performance.now();
    for (const child of children) child.send('go');
    const times = (await Promise.all(answers)).flat().sort((a, b) => a - b);
    const seconds = (performance.now() - start) / 1000;
    return { perSecond: times.length / seconds, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
  } finally {
    await Promise.all(children.map(end));
    for (const dataDir of dataDirs) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
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
async function work(kind: keyof typeof writers, dataDir: string, pace: number): Promise<void> {
  const writer = await writers[kind](dataDir);
  for (let warmUps = 0; warmUps < 100; warmUps++) await writer.create();
  process.send?.('ready');
  await once(process, 'message');
  const times: number[] = [];
  const start = performance.now() + Math.random() * pace;
  for (let written = 0; written < messages; written++) {
    const pause = start + written * pace - performance.now();
    if (pace > 0 && pause > 0) await delay(pause);
    const asked = performance.now();
    await writer.create();
    times.push(performance.now() - asked);
  }
  process.send?.(times);
  await once(process, 'disconnect');
  await writer.close();
}

if (require.main === module) {
  const [, , kind, dataDir = '', pace] = process.argv;
  void work(kind as keyof typeof writers, dataDir, Number(pace));
}
