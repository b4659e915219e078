import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireBrowser, releaseBrowser } from '../test/host/browser';
import { root, temporaryFolder } from '../test/host/paths';
import { readLog, startServer } from '../test/host/server';
import { workbenchUrl } from '../test/host/workbench';
import type { Activation, Report } from './activationProbe';
import { median, type Row } from './row';
import { stagedExtension } from './staged';

const rounds = 7;
const limitMs = 60;
const answerLimitMs = 100;
const roundLimitMs = 60_000;

/** Time to load and activate the extension, and an empty one, in the same extension host; a new host each round. */
export async function rows(): Promise<Row[]> {
  const folder = temporaryFolder('activation');
  try {
    const results = path.join(folder, 'results');
    const dataDir = path.join(folder, 'data');
    const server = await startServer({
      dataDir,
      // Both are installed, as for users.
      extensions: [withoutActivationEvents(stagedExtension()), createEmptyExtension(folder, 'empty')],
      env: { ASSISTANTS_STUDIO_ACTIVATIONS: results },
    });
    const browser = await acquireBrowser();
    try {
      writeFileSync(results, '');
      const probe = path.join(root, 'out', 'bench', 'activationProbe.js');
      // VS Code runs tests only for an extension under development, which must not be a measured one.
      const driver = createEmptyExtension(folder, 'driver');
      for (let round = 1; round <= rounds; round += 1) {
        const page = await browser.newPage();
        await page.goto(
          workbenchUrl(server.port, createWorkspace(folder), { extension: driver, tests: probe }),
        );
        await untilLines(results, round);
        await page.close();
      }
    } catch (error) {
      throw new Error(`The extension host reported no activation.\n${readLog(dataDir)}`, { cause: error });
    } finally {
      await releaseBrowser();
      await server.stop();
    }
    // Skips the first start, which fills the disk cache.
    return rowsOf(readActivations(results).slice(1));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function rowsOf(activations: readonly Activation[]): Row[] {
  const own = median(activations.map((activation) => activation.own));
  const empty = median(activations.map((activation) => activation.empty));
  const answer = median(activations.map(({ firstAnswer }) => firstAnswer));
  const all = median(activations.map((activation) => activation.own + activation.firstAnswer));
  const against = `${empty.toFixed(1)} ms (an empty extension)`;
  const more = (what: string, ms: number): Row => ({
    what: `${what} (in the real host)`,
    measured: `${ms.toFixed(1)} ms`,
    against,
    ratio: `${ms < empty ? '' : '+'}${(ms - empty).toFixed(1)} ms`,
    limit: `+${limitMs} ms`,
    met: ms - empty <= limitMs,
  });
  return [
    more('extension activation', own),
    more('activation with what it defers: the engine loaded and its first answer', all),
    {
      what: 'first answer after activation (in the real host)',
      measured: `${answer.toFixed(1)} ms`,
      against: '–',
      ratio: `${answer.toFixed(1)} ms`,
      limit: `${answerLimitMs} ms`,
      met: answer <= answerLimitMs,
    },
  ];
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

function readActivations(file: string): Activation[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const report = JSON.parse(line) as Report;
    if ('error' in report) throw new Error(report.error);
    return report;
  });
}

async function untilLines(file: string, count: number): Promise<void> {
  const end = Date.now() + roundLimitMs;
  while (readActivations(file).length < count) {
    if (Date.now() > end) throw new Error('The extension host did not report an activation in time.');
    await sleep(100);
  }
}
