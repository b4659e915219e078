// npm run screenshots [-- readme]: takes the pictures of the README, of the walkthrough, and of the workbench in each theme.
import { join } from 'node:path';
import { ensureBrowserHost } from './lib/browser-host.mjs';
import { root } from './lib/paths.mjs';
import { run } from './lib/process.mjs';
import { build, ensureToolchain, main } from './lib/toolchain.mjs';

await main(async () => {
  const nodePath = await ensureToolchain();
  const host = await ensureBrowserHost(nodePath);
  if (!host) return 1;
  await build(nodePath, ['--host']);
  const script = join(root, 'out', 'test', 'host', 'screenshots.js');
  await run(nodePath, ['--enable-source-maps', script, ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, ...host },
    show: true,
  });
  return 0;
});
