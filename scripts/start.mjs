// npm start
//
// Installs, builds, and opens VS Code with the extension on a copy of the example workspace: the desktop
// VS Code of VSCODE_PATH, of `code` on PATH, or a downloaded one; otherwise a VS Code server, whose URL
// is printed. User data and workspace persist between starts.
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
  // Keeps files that were changed in an earlier start.
  cpSync(join(root, 'examples', 'math'), workspace, { recursive: true, force: false });
  const desktop = process.env.VSCODE_PATH ?? findInstalled() ?? (await findDesktop(nodePath));
  const child = desktop ? openDesktop(desktop) : await openServer(nodePath);
  forwardSignals(child);
  const [code] = await once(child, 'exit');
  return code ?? 0;
});

/** The VS Code of `code` on PATH. On Windows, `code` is a script, which needs a shell: then the program beside it. */
function findInstalled() {
  const code = findProgram('code');
  if (!code?.endsWith('.cmd')) return code;
  const program = join(dirname(code), '..', 'Code.exe');
  return existsSync(program) ? program : undefined;
}

function openDesktop(executable) {
  say(`Opening ${executable}. Press Ctrl+C to stop.`);
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
  say('No desktop VS Code found: starting a VS Code server. Press Ctrl+C to stop.');
  return start(nodePath, [join(root, 'out', 'test', 'host', 'start.js'), join(home, 'server'), workspace], {
    env: { ...process.env, VSCODE_SERVER_PATH: server },
    stdio: 'inherit',
  });
}
