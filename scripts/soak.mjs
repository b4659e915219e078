// npm run test:soak [-- [PART…] [--kills 200] [--seed N] [--pairs 3]]
//
// Repeatedly kills two engines that work on one data folder, and checks that no data is missing. Its parts are runs,
// search, threads and python. Prints its seed, which repeats the same order of kills.
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { start } from './lib/process.mjs';
import { build, ensureToolchain, main } from './lib/toolchain.mjs';

await main(async () => {
  const nodePath = await ensureToolchain();
  await build(nodePath, ['--tests']);
  const args = [join(root, 'out', 'test', 'engine', 'crashes', 'soak.js'), ...process.argv.slice(2)];
  const child = start(nodePath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return code ?? 1;
});
