// The suites of `npm test`, and how they are run and counted.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';
import { capture, start, stop } from './process.mjs';

const minute = 60_000;
const none = { passed: 0, failed: 0, skipped: 0, failures: [], unsteady: [] };

/**
 * `lane`: suites of different lanes run beside each other.
 * @typedef {{ name: string, lane: number, needsBrowser: boolean, entry: string, testLimitMs: number, limitMs: number }} Suite
 * @type {Suite[]}
 */
export const suites = [
  {
    name: 'engine',
    lane: 0,
    needsBrowser: false,
    entry: 'suite.js',
    testLimitMs: 20_000,
    limitMs: 36 * minute,
  },
  {
    name: 'webview',
    lane: 1,
    needsBrowser: true,
    entry: 'suite.js',
    testLimitMs: 30_000,
    limitMs: 25 * minute,
  },
  {
    name: 'extension',
    lane: 0,
    needsBrowser: true,
    entry: 'extensionTests.js',
    testLimitMs: 60_000,
    limitMs: 18 * minute,
  },
  { name: 'e2e', lane: 1, needsBrowser: true, entry: 'suite.js', testLimitMs: 120_000, limitMs: 20 * minute },
];

/** Lint, format, types and package.json; each check counts as one test. */
export async function runChecks(nodePath, print) {
  const bin = (name, file) => join(root, 'node_modules', name, file);
  const checks = [
    ['eslint', bin('eslint', 'bin/eslint.js'), '--max-warnings', '0', '.'],
    ['prettier', bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
    ['types of src, test and bench', bin('typescript', 'bin/tsc'), '-p', '.'],
    ['types of webview', bin('typescript', 'bin/tsc'), '-p', 'webview'],
    ['types of its tests', bin('typescript', 'bin/tsc'), '-p', 'test/webview'],
    ['package.json', join(root, 'scripts', 'check-manifest.mjs')],
    ['the check of package.json', bin('mocha', 'bin/mocha.js'), join(root, 'scripts/lib/manifest.test.mjs')],
    ['workflows', join(root, 'scripts', 'check-workflows.mjs')],
    [
      'the check of what is published',
      bin('mocha', 'bin/mocha.js'),
      join(root, 'scripts/lib/repository.test.mjs'),
    ],
    ['the build', bin('mocha', 'bin/mocha.js'), join(root, 'scripts/lib/commonjs-chunks.test.mjs')],
    ['the check of workflows', bin('mocha', 'bin/mocha.js'), join(root, 'scripts/lib/workflows.test.mjs')],
  ];
  const result = { ...none, failures: [] };
  for (const [name, ...command] of checks) {
    const { code, output } = await capture(nodePath, command, { cwd: root, limitMs: 10 * minute });
    print(code === 0 ? `  ✔ ${name}\n` : `  ✘ ${name}\n${output}\n`);
    if (code === 0) result.passed += 1;
    else {
      result.failed += 1;
      result.failures.push(name);
    }
  }
  return result;
}

/**
 * Runs a suite in its own process. A crash, a timeout or a suite without tests counts as one more failure.
 * @param {Suite} suite
 */
export async function runSuite(suite, { nodePath, grep, env, print }) {
  const folder = mkdtempSync(join(tmpdir(), 'assistants-studio-suite-'));
  const results = join(folder, 'results.json');
  const args = [join(root, 'out', 'test', 'host', suite.entry), suite.name, String(suite.testLimitMs)];
  if (grep) args.push('--grep', grep);
  const child = start(nodePath, ['--enable-source-maps', ...args], {
    cwd: root,
    env: { ...env, ASSISTANTS_STUDIO_RESULTS: results, ...(grep && { ASSISTANTS_STUDIO_GREP: grep }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', print);
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    void stop(child);
  }, suite.limitMs);
  const closed = once(child, 'close');
  const [code, signal] = await once(child, 'exit');
  clearTimeout(limit);
  await stop(child);
  // A process that has left its group may hold the output open.
  await Promise.race([closed, sleep(5_000, undefined, { ref: false })]);
  const result = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined;
  rmSync(folder, { recursive: true, force: true });
  const error = errorOf({ result, timedOut, code: code ?? signal, grep, limitMs: suite.limitMs });
  if (error) print(`✘ The suite ${suite.name} ${error}.\n`);
  const counted = result ?? none;
  if (!error) return counted;
  const failures = [...counted.failures, `The suite ${suite.name} ${error}.`];
  return { ...counted, failed: counted.failed + 1, failures };
}

function errorOf({ result, timedOut, code, grep, limitMs }) {
  if (timedOut) return `did not end within ${limitMs / minute} minutes`;
  if (!result) return `ended (${code}) without a result`;
  if (code !== 0) return `failed (${code})`;
  if (result.passed + result.failed === 0 && !grep) return 'ran no tests';
  return undefined;
}

/** Adds up the counts of several suites. */
export function sum(results) {
  return results.reduce(
    (total, { passed, failed, skipped, failures, unsteady = [] }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
      failures: [...total.failures, ...failures],
      unsteady: [...total.unsteady, ...unsteady],
    }),
    none,
  );
}
