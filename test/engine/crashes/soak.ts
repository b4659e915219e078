/**
 * The long crash suite: `node out/test/engine/crashes/soak.js [--kills 200] [--seed N] [--pairs 3]`. `--pairs` is how
 * many pairs of engines run Python at once, and share the kills.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crashRun } from './crashRun';
import { pythonCrashRun } from './pythonRun';
import { searchCrashRun } from './searchRun';
import { threadCrashRun } from './threadRun';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string' },
      pairs: { type: 'string', default: '3' },
    },
  });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-soak-'));
  console.log(`Seed ${seed}, data in ${dataDir}`);
  const kills = Number(values.kills);
  const report = await crashRun({ dataDir, seed, kills, progress: (line) => console.log(line) });
  rmSync(dataDir, { recursive: true, force: true });
  const search = await inFolder('search', (folder) => searchCrashRun({ ...folder, seed, kills }));
  const threads = await inFolder('threads', (folder) => threadCrashRun({ ...folder, seed, kills }));
  const files = await pythonPairs(Number(values.pairs), seed, kills);
  const runs = Object.entries(report.runs).map(([status, count]) => `${count} ${status}`);
  console.log(
    `${report.kills} kills: all ${report.acknowledged} acknowledged objects are there, every run has ended ` +
      `(${runs.join(', ')}), the database is sound; of ${search.created} vector stores all are there but the ` +
      `${search.deleted} deleted ones, of which nothing is left (${search.terminated} search workers terminated); of ${threads.created} ` +
      `long threads all are whole but the ${threads.deleted} deleted ones; ` +
      `all ${files} files that Python wrote are there.`,
  );
}

/** Runs a part with a data folder of its own, which is kept if it fails. */
async function inFolder<R>(
  name: string,
  run: (folder: { dataDir: string; progress: (line: string) => void }) => Promise<R>,
): Promise<R> {
  const dataDir = mkdtempSync(join(tmpdir(), `assistants-soak-${name}-`));
  const report = await run({ dataDir, progress: (line) => console.log(line) }).catch((error: unknown) => {
    throw new Error(`The part ${name}, data in ${dataDir}`, { cause: error });
  });
  rmSync(dataDir, { recursive: true, force: true });
  return report;
}

/** Returns how many files Python wrote. The data folder of a pair that fails is kept. */
async function pythonPairs(pairs: number, seed: number, kills: number): Promise<number> {
  const counts = Array.from({ length: pairs }, async (_, pair) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'assistants-soak-python-'));
    const progress = (line: string): void => console.log(`Pair ${pair}: ${line}`);
    const share = Math.floor((kills * (pair + 1)) / pairs) - Math.floor((kills * pair) / pairs);
    const written = await pythonCrashRun({ dataDir, seed: seed + pair, kills: share, progress }).catch(
      (error: unknown) => {
        throw new Error(`Pair ${pair}, data in ${dataDir}`, { cause: error });
      },
    );
    rmSync(dataDir, { recursive: true, force: true });
    return written;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
