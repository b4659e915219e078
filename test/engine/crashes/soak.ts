/** The long crash suite: `node out/test/engine/crashes/soak.js [--kills 200] [--seed N]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crashRun } from './crashRun';
import { pythonCrashRun } from './pythonRun';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '200' }, seed: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const dataDir = mkdtempSync(join(tmpdir(), 'assistants-soak-'));
  console.log(`Seed ${seed}, data in ${dataDir}`);
  const kills = Number(values.kills);
  const report = await crashRun({ dataDir, seed, kills, progress: (line) => console.log(line) });
  const python = mkdtempSync(join(tmpdir(), 'assistants-soak-python-'));
  const files = await pythonCrashRun({ dataDir: python, seed, kills, progress: (line) => console.log(line) });
  for (const folder of [dataDir, python]) rmSync(folder, { recursive: true, force: true });
  const runs = Object.entries(report.runs).map(([status, count]) => `${count} ${status}`);
  console.log(
    `${report.kills} kills: all ${report.acknowledged} acknowledged objects are there, every run has ended ` +
      `(${runs.join(', ')}), the database is sound; all ${files} files that Python wrote are there.`,
  );
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
