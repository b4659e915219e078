import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import { startServer } from '../src/engine/server/localServer';
import type { ModelEvent, ModelProvider } from '../src/engine/models/modelProvider';
import { bytesInUse } from './memory';
import { median, type Row } from './row';

const many = 1000;
const few = 10;
const deltas = 50;

/** Messages to the process with the engine, and its replies. */
type Command = 'measure' | 'go';
type Reply = { url: string } | { bytes: number };

/** Many concurrent streams of one run over HTTP: memory per stream, and time to serve them. */
export async function rows(): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  const child = fork(__filename, [dataDir]);
  const receive = async (): Promise<Reply> => ((await once(child, 'message')) as [Reply])[0];
  const command = (what: Command): void => void child.send(what);
  const measure = async (): Promise<number> => {
    command('measure');
    const answer = await receive();
    return 'bytes' in answer ? answer.bytes : 0;
  };
  try {
    const first = await receive();
    if (!('url' in first)) throw new Error('The engine has no address.');
    const client = new OpenAI({ apiKey: 'any', baseURL: first.url });
    const assistant = await client.beta.assistants.create({ model: 'bench' });

    /** Milliseconds until the last of `count` streams has ended, and bytes per stream. */
    const round = async (count: number): Promise<{ ms: number; bytes: number }> => {
      const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Go' }] });
      const run = await client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
      const before = await measure();
      const open: IncomingMessage[] = [];
      while (open.length < count) {
        const some = Array.from({ length: few }, () =>
          openEvents(`${first.url}/threads/${thread.id}/runs/${run.id}/events`),
        );
        open.push(...(await Promise.all(some)));
      }
      const bytes = ((await measure()) - before) / count;
      const ends = open.map((response) => once(response.resume(), 'end'));
      const start = performance.now();
      command('go');
      await Promise.all(ends);
      return { ms: performance.now() - start, bytes };
    };

    await round(few);
    const rounds = { few: [] as number[], many: [] as number[], bytes: [] as number[] };
    for (let i = 0; i < 5; i++) {
      rounds.few.push((await round(few)).ms / few);
      const { ms, bytes } = await round(many);
      rounds.many.push(ms / many);
      rounds.bytes.push(bytes);
    }
    return [memoryRow(median(rounds.bytes)), timeRow(median(rounds.many), median(rounds.few))];
  } finally {
    child.kill();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function memoryRow(bytes: number): Row {
  const kilobytes = bytes / 1024;
  return {
    what: `memory of an open stream on the port, of ${many}`,
    measured: `${kilobytes.toFixed(1)} KB`,
    against: '–',
    ratio: `${kilobytes.toFixed(1)} KB`,
    limit: '64 KB',
    met: kilobytes <= 64,
  };
}

function timeRow(each: number, ofFew: number): Row {
  const ratio = each / ofFew;
  return {
    what: `${deltas} deltas to ${many} open streams, a stream`,
    measured: `${each.toFixed(2)} ms`,
    against: `${ofFew.toFixed(2)} ms (of ${few})`,
    ratio: `${ratio.toFixed(2)}×`,
    limit: '1.25×',
    met: ratio <= 1.25,
  };
}

async function openEvents(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  return response;
}

async function serve(dataDir: string): Promise<void> {
  const gates: (() => void)[] = [];
  const provider: ModelProvider = {
    listModels: () => Promise.resolve([{ id: 'bench' }]),
    async *generate(): AsyncIterable<ModelEvent> {
      await new Promise<void>((resolve) => gates.push(resolve));
      for (let i = 0; i < deltas; i++) {
        yield { type: 'text', text: `word${i} ` };
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield { type: 'finish', reason: 'stop' };
    },
  };
  const engine = createEngine({ dataDir, models: () => [{ id: 'bench', label: 'Bench', provider }] });
  const server = await startServer({ engine });
  const reply = (message: Reply): void => void process.send?.(message);
  process.on('message', (command: Command) => {
    if (command === 'measure') reply({ bytes: bytesInUse() });
    else for (const open of gates.splice(0)) open();
  });
  process.once('disconnect', () => process.exit(0));
  reply({ url: server.url });
}

if (require.main === module) void serve(process.argv[2] ?? '');
