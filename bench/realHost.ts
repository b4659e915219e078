import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireBrowser, releaseBrowser } from '../test/host/browser';
import { root, temporaryFolder } from '../test/host/paths';
import { readLog, startServer } from '../test/host/server';
import { workbenchUrl } from '../test/host/workbench';
import { type ReportLine, reportsVariable } from './reports';
import { stagedExtension } from './staged';

const roundLimitMs = 180_000;

/**
 * Runs a probe, `bench/NAME.ts`, in the extension host of a real VS Code that has the extension and an empty one installed
 * and no other window, and returns its reports; a new host each round.
 */
export async function reportsOf<T extends object>(probe: string, rounds: number): Promise<T[]> {
  const folder = temporaryFolder(probe);
  try {
    const results = path.join(folder, 'results');
    const dataDir = path.join(folder, 'data');
    const server = await startServer({
      dataDir,
      // Both are installed, as for users.
      extensions: [withoutActivationEvents(stagedExtension()), createEmptyExtension(folder, 'empty')],
      env: { [reportsVariable]: results },
    });
    const browser = await acquireBrowser();
    try {
      writeFileSync(results, '');
      const tests = path.join(root, 'out', 'bench', `${probe}.js`);
      // VS Code runs tests only for an extension under development, which must not be a measured one.
      const driver = createEmptyExtension(folder, 'driver');
      for (let round = 1; round <= rounds; round += 1) {
        const page = await browser.newPage();
        await page.goto(workbenchUrl(server.port, createWorkspace(folder), { extension: driver, tests }));
        await untilLines(results, round);
        await page.close();
      }
    } catch (error) {
      throw new Error(`The extension host reported nothing.\n${readLog(dataDir)}`, { cause: error });
    } finally {
      await releaseBrowser();
      await server.stop();
    }
    return readReports<T>(results);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function createEmptyExtension(parent: string, name: string): string {
  const folder = path.join(parent, name);
  mkdirSync(folder, { recursive: true });
  const manifest = {
    name,
    publisher: 'bench',
    version: '0.0.1',
    engines: { vscode: '^1.104.0' },
    main: './main.js',
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'main.js'), 'exports.activate = () => {};\n');
  return folder;
}

/** Removes the activation events, so that only the probe activates the extension. */
function withoutActivationEvents(folder: string): string {
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...manifest, activationEvents: [] }));
  return folder;
}

function createWorkspace(folder: string): string {
  const workspace = path.join(folder, 'workspace');
  mkdirSync(workspace, { recursive: true });
  return workspace;
}

function readReports<T extends object>(file: string): T[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const report = JSON.parse(line) as ReportLine<T>;
    if ('error' in report) throw new Error(report.error);
    return report;
  });
}

async function untilLines(file: string, count: number): Promise<void> {
  const end = Date.now() + roundLimitMs;
  while (readReports(file).length < count) {
    if (Date.now() > end) throw new Error('The extension host did not report in time.');
    await sleep(100);
  }
}
