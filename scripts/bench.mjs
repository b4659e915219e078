// npm run bench [-- NAME…]
//
// Measures each number beside what it is compared with, and prints one table. Exits with 1 when a row is
// over its limit.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBrowserHost } from './lib/browser-host.mjs';
import { root } from './lib/paths.mjs';
import { say, start } from './lib/process.mjs';
import { stageExtension } from './lib/stage.mjs';
import { build, ensureToolchain, main } from './lib/toolchain.mjs';

await main(async () => {
  const nodePath = await ensureToolchain();
  const host = await ensureBrowserHost(nodePath);
  const staged = mkdtempSync(join(tmpdir(), 'assistants-studio-bench-'));
  try {
    say('Building…');
    await build(nodePath, ['--production', '--tests']);
    await stageExtension(nodePath, staged);
    const env = { ...process.env, ...host, ASSISTANTS_STUDIO_STAGED: staged };
    const args = ['--enable-source-maps', join(root, 'out', 'bench', 'run.js'), ...process.argv.slice(2)];
    const child = start(nodePath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
});
