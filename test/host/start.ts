/** `npm start` without a desktop VS Code: `node out/test/host/start.js DATA_DIR WORKSPACE`. */
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { exitWithParent } from './parent';
import { root } from './paths';
import { startServer, type VSCodeServer } from './server';
import { opensWalkthroughs, type Settings } from './settings';
import { workbenchUrl } from './workbench';

/** The browser stores secrets and layout by origin, so the port should stay the same. */
const usualPort = 8931;

/** What a user's VS Code does by itself, and tests do not want: the walkthrough opens at the first start. */
const welcoming: Settings = { [opensWalkthroughs]: true };

async function main(): Promise<void> {
  const [dataDir, workspace] = process.argv.slice(2);
  if (!dataDir || !workspace) throw new Error('Expected a data folder and a workspace.');
  const port = (await isFree(usualPort)) ? usualPort : 0;
  const isFirst = !existsSync(path.join(dataDir, 'data', 'User', 'settings.json'));
  const server = await startServer({ dataDir, port, settings: isFirst ? welcoming : undefined });
  endWith(server);
  console.log(`Open ${workbenchUrl(server.port, workspace, { extension: root })}`);
}

function endWith(server: VSCodeServer): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.stop().then(() => process.exit(0)));
  }
  void server.ended.then(() => {
    console.error(server.output());
    process.exit(1);
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

exitWithParent();
main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
