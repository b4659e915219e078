import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import type { ModelEvent, ModelProvider } from '../src/engine/models/modelProvider';
import { bytesInUse } from './memory';
import type { Row } from './row';

const runs = 10_000;
const part = 1000;

const provider: ModelProvider = {
  listModels: () => Promise.resolve([{ id: 'bench' }]),
  // eslint-disable-next-line @typescript-eslint/require-await
  async *generate(): AsyncIterable<ModelEvent> {
    for (let i = 0; i < 5; i++) yield { type: 'text', text: `word${i} ` };
    yield { type: 'usage', usage: { promptTokens: 10, completionTokens: 5 } };
    yield { type: 'finish', reason: 'stop' };
  },
};

/** Memory that finished runs leave behind, and whether they slow later runs down. */
export async function rows(): Promise<Row[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  const engine = createEngine({ dataDir, models: () => [{ id: 'bench', label: 'Bench', provider }] });
  try {
    const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: engine.fetch });
    const { id: assistant_id } = await client.beta.assistants.create({ model: 'bench' });
    const ask = async (): Promise<void> => {
      const thread = { messages: [{ role: 'user' as const, content: 'Go' }] };
      const stream = await client.beta.threads.createAndRun({ assistant_id, thread, stream: true });
      for await (const event of stream) void event;
    };
    const some = async (): Promise<number> => {
      const start = performance.now();
      for (let i = 0; i < part; i++) await ask();
      return performance.now() - start;
    };

    await some();
    const before = bytesInUse();
    const times: number[] = [];
    for (let done = 0; done < runs; done += part) times.push(await some());
    return [memoryRow((bytesInUse() - before) / runs), timeRow(times[0] ?? 0, times.at(-1) ?? 0)];
  } finally {
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function memoryRow(bytes: number): Row {
  return {
    what: `memory that a run leaves behind, of ${runs} that are over`,
    measured: `${bytes.toFixed(0)} B`,
    against: '–',
    ratio: `${bytes.toFixed(0)} B`,
    limit: '200 B',
    met: bytes <= 200,
  };
}

function timeRow(first: number, last: number): Row {
  const ratio = last / first;
  return {
    what: `a run after ${runs} others, each on a thread of its own`,
    measured: `${(last / part).toFixed(2)} ms`,
    against: `${(first / part).toFixed(2)} ms (the first)`,
    ratio: `${ratio.toFixed(2)}×`,
    limit: '1.5×',
    met: ratio <= 1.5,
  };
}
