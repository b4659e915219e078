import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createEngine, type Engine } from '../src/engine/engine';
import { createDemoModel } from '../src/engine/models/demo';
import { root } from '../test/host/paths';
import { writeThread } from './manyMessages';
import { median, type Row } from './row';

const clients = 8;
/** Requests of all clients in total, and of the single client. */
const requests = 2_000;
const warmUps = 200;
const manyMessages = 100_000;
const fewMessages = 100;
const pageRounds = 201;
const openRounds = 15;

/** The API with several concurrent clients, and with very many messages. */
export async function rows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  try {
    return [...(await throughput(join(folder, 'served'))), ...(await manyMessageRows(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Eight clients of the built server, each with a thread of its own, compared with one. */
async function throughput(dataDir: string): Promise<Row[]> {
  const server = await serve(dataDir);
  try {
    const threads = await Promise.all(Array.from({ length: clients }, () => newThread(server.url)));
    const ids = await Promise.all(threads.map((thread) => addMessage(server.url, thread)));
    const kinds: Record<string, (client: number) => Promise<unknown>> = {
      'creating a message': (client) => addMessage(server.url, threads[client]!),
      'listing 20 messages': (client) => call(`${server.url}/threads/${threads[client]!}/messages`),
      'retrieving a message': (client) =>
        call(`${server.url}/threads/${threads[client]!}/messages/${ids[client]!}`),
    };
    const rows: Row[] = [];
    for (const [what, ask] of Object.entries(kinds)) {
      await load(ask, clients, warmUps);
      rows.push(throughputRow(what, await load(ask, clients, requests), await load(ask, 1, requests)));
    }
    return rows;
  } finally {
    await server.stop();
  }
}

interface Load {
  perSecond: number;
  /** 99th percentile of the response time, in milliseconds. */
  p99: number;
}

/** Runs clients that send the next request as soon as the last one is answered, until all are sent. */
async function load(ask: (client: number) => Promise<unknown>, count: number, total: number): Promise<Load> {
  const times: number[] = [];
  let left = total;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, client) => {
      while (left > 0) {
        left -= 1;
        const asked = performance.now();
        await ask(client);
        times.push(performance.now() - asked);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  return { perSecond: total / seconds, p99: times[Math.floor(times.length * 0.99)] ?? 0 };
}

/** Concurrent clients must get at least the throughput of one. */
function throughputRow(what: string, all: Load, one: Load): Row {
  const shown = ({ perSecond, p99 }: Load) => `${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`;
  const ratio = one.perSecond / all.perSecond;
  return {
    what: `${what}, ${clients} clients at once`,
    measured: shown(all),
    against: `${shown(one)} (one client)`,
    ratio: `${ratio.toFixed(2)}× the time a request`,
    limit: '1×',
    met: ratio <= 1,
  };
}

async function serve(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [join(root, 'dist', 'serve.js'), '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const stop = async (): Promise<void> => {
    child.kill();
    await exited;
  };
  return { url: line.replace('listening ', ''), stop };
}

/** Uses `fetch`, to leave out the time of the client library. */
async function call<T>(url: string, body?: object): Promise<T> {
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

async function newThread(url: string): Promise<string> {
  return (await call<{ id: string }>(`${url}/threads`, {})).id;
}

async function addMessage(url: string, thread: string): Promise<string> {
  const message = { role: 'user', content: 'I need to solve the equation `3x + 11 = 14`. Can you help me?' };
  return (await call<{ id: string }>(`${url}/threads/${thread}/messages`, message)).id;
}

async function manyMessageRows(folder: string): Promise<Row[]> {
  const [big, small] = [join(folder, 'big'), join(folder, 'small')];
  const long = writeThread(big, manyMessages);
  const short = writeThread(big, fewMessages);
  writeThread(small, 0);
  return [await newestPage(big, long, short), await opening(big, small)];
}

async function newestPage(dataDir: string, long: string, short: string): Promise<Row> {
  const engine = open(dataDir);
  const read = (thread: string) => ask(engine, `/threads/${thread}/messages?limit=100`);
  try {
    const times = await inTurn(pageRounds, { big: () => read(long), small: () => read(short) });
    const what = `newest page (100) of a thread of ${manyMessages.toLocaleString('en')} messages`;
    return ratioRow(what, times, `of ${fewMessages} messages`, 1.5);
  } finally {
    await engine.close();
  }
}

/** Time from opening to the first response. */
async function opening(big: string, small: string): Promise<Row> {
  const openAndAsk = async (dataDir: string): Promise<() => Promise<void>> => {
    const engine = open(dataDir);
    await ask(engine, '/threads?limit=1');
    return () => engine.close();
  };
  const times = await inTurn(openRounds, { big: () => openAndAsk(big), small: () => openAndAsk(small) });
  const what = `opening a database of ${manyMessages.toLocaleString('en')} messages`;
  return ratioRow(what, times, 'an empty one', 2);
}

function open(dataDir: string): Engine {
  const provider = createDemoModel();
  return createEngine({ dataDir, models: () => [{ id: 'demo', label: 'Demo', provider }] });
}

async function ask(engine: Engine, path: string): Promise<void> {
  const response = await engine.fetch(`http://engine/v1${path}`);
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  await response.text();
}

type Pair<T> = Record<'big' | 'small', T>;

/** Medians over alternating rounds, so that other load affects both; cleaning up is not measured. */
async function inTurn(
  rounds: number,
  work: Pair<() => Promise<void | (() => Promise<void>)>>,
): Promise<Pair<number>> {
  const times: Pair<number[]> = { big: [], small: [] };
  const warmUpRounds = Math.ceil(rounds / 10);
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? (['big', 'small'] as const) : (['small', 'big'] as const)) {
      const start = performance.now();
      const cleanUp = await work[name]();
      const time = performance.now() - start;
      if (round >= 0) times[name].push(time);
      await cleanUp?.();
    }
  }
  return { big: median(times.big), small: median(times.small) };
}

function ratioRow(what: string, { big, small }: Pair<number>, against: string, max: number): Row {
  const ratio = big / small;
  return {
    what,
    measured: `${big.toFixed(2)} ms`,
    against: `${small.toFixed(2)} ms (${against})`,
    ratio: `${ratio.toFixed(2)}×`,
    limit: `${max}×`,
    met: ratio <= max,
  };
}
