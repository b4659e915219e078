/**
 * The long crash suite: `node out/test/engine/crashes/soak.js [PART…] [--kills 200] [--seed N] [--pairs 3]`. Without parts,
 * all run one after the other. `--pairs` is how many pairs of engines run Python at once, and share the kills.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CrashOptions, crashRun } from './crashRun';
import { pythonCrashRun } from './pythonRun';
import { searchCrashRun } from './searchRun';
import { threadCrashRun } from './threadRun';

interface Options {
  seed: number;
  kills: number;
  pairs: number;
}

/** Each returns what it found. */
const parts: Record<string, (options: Options) => Promise<string>> = {
  async runs(options) {
    const { acknowledged, runs } = await inFolder('runs', options, crashRun);
    const statuses = Object.entries(runs).map(([status, count]) => `${count} ${status}`);
    return `all ${acknowledged} acknowledged objects are there, every run has ended (${statuses.join(', ')})`;
  },

  async search(options) {
    const { created, deleted, terminated } = await inFolder('search', options, searchCrashRun);
    const workers = `${terminated} search workers terminated`;
    return `of ${created} vector stores all are there but the ${deleted} deleted ones, of which nothing is left (${workers})`;
  },

  async threads(options) {
    const { created, deleted } = await inFolder('threads', options, threadCrashRun);
    return `of ${created} long threads all are whole but the ${deleted} deleted ones, of which nothing is left`;
  },

  async python({ pairs, seed, kills }) {
    const counts = Array.from({ length: pairs }, (_, pair) => {
      const share = Math.floor((kills * (pair + 1)) / pairs) - Math.floor((kills * pair) / pairs);
      return inFolder(`python-${pair}`, { seed: seed + pair, kills: share }, pythonCrashRun);
    });
    const files = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    return `all ${files} files that Python wrote are there`;
  },
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string' },
      pairs: { type: 'string', default: '3' },
    },
  });
  const unknown = positionals.filter((name) => !(name in parts));
  if (unknown.length > 0) {
    throw new Error(
      `There is no part “${unknown.join('”, “')}”; there are ${Object.keys(parts).join(', ')}.`,
    );
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const kills = Number(values.kills);
  console.log(`Seed ${seed}`);
  for (const [name, run] of Object.entries(parts)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.log(`${name}, ${kills} kills: ${await run({ seed, kills, pairs: Number(values.pairs) })}.`);
  }
}

/** Runs a part with a data folder of its own, which is kept if it fails. */
async function inFolder<R>(
  name: string,
  { seed, kills }: Pick<Options, 'seed' | 'kills'>,
  run: (options: CrashOptions) => Promise<R>,
): Promise<R> {
  const dataDir = mkdtempSync(join(tmpdir(), `assistants-soak-${name}-`));
  const progress = (line: string): void => console.log(`${name}: ${line}`);
  const report = await run({ dataDir, seed, kills, progress }).catch((error: unknown) => {
    throw new Error(`The part ${name}, data in ${dataDir}`, { cause: error });
  });
  rmSync(dataDir, { recursive: true, force: true });
  return report;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
