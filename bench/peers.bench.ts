import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { createEngine } from '../src/engine/engine';
import { createChatCompletionsModel } from '../src/engine/models/chatCompletions';
import { modelName, startPacedModel } from './pacedModel';
import { type Benchmark, median, type Row } from './row';
import { straight, throughEngine, type Way } from './ways';

/** The same work for all: a new thread, one question, a streamed answer. */
const questions = [
  { what: 'time to the first text delta', pace: { deltas: 20, firstAfter: 100, every: 1 }, rounds: 15 },
  { what: 'a whole answer of 2,000 deltas', pace: { deltas: 2_000, firstAfter: 0, every: 0 }, rounds: 9 },
];
const warmUps = 3;
const maxMs = 300_000;

/** The medians of a question, in milliseconds. */
interface Measured {
  first: number;
  whole: number;
}

/** What the script of a peer prints. */
interface Report {
  versions: string;
  measured: Measured[];
}

const run = promisify(execFile);

/** The engine beside other programs of its kind, which `npm run bench -- --peers` installs. */
export const rows = {
  agents: () => beside('agents', 'the OpenAI Agents SDK'),
  mastra: () => beside('mastra', 'Mastra'),
  langgraph: () => beside('langgraph', 'LangGraph’s development server'),
} satisfies Benchmark['rows'];

async function beside(peer: string, label: string): Promise<Row[]> {
  const folder = join(process.env['ASSISTANTS_STUDIO_PEERS'] ?? '', peer);
  if (process.env['ASSISTANTS_STUDIO_PEERS'] === undefined || !existsSync(folder)) return [];
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  const model = await startPacedModel();
  const provider = createChatCompletionsModel({ label: 'Bench', baseURL: model.baseURL });
  const engine = createEngine({ dataDir, models: () => [{ id: 'bench', label: 'Bench', provider }] });
  try {
    const client = new OpenAI({ apiKey: 'local', baseURL: 'http://engine/v1', fetch: engine.fetch });
    const own = await askAll(await throughEngine(client));
    const bare = await askAll(straight(new OpenAI({ apiKey: 'local', baseURL: model.baseURL })));
    const { versions, measured } = await peerReport(folder, peer, model.baseURL);
    return questions.map(({ what }, at) => {
      const of = (all: readonly Measured[]) => (at === 0 ? all[at]!.first : all[at]!.whole);
      const ratio = of(own) / of(measured);
      return {
        what: `${what}, beside ${label}`,
        measured: `${of(own).toFixed(1)} ms (straight: ${of(bare).toFixed(1)} ms)`,
        against: `${of(measured).toFixed(1)} ms (${versions})`,
        ratio: `${ratio.toFixed(2)}×`,
        limit: '–',
        met: true,
      };
    });
  } catch (error) {
    console.error(`${label} could not be measured: ${String(error)}`);
    return [];
  } finally {
    await engine.close();
    model.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function askAll(way: Way): Promise<Measured[]> {
  const all: Measured[] = [];
  for (const { pace, rounds } of questions) {
    const [firsts, wholes]: [number[], number[]] = [[], []];
    for (let round = -warmUps; round < rounds; round++) {
      const start = performance.now();
      // The thread counts, as it does for the others.
      await way.prepare(1);
      let first = 0;
      await way.ask(pace, () => (first = performance.now() - start));
      if (round < 0) continue;
      firsts.push(first);
      wholes.push(performance.now() - start);
    }
    all.push({ first: median(firsts), whole: median(wholes) });
  }
  return all;
}

async function peerReport(folder: string, peer: string, baseURL: string): Promise<Report> {
  const work = questions.map(({ pace, rounds }) => ({ model: modelName(pace), rounds }));
  const env = {
    ...process.env,
    MODEL_BASE_URL: baseURL,
    PEER_WORK: JSON.stringify({ questions: work }),
    // Some send statistics of their use.
    MASTRA_TELEMETRY_DISABLED: '1',
    LANGGRAPH_CLI_NO_ANALYTICS: '1',
    DO_NOT_TRACK: '1',
  };
  const { stdout } = await run(process.execPath, [`${peer}.mjs`], { cwd: folder, env, timeout: maxMs });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Report;
}
