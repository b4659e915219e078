/** For how long at once large requests keep the process from other work. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEngine, type Engine } from '../src/engine/engine';
import type { ModelProvider } from '../src/engine/models/modelProvider';
import { type Benchmark, median, type Row } from './row';
import { watchTurns } from './turns';

/** The limit of a turn, in milliseconds. */
const limit = 50;
const rounds = 5;
const importedMessages = 10_000;
const largeBody = 20 * 2 ** 20;

export const rows = {
  import: () => {
    const what = `importing ${importedMessages.toLocaleString('en')} messages, line by line`;
    return longestTurn(what, (engine, round) => importLines(engine, exported(`a${round}`)));
  },
  importBranch: async () => {
    const what = `importing a branch of ${importedMessages.toLocaleString('en')} messages`;
    const conversation = threadId('source');
    const source = exported('source', { conversation });
    const forked_from = { thread_id: conversation, message_id: messageId('source', importedMessages - 1) };
    const before = (engine: Engine) => importLines(engine, source);
    const work = (engine: Engine, round: number) =>
      importLines(engine, exported(`b${round}`, { conversation, forked_from }));
    return longestTurn(what, work, before);
  },
  refuse: () => {
    const content = 'some words '.repeat(largeBody / 11);
    const body = JSON.stringify({ role: 'user', content });
    const what = `a message of ${largeBody / 2 ** 20} MB is refused`;
    return longestTurn(what, (engine) => post(engine, '/threads/thread_any/messages', body, 400));
  },
  forward: () => {
    const url = `data:image/png;base64,${'iVBORw0KGgo='.repeat(largeBody / 12)}`;
    const content = [{ type: 'image_url', image_url: { url } }];
    const body = JSON.stringify({ model: 'bench', messages: [{ role: 'user', content }] });
    const what = `a chat completion with an image of ${largeBody / 2 ** 20} MB is passed on`;
    return longestTurn(what, (engine) => post(engine, '/chat/completions', body));
  },
} satisfies Benchmark['rows'];

async function longestTurn(
  what: string,
  work: (engine: Engine, round: number) => Promise<void>,
  before?: (engine: Engine) => Promise<void>,
): Promise<Row> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  const engine = createEngine({ dataDir, models: () => [{ id: 'bench', label: 'Bench', provider }] });
  const turns = watchTurns();
  try {
    await before?.(engine);
    const times: number[] = [];
    // The first round loads what the requests need.
    for (let round = 0; round <= rounds; round++) {
      await sleep(200);
      turns.longest();
      await work(engine, round);
      await sleep(10);
      if (round > 0) times.push(turns.longest());
    }
    const longest = median(times);
    return {
      what: `the longest turn of the event loop while ${what}`,
      measured: `${longest.toFixed(1)} ms of processor time`,
      against: '–',
      ratio: `${longest.toFixed(1)} ms`,
      limit: `${limit} ms`,
      met: longest <= limit,
    };
  } finally {
    turns.stop();
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Takes a forwarded body without sending it anywhere. */
const provider: ModelProvider = {
  listModels: () => Promise.resolve([{ id: 'bench' }]),
  async *generate() {
    // Not asked.
  },
  forward: () => Promise.resolve(Response.json({})),
};

async function post(engine: Engine, path: string, body: string, status = 200): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await engine.fetch(`http://engine/v1${path}`, { method: 'POST', headers, body });
  const text = await response.text();
  if (response.status !== status) throw new Error(`${path} answered ${response.status}: ${text}`);
}

/** The lines of an exported thread. */
function exported(name: string, more: object = {}): Buffer[] {
  const thread_id = threadId(name);
  const messages = Array.from({ length: importedMessages }, (_, at) => ({
    object: 'thread.message',
    id: messageId(name, at),
    thread_id,
    created_at: 1_700_000_000 + at,
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: `Message ${at}: ${'some words of a conversation about mathematics. '.repeat(4)}`,
  }));
  const thread = { object: 'thread', id: thread_id, created_at: 1_700_000_000, ...more };
  return [thread, ...messages].map((object) => Buffer.from(`${JSON.stringify(object)}\n`));
}

function threadId(name: string): string {
  return `thread_${name.padEnd(24, '0')}`;
}

function messageId(name: string, at: number): string {
  return `msg_${name.padEnd(12, '0')}${String(at).padStart(12, '0')}`;
}

/** Line by line, as the extension does. */
async function importLines(engine: Engine, lines: readonly Buffer[]): Promise<void> {
  const rest = lines.values();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const { value } = rest.next();
      if (value) controller.enqueue(value);
      else controller.close();
    },
  });
  const response = await engine.fetch('http://engine/v1/imports', { method: 'POST', body, duplex: 'half' });
  const { problems } = (await response.json()) as { problems: unknown[] };
  if (problems.length > 0) throw new Error(`An import failed: ${JSON.stringify(problems[0])}`);
}
