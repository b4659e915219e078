/** Searching 100,000 messages, writing a message that will be indexed, and indexing in the background. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import { newId, unixTime } from '../src/engine/ids';
import { Store } from '../src/engine/store/store';
import { copyOfData } from './cachedData';
import { anyText, rules } from './fileSearchCorpus';
import { textMessage } from './manyMessages';
import { median, type Row } from './row';

const messages = 100_000;
const perThread = 20;
const rounds = 9;
const writes = 300;
const limits = { query: 50, write: 1.1, held: 50 };

/** Typed as people do: one letter, a common word, several words, the beginning of one, a phrase, Chinese, nothing found. */
const queries = [
  ...['t', 'th', 'the', 'options', 'return the value', 'function pro', '"the following example"', 'inter'],
  ...['元素', '确保', 'and or the to of a', 'xyzzyqwertz', 'getUserName', 'number string boo'],
];

/** Every so many messages there is a long one, of so many characters. */
const betweenLong = 2_500;
const longLength = 200_000;

/** Pieces of manuals, declarations and Chinese rules, of up to 1,200 characters, and some long ones. */
function* pieces(): Generator<string, undefined> {
  const chinese = rules('zh_CN').documents.map(({ text }) => text);
  const longChinese = readFileSync(
    'node_modules/typescript/lib/zh-cn/diagnosticMessages.generated.json',
    'utf8',
  );
  let count = 0;
  for (const { text } of anyText()) {
    for (let at = 0; at < text.length; at += 900) {
      yield text.slice(at, at + 100 + ((count * 131) % 1100));
      if (count % betweenLong === 1) yield text.slice(at, at + longLength);
      if (count % betweenLong === 2) yield longChinese.slice(count % 50_000).slice(0, longLength);
      if (++count % 20 === 0) yield chinese[count % chinese.length]!;
    }
  }
}

/** Writes the messages, and leaves them to be indexed. */
function writeData(dataDir: string): void {
  const store = new Store(dataDir);
  let texts: Generator<string, undefined> = pieces();
  try {
    for (let done = 0; done < messages; done += perThread) {
      store.transaction(() => {
        const threadId = newId('thread');
        const metadata = { title: `Thread ${done / perThread} about things` };
        store.threads.insert({
          ...{ id: threadId, object: 'thread', created_at: unixTime(), metadata, tool_resources: null },
        });
        for (let i = 0; i < perThread; i++) {
          let next = texts.next();
          if (next.done) next = (texts = pieces()).next();
          store.messages.insert(textMessage(threadId, i % 2 === 0 ? 'user' : 'assistant', next.value ?? ''));
        }
      });
    }
  } finally {
    store.close();
  }
}

interface Opened {
  client: OpenAI;
  close: () => Promise<void>;
}

function open(dataDir: string): Opened {
  const engine = createEngine({
    dataDir,
    models: () => [],
    databaseWorker: resolve('dist/databaseWorker.js'),
  });
  const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: engine.fetch });
  return { client, close: () => engine.close() };
}

/** Waits until everything is indexed; returns the longest stop of the event loop meanwhile, in milliseconds. */
async function indexAll(dataDir: string): Promise<{ held: number; seconds: number }> {
  const { close } = open(dataDir);
  const store = new Store(dataDir);
  await delay(200);
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  const start = performance.now();
  while (store.threadWords.hasQueued()) await delay(250);
  monitor.disable();
  store.close();
  await close();
  return { held: monitor.max / 1e6, seconds: (performance.now() - start) / 1000 };
}

async function measureQueries(dataDir: string): Promise<Row[]> {
  const { client, close } = open(dataDir);
  const times = new Map<string, number>();
  const held: number[] = [];
  for (const query of queries) {
    const own: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const monitor = monitorEventLoopDelay({ resolution: 1 });
      monitor.enable();
      await delay(5);
      monitor.reset();
      const start = performance.now();
      await client.get('/threads', { query: { query, limit: 50 } });
      own.push(performance.now() - start);
      await delay(3);
      monitor.disable();
      held.push(monitor.max / 1e6);
    }
    times.set(query, median(own));
  }
  await close();
  const [slowest, slowestTime] = [...times].reduce((one, other) => (other[1] > one[1] ? other : one));
  const all = median([...times.values()]);
  return [
    {
      what: `search of ${messages.toLocaleString('en')} messages, ${queries.length} queries`,
      measured: `${all.toFixed(1)} ms median`,
      against: `the slowest: ${slowestTime.toFixed(1)} ms (${slowest})`,
      ratio: `${all.toFixed(1)} ms`,
      limit: `${limits.query} ms`,
      met: all <= limits.query,
    },
    {
      what: 'search: the longest stop of the event loop, of all queries',
      measured: `${Math.max(...held).toFixed(1)} ms`,
      against: '–',
      ratio: `${median(held).toFixed(1)} ms median`,
      limit: `${limits.held} ms`,
      met: median(held) <= limits.held,
    },
  ];
}

/** Writes messages to an index of that size, and to one whose queue and words are switched off, in turns. */
async function measureWrites(dataDir: string): Promise<Row> {
  const plainDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  rmSync(plainDir, { recursive: true });
  const { cpSync } = await import('node:fs');
  cpSync(dataDir, plainDir, { recursive: true });
  const store = new Store(plainDir);
  for (const name of ['message_words_added', 'message_words_changed', 'message_words_deleted'])
    store.database.exec(`DROP TRIGGER ${name}`);
  store.close();
  const opened = [open(dataDir), open(plainDir)];
  const threads = await Promise.all(opened.map(({ client }) => client.beta.threads.create()));
  const times = opened.map((): number[] => []);
  const content = 'What does the function return if the value is not a number? '.repeat(8);
  for (let i = 0; i < writes; i++) {
    for (const [side, { client }] of opened.entries()) {
      const start = performance.now();
      await client.beta.threads.messages.create(threads[side]!.id, { role: 'user', content });
      times[side]!.push(performance.now() - start);
    }
  }
  for (const { close } of opened) await close();
  rmSync(plainDir, { recursive: true, force: true });
  const [indexed, plain] = times.map((own) => median(own)) as [number, number];
  const ratio = indexed / plain;
  return {
    what: 'writing a message that is indexed',
    measured: `${indexed.toFixed(2)} ms`,
    against: `${plain.toFixed(2)} ms (not indexed)`,
    ratio: `${ratio.toFixed(2)}×`,
    limit: `${limits.write}×`,
    met: ratio <= limits.write,
  };
}

export async function rows(): Promise<Row[]> {
  const dataDir = await copyOfData('threads', __filename);
  try {
    const { held, seconds } = await indexAll(dataDir);
    const indexing: Row = {
      what: `indexing ${messages.toLocaleString('en')} messages in the background: the longest stop`,
      measured: `${held.toFixed(1)} ms`,
      against: `${seconds.toFixed(0)} s in all`,
      ratio: `${held.toFixed(1)} ms`,
      limit: `${limits.held} ms`,
      met: held <= limits.held,
    };
    return [indexing, ...(await measureQueries(dataDir)), await measureWrites(dataDir)];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

if (require.main === module) writeData(process.argv[2]!);
