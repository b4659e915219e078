// Packages the extension and installs it in a real VS Code, and the engine's npm package and installs that in an empty
// folder. Fails on a warning of vsce, on a file that does not belong in a package, and if what is installed does not
// work.
import { join } from 'node:path';
import { ensureBrowserHost } from './lib/browser-host.mjs';
import { packageNpm } from './lib/npm-package.mjs';
import { root } from './lib/paths.mjs';
import { capture } from './lib/process.mjs';
import { build, ensureToolchain, main } from './lib/toolchain.mjs';
import { packageExtension } from './lib/vsix.mjs';

await main(async () => {
  console.log('\n=== package');
  const nodePath = await ensureToolchain();
  const { vsix, output } = await packageExtension(nodePath);
  const warnings = output.split('\n').filter((line) => /warning/i.test(line));
  if (warnings.length > 0) throw new Error(`✘ vsce warns:\n${output}`);
  console.log('  ✔ packages without a warning');

  const host = await ensureBrowserHost(nodePath);
  if (!host) throw new Error('✘ the package cannot be checked without Chromium and a VS Code server.');
  await build(nodePath, ['--host']);
  const tarball = await packageNpm(nodePath);
  const env = { ...process.env, ...host };
  const options = { cwd: root, env, show: true, limitMs: 300_000 };
  for (const [check, file] of [
    ['checkPackage.js', vsix],
    ['checkNpmPackage.js', tarball],
  ]) {
    const script = join(root, 'out', 'test', 'host', check);
    const { code } = await capture(nodePath, ['--enable-source-maps', script, file], options);
    if (code !== 0) return 1;
  }
  return 0;
});
