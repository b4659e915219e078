// npm run lint: ESLint, Prettier, types and package.json. Exits with 1 if a check fails.
import { runChecks } from './lib/suites.mjs';
import { ensureToolchain, main } from './lib/toolchain.mjs';

await main(async () => {
  const { failed } = await runChecks(await ensureToolchain(), (text) => process.stdout.write(text));
  return failed > 0 ? 1 : 0;
});
