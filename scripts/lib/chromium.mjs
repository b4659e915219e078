// The browser of the tests.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { capture, findProgram, isExecutable, run, say } from './process.mjs';

const names = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];
const places = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    join(process.env.PROGRAMFILES ?? 'C:\\Program Files', 'Google\\Chrome\\Application\\chrome.exe'),
    join(
      process.env['PROGRAMFILES(X86)'] ?? 'C:\\Program Files (x86)',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ),
  ],
};

/**
 * The path of a working Chromium, which is installed if none is found; undefined if that fails.
 * @param {string} nodePath the Node that runs playwright-core's installer
 */
export async function ensureChromium(nodePath) {
  const found =
    (await findChromium()) ?? (await installFromDebian()) ?? (await installFromPlaywright(nodePath));
  if (!found) say('Chromium was not found and could not be installed. Set CHROMIUM_PATH to its path.');
  return found;
}

async function findChromium() {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (await runs(given)) return given;
    throw new Error(`CHROMIUM_PATH is ${given}, which is not a working browser.`);
  }
  const candidates = [...names.map(findProgram), ...(places[process.platform] ?? [])];
  for (const candidate of candidates) {
    if (candidate && (await runs(candidate))) return candidate;
  }
  return undefined;
}

/** Whether a file is a working browser; it may be a stub that only prints how to install one. */
async function runs(file) {
  if (!isExecutable(file)) return false;
  // On Windows, chrome.exe --version opens a window.
  if (process.platform === 'win32') return true;
  return (await capture(file, ['--version'], { limitMs: 30_000 })).code === 0;
}

async function installFromDebian() {
  const prefix = await rootPrefix();
  if (!prefix) return undefined;
  say('Installing Chromium and a font for Chinese text from Debian…');
  const apt = (...args) =>
    run('env', ['DEBIAN_FRONTEND=noninteractive', ...prefix, 'apt-get', '-qq', ...args]);
  try {
    await apt('update');
    await apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-cjk');
  } catch (error) {
    say(error.message);
    return undefined;
  }
  return findChromium();
}

/** The words before a command that needs root: none, or those of sudo; undefined if root is not available. */
export async function rootPrefix() {
  if (!existsSync('/etc/debian_version') || !findProgram('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  const sudo = findProgram('sudo');
  if (!sudo || (await capture(sudo, ['-n', 'true'])).code !== 0) return undefined;
  return [sudo, '-n', 'DEBIAN_FRONTEND=noninteractive'];
}

async function installFromPlaywright(nodePath) {
  const cli = join(root, 'node_modules', 'playwright-core', 'cli.js');
  const place = async () => {
    const ask = "process.stdout.write(require('playwright-core').chromium.executablePath())";
    const { code, output } = await capture(nodePath, ['-e', ask], { cwd: root });
    return code === 0 && existsSync(output) && (await runs(output)) ? output : undefined;
  };
  const there = await place();
  if (there) return there;
  say('Installing Chromium through Playwright…');
  const { code, output } = await capture(nodePath, [cli, 'install', 'chromium'], { limitMs: 5 * 60_000 });
  if (code !== 0) say(output.trimEnd().split('\n').slice(-5).join('\n'));
  return place();
}
