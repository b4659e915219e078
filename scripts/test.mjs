// npm test [-- SUITE…] [--grep TEXT]
//
// Installs what is missing (packages, Node 24, Chromium, a VS Code server), builds, and runs all suites
// (checks, engine, webview, extension, e2e) or those named. A test that fails is run once more; what passed only
// then, and what failed, is listed at the end. The last line is “N passed, N failed”, with “, N skipped” if any
// were. Exits with 1 if anything failed.
import { parseArgs } from 'node:util';
import { ensureBrowserHost } from './lib/browser-host.mjs';
import { findDesktop } from './lib/desktop.mjs';
import { runChecks, runSuite, suites, sum } from './lib/suites.mjs';
import { build, ensureToolchain, main } from './lib/toolchain.mjs';

await main(async () => {
  const { wanted, grep } = readArguments();
  const nodePath = await ensureToolchain();
  const results = [];
  const failureOf = (what) => ({ passed: 0, failed: 1, skipped: 0, failures: [what] });
  if (wanted('checks')) {
    console.log('\n=== checks');
    results.push(await runChecks(nodePath));
  }

  const chosen = suites.filter(({ name }) => wanted(name));
  if (chosen.length > 0) {
    const names = chosen.map(({ name }) => name).join(',');
    await build(nodePath, ['--tests', `--suites=${names}`]).catch((error) => {
      console.log(error.message);
      results.push(failureOf('the build'));
      chosen.length = 0;
    });
  }
  const env = chosen.some(({ needsBrowser }) => needsBrowser)
    ? await suiteEnvironment(nodePath)
    : process.env;
  for (const suite of chosen) {
    console.log(`\n=== ${suite.name}`);
    if (suite.needsBrowser && !env) {
      console.log(`SKIPPED: the suite ${suite.name} needs Chromium and a VS Code server, see above.`);
      results.push(
        process.env.CI
          ? failureOf(`The suite ${suite.name} was skipped.`)
          : { passed: 0, failed: 0, skipped: 1, failures: [] },
      );
    } else {
      results.push(await runSuite(suite, { nodePath, grep, env: env ?? process.env }));
    }
  }

  const { passed, failed, skipped, failures, unsteady } = sum(results);
  if (unsteady.length > 0) console.log(`\nPassed only when run again:\n${listed(unsteady, '⚠')}`);
  if (failures.length > 0) console.log(`\nFailed:\n${listed(failures, '✘')}`);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 ? 1 : 0;
});

function listed(lines, mark) {
  return lines.map((line) => `  ${mark} ${line}`).join('\n');
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { grep: { type: 'string', short: 'g' } },
  });
  const known = ['checks', ...suites.map(({ name }) => name)];
  const unknown = positionals.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`Unknown suite “${unknown.join('”, “')}”. Suites: ${known.join(', ')}.`);
  return {
    wanted: (name) => positionals.length === 0 || positionals.includes(name),
    grep: values.grep,
  };
}

/** The environment of suites that need a browser; undefined if no browser or VS Code server is available. */
async function suiteEnvironment(nodePath) {
  const host = await ensureBrowserHost(nodePath);
  if (!host) return undefined;
  const desktop = await findDesktop(nodePath);
  return { ...process.env, ...host, ...(desktop && { VSCODE_PATH: desktop }) };
}
