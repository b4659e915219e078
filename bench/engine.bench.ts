import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import { createChatCompletionsModel } from '../src/engine/models/chatCompletions';
import { startPacedModel } from './pacedModel';
import { type Benchmark, median, type Row, timed } from './row';
import { straight, throughEngine, type Way } from './ways';

const warmUps = 5;

/** What a question took through each way. */
interface Taken {
  ms: number;
  cpuMs: number;
  events: number;
}

interface Measured {
  engine: Taken;
  straight: Taken;
}

/** A client of the engine, compared with the same client of the model server itself. */
export const rows = {
  firstText: () => between(firstText),
  wholeAnswer: () => between(wholeAnswer),
  fastestAnswer: () => between(fastestAnswer),
  manyAtOnce: () => between(manyAtOnce),
} satisfies Benchmark['rows'];

async function between(measure: (ways: Ways) => Promise<Row>): Promise<Row> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  const model = await startPacedModel();
  const provider = createChatCompletionsModel({ label: 'Bench', baseURL: model.baseURL });
  const engine = createEngine({ dataDir, models: () => [{ id: 'bench', label: 'Bench', provider }] });
  try {
    const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: engine.fetch });
    return await measure({
      engine: await throughEngine(client),
      straight: straight(new OpenAI({ apiKey: 'local', baseURL: model.baseURL })),
    });
  } finally {
    await engine.close();
    model.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Ways = Record<keyof Measured, Way>;

async function firstText(ways: Ways): Promise<Row> {
  const pace = { deltas: 20, firstAfter: 100, every: 1 };
  const times = await compare(ways, 40, 1, async (way) => {
    const start = performance.now();
    let ms = 0;
    const { cpuMs, events } = await taken(() => way.ask(pace, () => (ms = performance.now() - start)));
    return { ms, cpuMs, events };
  });
  const more = times.engine.ms - times.straight.ms;
  const ratio = times.engine.ms / times.straight.ms;
  return {
    ...shown('time to the first text delta (of a model that takes 100 ms)', times),
    ratio: `+${more.toFixed(1)} ms, ${ratio.toFixed(2)}×`,
    limit: '+10 ms, 1.2×',
    met: more <= 10 && ratio <= 1.2,
  };
}

async function wholeAnswer(ways: Ways): Promise<Row> {
  const pace = { deltas: 2_000, firstAfter: 0, every: 1 };
  const times = await compare(ways, 7, 1, (way) => taken(() => way.ask(pace)));
  const row = limited('a whole streamed answer of 2,000 deltas, one a millisecond', times, 1.25);
  const cpuRatio = times.engine.cpuMs / times.straight.cpuMs;
  return {
    ...row,
    ratio: `${row.ratio}, ${cpuRatio.toFixed(2)}× the CPU`,
    limit: `${row.limit}, 1.3×`,
    met: row.met && cpuRatio <= 1.3,
  };
}

/** Faster than any real model: shows the engine's maximum throughput. */
async function fastestAnswer(ways: Ways): Promise<Row> {
  const pace = { deltas: 2_000, firstAfter: 0, every: 0 };
  const times = await compare(ways, 15, 1, (way) => taken(() => way.ask(pace)));
  return limited('a whole streamed answer of 2,000 deltas, all at once', times, 1.3);
}

async function manyAtOnce(ways: Ways): Promise<Row> {
  const pace = { deltas: 100, firstAfter: 300, every: 10 };
  const times = await compare(ways, 7, 50, (way) =>
    taken(async () => {
      const events = await Promise.all(Array.from({ length: 50 }, () => way.ask(pace)));
      return events.reduce((sum, count) => sum + count, 0);
    }),
  );
  return limited('50 runs on 50 threads at once (100 deltas in 1.3 s each), the last one done', times, 1.3);
}

async function taken(ask: () => Promise<number>): Promise<Taken> {
  let events = 0;
  return { ...(await timed(async () => (events = await ask()))), events };
}

/** Medians over alternating rounds, so that other load affects both. */
async function compare(
  ways: Ways,
  rounds: number,
  questions: number,
  measure: (way: Way) => Promise<Taken>,
): Promise<Measured> {
  const found = { engine: [] as Taken[], straight: [] as Taken[] };
  for (let round = -Math.min(warmUps, rounds); round < rounds; round++) {
    const order = round % 2 === 0 ? (['engine', 'straight'] as const) : (['straight', 'engine'] as const);
    for (const name of order) {
      await ways[name].prepare(questions);
      const one = await measure(ways[name]);
      if (round >= 0) found[name].push(one);
    }
  }
  return { engine: middle(found.engine), straight: middle(found.straight) };
}

function middle(all: readonly Taken[]): Taken {
  const of = (field: keyof Taken) => median(all.map((one) => one[field]));
  return { ms: of('ms'), cpuMs: of('cpuMs'), events: of('events') };
}

function limited(what: string, times: Measured, max: number): Row {
  const ratio = times.engine.ms / times.straight.ms;
  return { ...shown(what, times), ratio: `${ratio.toFixed(2)}×`, limit: `${max}×`, met: ratio <= max };
}

function shown(what: string, { engine, straight }: Measured): Omit<Row, 'ratio' | 'limit' | 'met'> {
  return {
    what,
    measured: `${engine.ms.toFixed(1)} ms`,
    against: `${straight.ms.toFixed(1)} ms (straight)`,
    cpu: `${engine.cpuMs.toFixed(1)} / ${straight.cpuMs.toFixed(1)} ms`,
    events: `${Math.round(engine.events)} / ${Math.round(straight.events)}`,
  };
}
