import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import type { ModelEvent, ModelProvider } from '../src/engine/models/modelProvider';
import { writeRuns } from './manyMessages';
import { median, type Row } from './row';

const runs = { few: 50, many: 5_000 };
const rounds = 15;

/** The start of a run: from the request to the request of its model. */
interface Start {
  /** Milliseconds. */
  time: number;
  /** Milliseconds of the longest time in which the process did nothing else. */
  held: number;
}

/** The starts of runs in threads of many short runs: the first after opening, and the later ones. */
export async function rows(): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  try {
    const threads = { few: writeRuns(dataDir, runs.few), many: writeRuns(dataDir, runs.many) };
    const first = { few: [] as Start[], many: [] as Start[] };
    const later = { few: [] as Start[], many: [] as Start[] };
    for (let round = 0; round < rounds; round++) {
      for (const name of ['few', 'many'] as const) {
        const starter = await openStarter(dataDir);
        const start = await starter.start(threads[name]);
        const next = await starter.start(threads[name]);
        // The first round warms the process up.
        if (round > 0) {
          first[name].push(start);
          later[name].push(next);
        }
        await starter.close();
      }
    }
    const what = (which: string): string =>
      `${which} run start in a thread of ${runs.many.toLocaleString('en')} short runs`;
    return [
      heldRow(`${what('the first')}: the longest stop of the event loop`, first, 50),
      timeRow(`${what('the first')}: until the model is asked`, first),
      heldRow(`${what('a later')}: the longest stop of the event loop`, later, 50),
      timeRow(`${what('a later')}: until the model is asked`, later),
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Starts = Record<keyof typeof runs, Start[]>;

function heldRow(what: string, { few, many }: Starts, max: number): Row {
  const held = median(many.map((one) => one.held));
  return {
    what,
    measured: `${held.toFixed(1)} ms`,
    against: `${median(few.map((one) => one.held)).toFixed(1)} ms (of ${runs.few} runs)`,
    ratio: `${held.toFixed(1)} ms`,
    limit: `${max} ms`,
    met: held <= max,
  };
}

function timeRow(what: string, { few, many }: Starts): Row {
  const [time, ofFew] = [median(many.map((one) => one.time)), median(few.map((one) => one.time))];
  return {
    what,
    measured: `${time.toFixed(1)} ms`,
    against: `${ofFew.toFixed(1)} ms (of ${runs.few} runs)`,
    ratio: `+${(time - ofFew).toFixed(1)} ms`,
    limit: '–',
    met: true,
  };
}

interface Starter {
  start: (thread: string) => Promise<Start>;
  close: () => Promise<void>;
}

async function openStarter(dataDir: string): Promise<Starter> {
  let asked = 0;
  const provider: ModelProvider = {
    listModels: () => Promise.resolve([{ id: 'bench' }]),
    // eslint-disable-next-line @typescript-eslint/require-await
    async *generate(): AsyncIterable<ModelEvent> {
      asked = performance.now();
      yield { type: 'text', text: 'Done.' };
      yield { type: 'finish', reason: 'stop' };
    },
  };
  const engine = createEngine({ dataDir, models: () => [{ id: 'bench', label: 'Bench', provider }] });
  const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: engine.fetch });
  const { id: assistant_id } = await client.beta.assistants.create({ model: 'bench' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    async start(thread) {
      const monitor = monitorEventLoopDelay({ resolution: 1 });
      monitor.enable();
      await new Promise((resolve) => setTimeout(resolve, 20));
      monitor.reset();
      const begin = performance.now();
      for await (const event of await client.beta.threads.runs.create(thread, { assistant_id, stream: true }))
        void event;
      await new Promise((resolve) => setTimeout(resolve, 5));
      monitor.disable();
      return { time: asked - begin, held: monitor.max / 1e6 };
    },
    close: () => engine.close(),
  };
}
