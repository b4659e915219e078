// Installs what the other scripts need, so it uses only built-in modules of Node 20. Each function is
// fast if there is nothing to do, may be interrupted at any time, and may run in several processes at once.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { withLock } from './lock.mjs';
import { cacheRoot, root } from './paths.mjs';
import { capture, npm, say } from './process.mjs';

const nodeVersion = '24.21.0';

/** Installs the packages of package-lock.json if they are missing. */
export async function ensureDependencies() {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lockText).digest('hex');
  const stamp = join(root, 'node_modules', '.assistants-studio-lock-hash');
  const isDone = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
  if (isDone()) return;
  const lock = join(cacheRoot, 'locks', createHash('sha256').update(root).digest('hex').slice(0, 16));
  await withLock(lock, async () => {
    if (isDone()) return;
    if (!matchesInstalled(JSON.parse(lockText))) {
      say('Installing the packages of package-lock.json…');
      await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root });
    }
    writeFileSync(stamp, hash);
  });
}

/** Whether npm's record of its last complete install matches the lock file. */
function matchesInstalled(lock) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '');
  // Optional packages of other platforms are only in the lock file.
  const complete = wanted.every(([path, { version, optional }]) =>
    path in installed ? installed[path].version === version : optional === true,
  );
  return complete && Object.keys(installed).every((path) => path in lock.packages);
}

/** The path of a Node 24: this one, or one in the cache folder. */
export async function ensureNode() {
  if (process.versions.node.split('.')[0] === '24') return process.execPath;
  const folder = join(cacheRoot, `node-${nodeVersion}-${process.platform}-${process.arch}`);
  const isWindows = process.platform === 'win32';
  // The names of the packages that hold Node's binaries, as the npm package `node` chooses them.
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${isWindows ? 'win' : process.platform}-${process.arch}`;
  const path = join(folder, 'node_modules', name, 'bin', isWindows ? 'node.exe' : 'node');
  await installOnce(folder, `Node ${nodeVersion}`, async (target) => {
    await installPackage(target, `${name}@${nodeVersion}`).catch(() => installPackage(target, `${name}@24`));
  });
  const { code, output } = await capture(path, ['--version']);
  if (code !== 0)
    throw new Error(`${path} does not run (${code}): ${output}\nDelete ${folder} to reinstall it.`);
  return path;
}

/** Installs one package into a folder, without running its install scripts. */
export async function installPackage(folder, spec, options = {}) {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
  const flags = ['--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
  await npm(['install', ...flags, spec], { cwd: folder, ...options });
}

/**
 * Creates a folder by `fill(temporaryFolder)` and a rename at the end, so that a folder that exists is
 * always complete.
 */
export async function installOnce(folder, what, fill) {
  if (existsSync(folder)) return;
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    const parent = dirname(folder);
    const prefix = `${basename(folder)}.part-`;
    // While the lock is held, any other temporary folder is from an interrupted run.
    for (const name of readdirSync(parent)) {
      if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true });
    }
    say(`Installing ${what} into ${parent}, once…`);
    const part = join(parent, prefix + process.pid);
    mkdirSync(part, { recursive: true });
    await fill(part);
    renameSync(part, folder);
  });
}
