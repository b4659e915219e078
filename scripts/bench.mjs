// npm run bench [-- [--peers] NAME…]
//
// A name is that of a benchmark, or of one of its rows: engine, engine/firstText. --peers installs other programs of this kind
// (LangGraph's development server, Mastra, the OpenAI Agents SDK) into the cache folder and measures beside them.
// Measures each number beside what it is compared with, and prints one table. Exits with 1 when a row is
// over its limit.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBrowserHost } from './lib/browser-host.mjs';
import { root } from './lib/paths.mjs';
import { ensurePeers } from './lib/peers.mjs';
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
    const names = process.argv.slice(2).filter((argument) => argument !== '--peers');
    const withPeers = names.length < process.argv.length - 2;
    const peers = withPeers && { ASSISTANTS_STUDIO_PEERS: await ensurePeers(nodePath) };
    const env = { ...process.env, ...host, ASSISTANTS_STUDIO_STAGED: staged, ...peers };
    const args = ['--enable-source-maps', join(root, 'out', 'bench', 'run.js'), ...names];
    const child = start(nodePath, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
});
