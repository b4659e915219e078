// A VS Code server, for machines without a desktop, from the npm package `code-server`.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootPrefix } from './chromium.mjs';
import { installOnce, installPackage } from './install.mjs';
import { cacheRoot } from './paths.mjs';
import { findProgram, npm, run, say } from './process.mjs';

const version = '4.139.1';
/** The native modules that the server needs here; the others need headers that few machines have. */
const nativeModules = ['@vscode/spdlog', '@vscode/native-watchdog'];

/**
 * The folder of a VS Code server (`out/server-main.js` is its entry), installed once.
 * @param {string} nodePath the Node 24 the server will run on
 */
export async function ensureVSCodeHost(nodePath) {
  const folder = join(cacheRoot, `code-server-${version}-${process.platform}-${process.arch}`);
  await installOnce(folder, `a VS Code server (600 MB, a minute)`, async (target) => {
    await ensureCompiler();
    await installPackage(target, `code-server@${version}`, { nodePath });
    // Not by code-server's install script: it builds all native modules, including Kerberos.
    const vscode = join(target, 'node_modules', 'code-server', 'lib', 'vscode');
    const install = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
    await npm(install, { cwd: vscode, nodePath });
    await npm(['rebuild', ...nativeModules], { cwd: vscode, nodePath, env: headersOf(nodePath) });
    await npm(install, { cwd: join(vscode, 'extensions'), nodePath });
  });
  return join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
}

/**
 * The folder of Node's headers, if this Node came with them. Passed explicitly because npm's
 * configuration may name another Node's; without it, node-gyp downloads the headers.
 */
function headersOf(nodePath) {
  const folder = dirname(dirname(nodePath));
  return existsSync(join(folder, 'include', 'node', 'node.h')) ? { npm_config_nodedir: folder } : {};
}

async function ensureCompiler() {
  const missing = ['g++', 'make', 'python3'].filter((name) => !findProgram(name));
  const prefix = missing.length > 0 && process.platform === 'linux' ? await rootPrefix() : undefined;
  if (!prefix) return;
  say(`Installing ${missing.join(', ')} from Debian…`);
  const apt = (...args) =>
    run('env', ['DEBIAN_FRONTEND=noninteractive', ...prefix, 'apt-get', '-qq', ...args]);
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...missing);
}
