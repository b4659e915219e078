// npm start
//
// Installs, builds, and opens VS Code with the extension on a copy of the example workspace: the
// desktop VS Code of VSCODE_PATH, of `code` on PATH or of a download; else a VS Code server, whose
// address is printed for a browser. User data and workspace are kept from one start to the next.
import { once } from 'node:events';
import { cpSync, mkdirSync, writeFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findDesktop } from './lib/desktop.mjs';
import { cacheRoot, root } from './lib/paths.mjs';
import { findProgram, forwardSignals, say, start } from './lib/process.mjs';
import { build, ensureToolchain, main } from './lib/toolchain.mjs';
import { ensureVSCodeHost } from './lib/vscode-host.mjs';

const home = join(cacheRoot, 'start');
const workspace = join(home, 'math');

await main(async () => {
  const nodePath = await ensureToolchain();
  say('Building…');
  await build(nodePath, ['--host']);
  // What was changed in an earlier start stays as it is.
  cpSync(join(root, 'examples', 'math'), workspace, { recursive: true, force: false });
  const desktop = process.env.VSCODE_PATH ?? findInstalled() ?? (await findDesktop(nodePath));
  const child = desktop ? openDesktop(desktop) : await openServer(nodePath);
  forwardSignals(child);
  const [code] = await once(child, 'exit');
  return code ?? 0;
});

/** The VS Code that `code` on PATH stands for; on Windows that is a script beside it, which needs a shell. */
function findInstalled() {
  const code = findProgram('code');
  if (!code?.endsWith('.cmd')) return code;
  const program = join(dirname(code), '..', 'Code.exe');
  return existsSync(program) ? program : undefined;
}

function openDesktop(executable) {
  say(`Opening ${executable}. Ctrl-C ends it.`);
  const userData = join(home, 'desktop');
  const settings = join(userData, 'User', 'settings.json');
  mkdirSync(join(userData, 'User'), { recursive: true });
  if (!existsSync(settings)) writeFileSync(settings, '{ "security.workspace.trust.enabled": false }\n');
  const folders = ['--user-data-dir', userData, '--extensions-dir', join(home, 'desktop-extensions')];
  const args = ['--wait', '--new-window', ...folders, `--extensionDevelopmentPath=${root}`, workspace];
  return start(executable, args, { stdio: 'inherit' });
}

async function openServer(nodePath) {
  const server = await ensureVSCodeHost(nodePath);
  say('There is no desktop VS Code here: starting its server. Ctrl-C ends it.');
  return start(nodePath, [join(root, 'out', 'test', 'host', 'start.js'), join(home, 'server'), workspace], {
    env: { ...process.env, VSCODE_SERVER_PATH: server },
    stdio: 'inherit',
  });
}
