// npm run --silent serve -- [OPTIONS]
//
// Serves the engine on a local port. Builds first if the build is missing or older than its sources.
// Only the server writes to standard output.
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensureDependencies, ensureNode } from './lib/install.mjs';
import { root } from './lib/paths.mjs';
import { forwardSignals, start } from './lib/process.mjs';
import { build, main } from './lib/toolchain.mjs';

const bundle = join(root, 'dist', 'serve.js');
/** Lists the output files of the last complete build. */
const record = join(root, 'dist', 'server.json');

await main(async () => {
  const nodePath = isRecent(process.versions.node) ? process.execPath : await ensureNode();
  if (!isBuilt()) {
    await ensureDependencies();
    await build(nodePath, ['--only=server']);
  }
  // The server ends when the channel closes, even if this process is killed.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = start(nodePath, [bundle, ...process.argv.slice(2)], { stdio });
  forwardSignals(child);
  const [code, signal] = await once(child, 'exit');
  return code ?? (signal ? 1 : 0);
});

/** Whether this Node has node:sqlite without a flag. */
function isRecent(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 13);
}

function isBuilt() {
  if (!existsSync(record)) return false;
  const outputs = JSON.parse(readFileSync(record, 'utf8'));
  if (!outputs.every((file) => existsSync(join(root, file)))) return false;
  const built = statSync(record).mtimeMs;
  const folder = join(root, 'src', 'engine');
  const sources = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  return [join(root, 'package-lock.json'), join(root, 'esbuild.js'), ...sources].every(
    (file) => statSync(file).mtimeMs <= built,
  );
}
