// Runs a script of this project with Node 24, after installing its packages:
//   node scripts/run.mjs esbuild.js --watch
import { once } from 'node:events';
import { ensureToolchain, main } from './lib/toolchain.mjs';
import { root } from './lib/paths.mjs';
import { start } from './lib/process.mjs';

await main(async () => {
  const nodePath = await ensureToolchain();
  const child = start(nodePath, process.argv.slice(2), { cwd: root, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  return code ?? 1;
});
