/**
 * Runs the suite `extension` inside a real extension host: of a desktop VS Code if available, else of
 * the VS Code server. The result is read from a file, because the host may crash or hang.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireBrowser, releaseBrowser } from './browser';
import { runInDesktop } from './desktop';
import { exitWithParent } from './parent';
import { copyExample, root, temporaryFolder } from './paths';
import { readLog, startServer, tail } from './server';
import { workbenchUrl } from './workbench';

/** The server's output when an extension host has crashed or exited. */
const hostEnded = 'Extension Host Process exited';
/** Test extensions that contribute language models and tools. */
const fixtures = ['test-models', 'test-tools'].map((name) =>
  path.join(root, 'test', 'extension', 'fixtures', name),
);
const testsPath = path.join(root, 'out', 'test', 'extension', 'index.js');

async function main(): Promise<void> {
  const results = process.env['ASSISTANTS_STUDIO_RESULTS'];
  if (!results) throw new Error('ASSISTANTS_STUDIO_RESULTS is not set: run this by “npm test -- extension”.');
  const dataDir = temporaryFolder('extension');
  const report = path.join(dataDir, 'report.txt');
  process.env['ASSISTANTS_STUDIO_REPORT'] = report;
  const stopPrinting = printAsItGrows(report);
  try {
    const workspace = copyExample(path.join(dataDir, 'workspace'));
    const executable = process.env['VSCODE_PATH'];
    const log = executable
      ? await runInDesktop({ executable, dataDir, workspace, testsPath, extensions: fixtures }).then(
          String,
          String,
        )
      : await runInServer(dataDir, workspace, () => existsSync(results));
    if (!hasPassed(results)) console.error(log);
  } finally {
    await stopPrinting();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** Opens the workbench with the tests, waits for their result, and returns VS Code's logs. */
async function runInServer(dataDir: string, workspace: string, isDone: () => boolean): Promise<string> {
  const server = await startServer({ dataDir, extensions: fixtures });
  const browser = await acquireBrowser();
  const lines: string[] = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') lines.push(message.text());
    });
    const logs = () =>
      [tail(server.output()), readLog(dataDir), '--- console', tail(lines.join('\n'))].join('\n');
    await page.goto(workbenchUrl(server.port, workspace, { extension: root, tests: testsPath }));
    // The runner sends SIGTERM when the suite times out: print the logs then.
    process.once('SIGTERM', () => {
      console.error(logs());
      process.exit(143);
    });
    while (!isDone() && !server.output().includes(hostEnded)) await sleep(200);
    return logs();
  } finally {
    await releaseBrowser();
    await server.stop();
  }
}

function hasPassed(results: string): boolean {
  if (!existsSync(results)) return false;
  return (JSON.parse(readFileSync(results, 'utf8')) as { failed: number }).failed === 0;
}

/** Prints what is appended to a file; the returned function prints the rest and stops. */
function printAsItGrows(file: string): () => Promise<void> {
  let printed = 0;
  const printMore = () => {
    if (!existsSync(file)) return;
    const text = readFileSync(file);
    process.stdout.write(text.subarray(printed));
    printed = text.length;
  };
  const timer = setInterval(printMore, 200);
  return async () => {
    clearInterval(timer);
    await sleep(100);
    printMore();
  };
}

exitWithParent();
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
