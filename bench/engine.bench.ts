import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import { createChatCompletionsModel } from '../src/engine/models/chatCompletions';
import { modelName, startPacedModel, type Pace } from './pacedModel';
import { median, type Row } from './row';

const warmUps = 5;

/** A way to get an answer: through the engine, or from the model server directly. */
interface Way {
  /** Prepares what that many questions need, which is not measured. */
  prepare: (questions: number) => Promise<void>;
  /** Asks once; calls back at the first text, resolves at the end of the answer to the number of its events. */
  ask: (pace: Pace, onFirstText?: () => void) => Promise<number>;
}

interface Measured {
  engine: number;
  straight: number;
}

/** A client of the engine, compared with the same client of the model server itself. */
export async function rows(): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  const model = await startPacedModel();
  const provider = createChatCompletionsModel({ label: 'Bench', baseURL: model.baseURL });
  const engine = createEngine({ dataDir, models: () => [{ id: 'bench', label: 'Bench', provider }] });
  try {
    const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: engine.fetch });
    const ways = {
      engine: await throughEngine(client),
      straight: straight(new OpenAI({ apiKey: 'local', baseURL: model.baseURL })),
    };
    return [
      await firstText(ways),
      await wholeAnswer(ways),
      await cpuOfAnswer(ways),
      await fastestAnswer(ways),
      await manyAtOnce(ways),
    ];
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
    let first = 0;
    await way.ask(pace, () => (first = performance.now() - start));
    return first;
  });
  const more = times.engine - times.straight;
  const ratio = times.engine / times.straight;
  return {
    ...shown('time to the first text delta (of a model that takes 100 ms)', times),
    ratio: `+${more.toFixed(1)} ms, ${ratio.toFixed(2)}×`,
    limit: '+10 ms, 1.2×',
    met: more <= 10 && ratio <= 1.2,
  };
}

async function wholeAnswer(ways: Ways): Promise<Row> {
  const times = await compare(ways, 7, 1, timed({ deltas: 2_000, firstAfter: 0, every: 1 }));
  return limited('a whole streamed answer of 2,000 deltas, one a millisecond', times, 1.25);
}

/** Milliseconds of the CPU, of the engine with its client and of the client alone. */
async function cpuOfAnswer(ways: Ways): Promise<Row> {
  const pace = { deltas: 2_000, firstAfter: 0, every: 1 };
  const times = await compare(ways, 7, 1, async (way) => {
    const start = process.cpuUsage();
    await way.ask(pace);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return limited(`CPU of that answer; ${await eventCounts(ways, pace)}`, times, 1.3);
}

/** Fewer events are less work for the client, too. */
async function eventCounts(ways: Ways, pace: Pace): Promise<string> {
  await ways.engine.prepare(1);
  const [engine, straight] = [await ways.engine.ask(pace), await ways.straight.ask(pace)];
  return `${engine.toLocaleString('en')} events instead of ${straight.toLocaleString('en')}`;
}

/** Faster than any real model: shows the engine's maximum throughput. */
async function fastestAnswer(ways: Ways): Promise<Row> {
  const pace = { deltas: 2_000, firstAfter: 0, every: 0 };
  const times = await compare(ways, 15, 1, timed(pace));
  const what = `a whole streamed answer of 2,000 deltas, all at once; ${await eventCounts(ways, pace)}`;
  return limited(what, times, 1.3);
}

async function manyAtOnce(ways: Ways): Promise<Row> {
  const pace = { deltas: 100, firstAfter: 300, every: 10 };
  const times = await compare(ways, 7, 50, async (way) => {
    const start = performance.now();
    await Promise.all(Array.from({ length: 50 }, () => way.ask(pace)));
    return performance.now() - start;
  });
  return limited('50 runs on 50 threads at once (100 deltas in 1.3 s each), the last one done', times, 1.3);
}

function timed(pace: Pace): (way: Way) => Promise<number> {
  return async (way) => {
    const start = performance.now();
    await way.ask(pace);
    return performance.now() - start;
  };
}

/** Medians over alternating rounds, so that other load affects both. */
async function compare(
  ways: Ways,
  rounds: number,
  questions: number,
  measure: (way: Way) => Promise<number>,
): Promise<Measured> {
  const times = { engine: [] as number[], straight: [] as number[] };
  for (let round = -Math.min(warmUps, rounds); round < rounds; round++) {
    const order = round % 2 === 0 ? (['engine', 'straight'] as const) : (['straight', 'engine'] as const);
    for (const name of order) {
      await ways[name].prepare(questions);
      const time = await measure(ways[name]);
      if (round >= 0) times[name].push(time);
    }
  }
  return { engine: median(times.engine), straight: median(times.straight) };
}

function limited(what: string, times: Measured, max: number): Row {
  const met = times.engine / times.straight <= max;
  return { ...shown(what, times), ratio: ratioOf(times), limit: `${max}×`, met };
}

function shown(
  what: string,
  { engine, straight: other }: Measured,
): Pick<Row, 'what' | 'measured' | 'against'> {
  return {
    what,
    measured: `${engine.toFixed(1)} ms`,
    against: `${other.toFixed(1)} ms (the model directly)`,
  };
}

function ratioOf({ engine, straight: other }: Measured): string {
  return `${(engine / other).toFixed(2)}×`;
}

/** Each question is a run on a thread of its own. */
async function throughEngine(client: OpenAI): Promise<Way> {
  const assistant = await client.beta.assistants.create({ name: 'Bench', model: 'bench/paced' });
  const ready: string[] = [];
  return {
    async prepare(questions) {
      const message = { role: 'user' as const, content: 'What is the time?' };
      while (ready.length < questions)
        ready.push((await client.beta.threads.create({ messages: [message] })).id);
    },
    async ask(pace, onFirstText) {
      const thread = ready.pop();
      if (thread === undefined) throw new Error('There is no thread left.');
      const params = { assistant_id: assistant.id, model: `bench/${modelName(pace)}` };
      let first = true;
      let events = 0;
      for await (const { event, data } of await client.beta.threads.runs.create(thread, {
        ...params,
        stream: true,
      })) {
        events++;
        if (event === 'thread.message.delta' && first) {
          first = false;
          onFirstText?.();
        }
        if (event === 'thread.run.failed') throw new Error(data.last_error?.message);
      }
      return events;
    },
  };
}

function straight(client: OpenAI): Way {
  const messages = [{ role: 'user' as const, content: 'What is the time?' }];
  return {
    prepare: () => Promise.resolve(),
    async ask(pace, onFirstText) {
      const model = modelName(pace);
      let first = true;
      let events = 0;
      for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
        events++;
        if (!first || !chunk.choices[0]?.delta.content) continue;
        first = false;
        onFirstText?.();
      }
      return events;
    },
  };
}
