// node scripts/publish.mjs: publishes the packaged VSIX to the Marketplace, as the user signed in to Azure.
// RELEASE_TAG must name the version of package.json: v1.2.3, or v1.3.0-pre.1 for a pre-release of 1.3.0.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { run } from './lib/process.mjs';
import { publication } from './lib/publication.mjs';
import { main } from './lib/toolchain.mjs';

await main(async () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { vsix, flags } = publication(manifest, process.env.RELEASE_TAG);
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = [vsce, 'publish', '--azure-credential', '--packagePath', join(root, vsix), ...flags];
  await run(process.execPath, args, { cwd: root, show: true });
});
