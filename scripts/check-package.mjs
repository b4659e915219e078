// Packages the extension and installs it in a real VS Code. Fails on a warning of vsce, on a file that
// does not belong in the package, and if the installed extension does not activate.
import { join } from 'node:path';
import { ensureBrowserHost } from './lib/browser-host.mjs';
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
  const check = join(root, 'out', 'test', 'host', 'checkPackage.js');
  const env = { ...process.env, ...host };
  const options = { cwd: root, env, show: true, limitMs: 180_000 };
  const { code } = await capture(nodePath, ['--enable-source-maps', check, vsix], options);
  return code === 0 ? 0 : 1;
});
