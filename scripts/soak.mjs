// npm run test:soak [-- --kills 200] [--seed N]
//
// Kills two engines over one data folder again and again while they work, and looks for what is
// missing then. Prints its seed, with which it kills in the same order again.
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
