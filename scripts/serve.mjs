// npm run --silent serve -- [OPTIONS]
//
// Serves the engine on a local port. Builds what is missing or older than its sources; standard
// output is the server's own.
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies, ensureNode } from './lib/install.mjs';
import { root } from './lib/paths.mjs';
import { forwardSignals, start } from './lib/process.mjs';
import { build, main } from './lib/toolchain.mjs';

const bundle = join(root, 'dist', 'serve.js');

await main(async () => {
  const nodePath = isRecent(process.versions.node) ? process.execPath : await ensureNode();
  if (!isBuilt()) {
    await ensureDependencies();
    await build(nodePath, ['--only=serve,python,pythonRealm,pythonFiles']);
  }
  const child = start(nodePath, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' });
  forwardSignals(child);
  const [code, signal] = await once(child, 'exit');
  return code ?? (signal ? 1 : 0);
});

/** Whether node:sqlite is there without a flag. */
function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13);
}

function isBuilt() {
  if (!existsSync(bundle)) return false;
  const built = statSync(bundle).mtimeMs;
  const folder = join(root, 'src', 'engine');
  const sources = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  return [join(root, 'package-lock.json'), ...sources].every((file) => statSync(file).mtimeMs <= built);
}
