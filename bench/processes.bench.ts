import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '../src/engine/engine';
import type { Row } from './row';

const processes = 10;
/** Messages that each process writes, one after the other, to a thread of its own. */
const messages = 150;

/** Processes that write to one data folder at the same time. */
export async function rows(): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  try {
    const alone = await write(dataDir, 1);
    const all = await write(dataDir, processes);
    const limit = 20;
    return [
      {
        what: `creating messages from ${processes} processes that share a data folder, p99`,
        measured: shown(all),
        against: `${shown(alone)} (one process)`,
        ratio: `${all.p99.toFixed(1)} ms`,
        limit: `${limit} ms`,
        met: all.p99 <= limit,
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
async function write(dataDir: string, count: number): Promise<Load> {
  const children: ChildProcess[] = [];
  for (let started = 0; started < count; started++) {
    const child = fork(__filename, [dataDir]);
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

/** The work of one process: sends the milliseconds of each request. */
async function serve(dataDir: string): Promise<void> {
  const engine = createEngine({ dataDir, models: () => [] });
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
  const create = (): Promise<unknown> => post(`/threads/${id}/messages`, { role: 'user', content: 'Go on.' });
  for (let warmUps = 0; warmUps < 20; warmUps++) await create();
  process.send?.('ready');
  await once(process, 'message');
  const times: number[] = [];
  for (let written = 0; written < messages; written++) {
    const asked = performance.now();
    await create();
    times.push(performance.now() - asked);
  }
  process.send?.(times);
  await once(process, 'disconnect');
  await engine.close();
}

if (require.main === module) void serve(process.argv[2] ?? '');
