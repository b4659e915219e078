// npm run lint: ESLint, Prettier and the compiler's types; ends with 1 when any of them objects.
import { runChecks } from './lib/suites.mjs';
import { ensureToolchain, main } from './lib/toolchain.mjs';

await main(async () => {
  const { failed } = await runChecks(await ensureToolchain());
  return failed > 0 ? 1 : 0;
});
