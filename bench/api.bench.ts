import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createEngine, type Engine } from '../src/engine/engine';
import { createDemoModel } from '../src/engine/models/demo';
import { databaseName } from '../src/engine/store/database';
import { root } from '../test/host/paths';
import { writeThread } from './manyMessages';
import { inFolder } from './inFolder';
import { type Benchmark, median, type Row } from './row';

const clients = 8;
/** Requests of all clients in total, in a round. */
const requests = 1_000;
const loadRounds = 5;
/** Bytes of a message in a large database, about. */
const longMessage = 30_000;
const manyMessages = 100_000;
const fewMessages = 100;
const pageRounds = 201;
const openRounds = 15;

/** The API with several concurrent clients, and with very many messages. */
export const rows = {
  creating: () => throughput('creating a message', 6, (url, { thread }) => addMessage(url, thread)),
  listing: () =>
    throughput('listing 20 messages', 6, (url, { thread }) => call(`${url}/threads/${thread}/messages`)),
  retrieving: () =>
    throughput('retrieving a message', 6, (url, { thread, message }) =>
      call(`${url}/threads/${thread}/messages/${message}`),
    ),
  newestPage: () => inFolder(newestPage),
  openMessages: () => inFolder(openMessages),
  open16: () => inFolder((folder) => openSize(folder, 15.5)),
  open700: () => inFolder((folder) => openSize(folder, 700)),
} satisfies Benchmark['rows'];

interface Place {
  thread: string;
  message: string;
}

/**
 * Eight clients of the built server, each with a thread of its own, compared with eight of an HTTP server that only parses
 * and answers JSON. `max`: the limit of the ratio.
 */
function throughput(
  what: string,
  max: number,
  ask: (url: string, place: Place) => Promise<unknown>,
): Promise<Row> {
  return inFolder(async (dataDir) => {
    const [server, bare] = [await serve(dataDir), await serveBare()];
    try {
      const places = await Promise.all(
        Array.from({ length: clients }, async () => {
          const thread = await newThread(server.url);
          const message = await addMessage(server.url, thread);
          for (let count = 1; count < 20; count++) await addMessage(server.url, thread);
          return { thread, message };
        }),
      );
      const loads = { server: [] as Load[], bare: [] as Load[] };
      for (let round = 0; round <= loadRounds; round++) {
        for (const name of ['server', 'bare'] as const) {
          const { url } = { server, bare }[name];
          const found = await load((client) => ask(url, places[client]!), clients, requests);
          // The first round warms up.
          if (round > 0) loads[name].push(found);
        }
      }
      return throughputRow(what, max, middle(loads.server), middle(loads.bare));
    } finally {
      await Promise.all([server.stop(), bare.stop()]);
    }
  });
}

function middle(loads: readonly Load[]): Load {
  return {
    perSecond: median(loads.map(({ perSecond }) => perSecond)),
    p99: median(loads.map(({ p99 }) => p99)),
  };
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

function throughputRow(what: string, max: number, engine: Load, bare: Load): Row {
  const shown = ({ perSecond, p99 }: Load) => `${perSecond.toFixed(0)}/s, p99 ${p99.toFixed(1)} ms`;
  const ratio = bare.perSecond / engine.perSecond;
  return {
    what: `${what}, ${clients} clients at once`,
    measured: shown(engine),
    against: `${shown(bare)} (a bare HTTP server)`,
    ratio: `${ratio.toFixed(2)}× the time a request`,
    limit: `${max}×`,
    met: ratio <= max,
  };
}

/** A server in a process of its own that answers each request with the same list, or with what it was sent. */
async function serveBare(): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = fork(__filename);
  const exited = once(child, 'exit');
  const [url] = (await once(child, 'message')) as [string];
  const stop = async (): Promise<void> => {
    child.kill();
    await exited;
  };
  return { url, stop };
}

function answerBare(): void {
  const message = { id: 'msg_1', object: 'thread.message', content: 'x'.repeat(500) };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      const isList = request.url?.endsWith('/messages') && request.method === 'GET';
      const answer = isList ? { data: Array.from({ length: 20 }, () => message) } : message;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(body ? { ...answer, ...(JSON.parse(body) as object) } : answer));
    });
  });
  server.listen(0, '127.0.0.1', () => {
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  });
  process.once('disconnect', () => process.exit(0));
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

async function newestPage(dataDir: string): Promise<Row> {
  const long = writeThread(dataDir, manyMessages);
  const short = writeThread(dataDir, fewMessages);
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

function openMessages(folder: string): Promise<Row> {
  writeThread(join(folder, 'big'), manyMessages);
  return opening(folder, `of ${manyMessages.toLocaleString('en')} messages`);
}

/** A database of so many megabytes, in long messages. Up to 16 MB, it is checked for damage. */
function openSize(folder: string, megabytes: number): Promise<Row> {
  const messages = Math.round((megabytes * 2 ** 20) / longMessage);
  writeThread(join(folder, 'big'), messages, longMessage);
  const bytes = statSync(join(folder, 'big', databaseName)).size;
  return opening(folder, `of ${Math.round(bytes / 2 ** 20)} MB`);
}

/** Time from opening to the first response, compared with an empty database. */
async function opening(folder: string, which: string): Promise<Row> {
  const [big, small] = [join(folder, 'big'), join(folder, 'small')];
  writeThread(small, 0);
  const openAndAsk = async (dataDir: string): Promise<() => Promise<void>> => {
    const engine = open(dataDir);
    await ask(engine, '/threads?limit=1');
    return () => engine.close();
  };
  const times = await inTurn(openRounds, { big: () => openAndAsk(big), small: () => openAndAsk(small) });
  return ratioRow(`opening a database ${which}`, times, 'an empty one', 2);
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

if (require.main === module) answerBare();
