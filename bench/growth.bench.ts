/** What must cost the same however much there is already. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import { createEngine } from '../src/engine/engine';
import { newId } from '../src/engine/ids';
import type { ModelEvent, ModelProvider } from '../src/engine/models/modelProvider';
import { Store } from '../src/engine/store/store';
import { writeRuns } from './manyMessages';
import { type Benchmark, median, type Row, timed } from './row';

const files = 9_900;
const turns = 100;
const searches = 1_000;
/** Calls of which the median is taken, of the first and of the last. */
const sample = 10;

export const rows = { store, toolTurns, citation } satisfies Benchmark['rows'];

/** A model that calls a function in each turn but the last of a run. */
class CallingModel implements ModelProvider {
  left = turns;
  listModels = () => Promise.resolve([{ id: 'bench' }]);
  // eslint-disable-next-line @typescript-eslint/require-await
  async *generate(): AsyncIterable<ModelEvent> {
    if (this.left-- > 0) {
      yield { type: 'tool_call', index: 0, id: newId('call'), name: 'look' };
      yield { type: 'tool_call_arguments', index: 0, arguments: '{}' };
      yield { type: 'finish', reason: 'tool_calls' };
    } else {
      yield { type: 'text', text: 'Done.' };
      yield { type: 'finish', reason: 'stop' };
    }
  }
}

async function withEngine<R>(
  dataDir: string,
  work: (client: OpenAI, fetch: typeof globalThis.fetch) => Promise<R>,
): Promise<R> {
  const engine = createEngine({
    dataDir,
    models: () => [{ id: 'bench', label: 'Bench', provider: new CallingModel() }],
    tools: {
      fileSearch: { script: resolve('dist/reader/reader.mjs'), worker: resolve('dist/searchWorker.js') },
    },
    log: (message) => console.error(message),
  });
  try {
    const fetch = engine.fetch;
    return await work(new OpenAI({ apiKey: 'any', baseURL: 'http://engine/v1', fetch }), fetch);
  } finally {
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));

const milliseconds = async (work: () => Promise<unknown>): Promise<number> => (await timed(work)).ms;

/** A store of many small files. */
function store(): Promise<Row[]> {
  return withEngine(newFolder(), async (client, fetch) => {
    const { id } = await client.vectorStores.create({});
    const add = async (number: number): Promise<number> => {
      const file = await client.files.create({
        file: await toFile(Buffer.from(`Note ${number}.`), `note-${number}.txt`),
        purpose: 'assistants',
      });
      return milliseconds(() => client.vectorStores.files.create(id, { file_id: file.id }));
    };
    const areRead = async (): Promise<void> => {
      while ((await client.vectorStores.retrieve(id)).file_counts.in_progress > 0) await sleep(50);
    };
    const some = 200;
    const first: number[] = [];
    const last: number[] = [];
    for (let number = 0; number < files; number++) {
      const time = await add(number);
      if (number < some) first.push(time);
      if (number >= files - some) last.push(time);
      if (number % some === 0) await areRead();
    }
    await areRead();
    const walk = async (): Promise<void> => {
      let after = '';
      for (let seen = 0; seen < files; seen += 100) {
        const answer = await fetch(`http://engine/v1/vector_stores/${id}/files?limit=100${after}`);
        after = `&after=${/"last_id":"([^"]+)"/.exec(await answer.text())?.[1]}`;
      }
    };
    const walks: number[] = [];
    // The first half warms up.
    for (let round = 0; round < 2 * sample; round++) walks.push(await milliseconds(walk));
    const [one, other, whole] = [median(last), median(first), median(walks.slice(sample))];
    return [
      growthRow(`adding the ${files.toLocaleString('en')}th file to a store`, one, other, 'of the first'),
      limitRow(`listing all files of a store of ${files.toLocaleString('en')}`, whole, 30),
    ];
  });
}

/** A run with many calls of a function, each answered at once. */
function toolTurns(): Promise<Row> {
  return withEngine(newFolder(), async (client) => {
    const assistant = await client.beta.assistants.create({
      model: 'bench',
      tools: [{ type: 'function', function: { name: 'look' } }],
    });
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Look.' }] });
    const thread_id = thread.id;
    let run = await client.beta.threads.runs.stream(thread_id, { assistant_id: assistant.id }).finalRun();
    const times: number[] = [];
    while (run.status === 'requires_action') {
      const calls = run.required_action?.submit_tool_outputs.tool_calls ?? [];
      const tool_outputs = calls.map(({ id }) => ({ tool_call_id: id, output: 'Nothing new.' }));
      const { id } = run;
      const turn = async (): Promise<void> => {
        run = await client.beta.threads.runs
          .submitToolOutputsStream(id, { thread_id, tool_outputs })
          .finalRun();
      };
      times.push(await milliseconds(turn));
    }
    // The first ones compile the code.
    const [last, first] = [median(times.slice(-sample)), median(times.slice(sample, 2 * sample))];
    return growthRow(`a tool turn after ${turns} others`, last, first, `after ${sample}`);
  });
}

/** One citation of a thread with many searches. */
function citation(): Promise<Row> {
  const dataDir = newFolder();
  const thread = writeRuns(dataDir, 1);
  const store = new Store(dataDir);
  const [step] = store.steps.all({ thread_id: thread });
  if (!step) throw new Error('The run has no step.');
  store.transaction(() => {
    for (let number = 0; number < searches; number++) {
      const passage = {
        file_id: `file_${number}`,
        file_name: 'sea.txt',
        score: 1,
        text: 'The tide. '.repeat(500),
      };
      const { id } = store.steps.insert({ ...step, id: newId('step') });
      const passages = Array.from({ length: 20 }, () => passage);
      store.steps.setTurn(id, { searches: { [newId('call')]: { number, arguments: '{}', passages } } });
    }
  });
  store.close();
  return withEngine(dataDir, async (_, fetch) => {
    const times: number[] = [];
    for (let number = 0; number < 200; number++) {
      const url = `http://engine/v1/threads/${thread}/citations/${number * 5}:0`;
      const read = async (): Promise<void> => {
        const answer = await fetch(url);
        if (!answer.ok) throw new Error(await answer.text());
        await answer.text();
      };
      times.push(await milliseconds(read));
    }
    return limitRow(
      `one citation of a thread of ${searches.toLocaleString('en')} searches`,
      median(times),
      2,
    );
  });
}

function growthRow(what: string, late: number, early: number, which: string): Row {
  return {
    what,
    measured: `${late.toFixed(2)} ms`,
    against: `${early.toFixed(2)} ms (${which})`,
    ratio: `${(late / early).toFixed(2)}×`,
    limit: '1.5×',
    met: late / early <= 1.5,
  };
}

function limitRow(what: string, time: number, limit: number): Row {
  const measured = `${time.toFixed(2)} ms`;
  return { what, measured, against: '–', ratio: measured, limit: `${limit} ms`, met: time <= limit };
}
