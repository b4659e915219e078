/** Runs a suite in plain Node: `node out/test/host/suite.js NAME TIMEOUT [--grep TEXT]`. */
import { parseArgs } from 'node:util';
import { runSuite } from './mocha';
import { exitWithParent } from './parent';

const exitGraceMs = 20_000;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { grep: { type: 'string' } },
  });
  const [name, timeout] = positionals;
  if (!name || !timeout) throw new Error('Expected the name of a suite and a time limit in milliseconds.');
  await runSuite({ name, timeout: Number(timeout), grep: values.grep });
  setTimeout(() => {
    console.error(`The suite left something running: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, exitGraceMs).unref();
}

exitWithParent();
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
