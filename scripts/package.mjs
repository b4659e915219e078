// npm run package: builds the VSIX in the repository's folder.
import { ensureToolchain, main } from './lib/toolchain.mjs';
import { packageExtension } from './lib/vsix.mjs';

await main(async () => {
  const { output } = await packageExtension(await ensureToolchain());
  console.log(output.trimEnd());
});
