/** How soon the port answers while the engine behind it is at heavy work. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import { startServer } from '../src/engine/server/localServer';
import type { ModelProvider } from '../src/engine/models/modelProvider';
import { databaseName } from '../src/engine/store/database';
import { copyOfData } from './cachedData';
import { anyVector } from './fileSearchEmbedding';
import { writeRuns } from './manyMessages';
import type { Row } from './row';
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
import { watchTurns } from './turns';

/** The limit of the 99th percentile, in milliseconds. */
const limit = 50;
/** Milliseconds between an answer and the next request. */
const pause = 2;
const runs = 5_000;
const startedRuns = 20;

interface Answers {
  /** Milliseconds. */
  p99: number;
  max: number;
  count: number;
  /** The longest turn of the server's thread, in milliseconds of its processor time: other load does not lengthen it. */
  turn: number;
}

/** `GET /assistants` over HTTP while other clients keep the same server busy. */
export async function rows(): Promise<Row[]> {
  const dataDir = await copyOfData('search', join(__dirname, 'searchWorker.bench.js'));
  const thread = writeRuns(dataDir, runs);
  const server = await serve(dataDir);
  try {
    const client = new OpenAI({ apiKey: 'any', baseURL: server.url });
    const { id: assistant_id } = await client.beta.assistants.create({ model: 'bench' });
    const search = (seed: number) =>
      client.vectorStores.search(storeOf(largeChunks), { query: anyWords(-seed) });
    // Starts the worker, and loads what the requests need.
    await search(1);
    const answers = (work: () => Promise<unknown>) => answersWhile(server, work);
    await answers(() => sleep(200));
    const idle = await answers(() => sleep(2_000));
    const row = (what: string, { p99, max, count, turn }: Answers): Row => ({
      what: `GET /assistants on the port while ${what}, p99 of ${count}`,
      measured: `${p99.toFixed(1)} ms, at most ${max.toFixed(1)} ms`,
      against: `${idle.p99.toFixed(1)} ms idle`,
      ratio: `${p99.toFixed(1)} ms`,
      cpu: `at most ${turn.toFixed(1)} ms a turn`,
      limit: `${limit} ms`,
      met: p99 <= limit,
    });
    const file = await uploadLarge(client);
    const large = largeChunks.toLocaleString('en');
    return [
      row(
        `a text of ${indexedBytes / 2 ** 20} MB is indexed by words and vectors`,
        await answers(() => indexed(client, file)),
      ),
      row(
        `${searches} searches run in ${large} chunks`,
        await answers(async () => {
          for (let i = 0; i < searches; i++) await search(i + 2);
        }),
      ),
      row(
        `a store of ${large} chunks is deleted`,
        await answers(async () => {
          await client.vectorStores.delete(storeOf(largeChunks));
          do await sleep(100);
          while (isDeleting(join(dataDir, databaseName)));
        }),
      ),
      row(
        `${startedRuns} runs start in a thread of ${runs.toLocaleString('en')}`,
        await answers(async () => {
          for (let i = 0; i < startedRuns; i++)
            await client.beta.threads.runs.createAndPoll(thread, { assistant_id }, { pollIntervalMs: 20 });
        }),
      ),
    ];
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Asks again and again while work is done. */
async function answersWhile({ url, longestTurn }: Server, work: () => Promise<unknown>): Promise<Answers> {
  await longestTurn();
  let isDone = false;
  const times: number[] = [];
  const asking = (async () => {
    while (!isDone) {
      const start = performance.now();
      const response = await fetch(`${url}/assistants`);
      await response.text();
      times.push(performance.now() - start);
      await sleep(pause);
    }
  })();
  try {
    await work();
  } finally {
    isDone = true;
  }
  await asking;
  times.sort((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
  return { p99, max: times.at(-1) ?? 0, count: times.length, turn: await longestTurn() };
}

interface Server {
  url: string;
  /** Since the last call. */
  longestTurn: () => Promise<number>;
  stop: () => Promise<void>;
}

async function serve(dataDir: string): Promise<Server> {
  const child: ChildProcess = fork(__filename, [dataDir]);
  const exited = once(child, 'exit');
  const [url] = (await once(child, 'message')) as [string];
  const stop = async (): Promise<void> => {
    child.disconnect();
    await exited;
  };
  const longestTurn = async (): Promise<number> => {
    child.send('turn');
    return ((await once(child, 'message')) as [number])[0];
  };
  return { url, longestTurn, stop };
}

/** The server, with a model that answers at once, and vectors that cost nothing. */
async function runServer(dataDir: string): Promise<void> {
  let seed = -1;
  const provider: ModelProvider = {
    listModels: () => Promise.resolve([{ id: 'bench' }]),
    // eslint-disable-next-line @typescript-eslint/require-await
    async *generate() {
      yield { type: 'text', text: 'Done.' };
      yield { type: 'finish', reason: 'stop' };
    },
    embed: (_, texts) => Promise.resolve(texts.map(() => anyVector(seed--))),
  };
  const engine = createEngine({
    dataDir,
    models: () => [{ id: 'bench', label: 'Bench', provider }],
    embeddings: () => vectorModel,
    tools: {
      fileSearch: { script: resolve('dist/reader/reader.mjs'), worker: resolve('dist/searchWorker.js') },
    },
    databaseWorker: resolve('dist/databaseWorker.js'),
    log: (message) => console.error(message),
  });
  const server = await startServer({ engine });
  const turns = watchTurns();
  process.on('message', () => process.send?.(turns.longest()));
  process.send?.(server.url);
  await once(process, 'disconnect');
  turns.stop();
  await server.close(() => engine.close());
}

if (require.main === module) void runServer(process.argv[2] ?? '');
