// npm run package: builds the VSIX and the npm package in the repository's folder.
import { packageNpm } from './lib/npm-package.mjs';
import { ensureToolchain, main } from './lib/toolchain.mjs';
import { packageExtension } from './lib/vsix.mjs';

await main(async () => {
  const nodePath = await ensureToolchain();
  const { output } = await packageExtension(nodePath);
  console.log(output.trimEnd());
  console.log(`Packaged: ${await packageNpm(nodePath)}`);
});
