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
  const chosen = suites.filter(({ name }) => wanted(name));
  const jobs = [];
  if (wanted('checks')) {
    jobs.push({ name: 'checks', lane: 1, run: (print) => runChecks(nodePath, print) });
  }
  if (chosen.length > 0) {
    const names = chosen.map(({ name }) => name).join(',');
    const error = await build(nodePath, ['--tests', `--suites=${names}`]).then(() => undefined, String);
    const needsBrowser = error === undefined && chosen.some((suite) => suite.needsBrowser);
    const env = needsBrowser ? await suiteEnvironment(nodePath) : process.env;
    if (error !== undefined) {
      jobs.push({ name: 'build', lane: 1, run: (print) => (print(error), failureOf('the build')) });
    } else {
      for (const suite of chosen) {
        const run =
          suite.needsBrowser && !env
            ? (print) => skip(suite, print)
            : (print) => runSuite(suite, { nodePath, grep, env: env ?? process.env, print });
        jobs.push({ name: suite.name, lane: suite.lane, run });
      }
    }
  }

  const { passed, failed, skipped, failures, unsteady } = sum(await runInLanes(jobs));
  if (unsteady.length > 0) console.log(`\nPassed only when run again:\n${listed(unsteady, '⚠')}`);
  if (failures.length > 0) console.log(`\nFailed:\n${listed(failures, '✘')}`);
  console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 ? 1 : 0;
});

/**
 * Runs the jobs of each lane one after another, and the lanes beside each other, because most tests wait more than
 * they compute. With several lanes the output of a job is printed when it ends.
 */
async function runInLanes(jobs) {
  const lanes = [0, 1]
    .map((lane) => jobs.filter((job) => job.lane === lane))
    .filter((lane) => lane.length > 0);
  const results = [];
  const runJob = async ({ name, run }) => {
    if (lanes.length === 1) {
      console.log(`\n=== ${name}`);
      results.push(await run((text) => process.stdout.write(text)));
      return;
    }
    console.log(`\nStarted: ${name}`);
    let output = '';
    results.push(await run((text) => (output += text)));
    console.log(`\n=== ${name}\n${output}`);
  };
  await Promise.all(
    lanes.map(async (lane) => {
      for (const job of lane) await runJob(job);
    }),
  );
  return results;
}

/** A suite whose tools are missing: fails in CI, where nothing may be skipped. */
function skip({ name }, print) {
  print(`SKIPPED: the suite ${name} needs Chromium and a VS Code server, see above.\n`);
  return process.env.CI
    ? failureOf(`The suite ${name} was skipped.`)
    : { passed: 0, failed: 0, skipped: 1, failures: [] };
}

function failureOf(what) {
  return { passed: 0, failed: 1, skipped: 0, failures: [what] };
}

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
