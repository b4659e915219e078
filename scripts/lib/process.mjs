// Child processes that end with this one.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const windows = process.platform === 'win32';
const children = new Set();
const minute = 60_000;

/** A command that did not do its work; the message holds the end of what it printed. */
export class CommandError extends Error {
  name = 'CommandError';
}

/**
 * Starts a command in a process group of its own, which is killed when this process ends.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start(command, args, options = {}) {
  // A detached child is a group leader: killing the group takes its own children along.
  const child = spawn(command, args, { detached: !windows, windowsHide: true, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Ends a child and its children: asks first, insists after `graceMs`. */
export async function stop(child, graceMs = 5_000) {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    signalGroup(child, 'SIGTERM');
    const insist = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
    await exited;
    clearTimeout(insist);
  }
  // Whoever of the group outlived its leader.
  signalGroup(child, 'SIGKILL');
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (windows) child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Runs `cleanUp` once on Ctrl-C or a request to end, then ends; a second signal ends at once. */
function onEnd(cleanUp) {
  let ending = false;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ]) {
    process.on(signal, () => {
      if (ending) process.exit(code);
      ending = true;
      Promise.resolve(cleanUp(signal)).then(
        () => process.exit(code),
        () => process.exit(code),
      );
    });
  }
}

/** Lets a child decide what Ctrl-C or a request to end means; this process ends when it does. */
export function forwardSignals(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.removeAllListeners(signal);
    process.on(signal, () => signalGroup(child, signal));
  }
}

onEnd(() => Promise.all([...children].map((child) => stop(child, 3_000))));
process.on('exit', () => {
  for (const child of children) signalGroup(child, 'SIGKILL');
});

// npm passes SIGTERM to the shell between it and this process, and the shell keeps it to itself.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  const check = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(check);
    process.kill(process.pid, 'SIGTERM');
  }, 200);
  check.unref();
}

/**
 * Runs a command to its end. Its output is kept and told only when it fails, unless `show` is set.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, limitMs?: number }} [options]
 * @returns {Promise<string>} what it printed, both streams
 */
export async function run(command, args, { cwd, env, show = false, limitMs = 15 * minute } = {}) {
  const { code, output } = await capture(command, args, { cwd, env, show, limitMs });
  if (code !== 0)
    throw new CommandError(`«${[command, ...args].join(' ')}» failed (${code}).\n${tail(output)}`);
  return output;
}

/** As {@link run}, but a failure is an answer: the exit code, or what ended the command. */
export async function capture(command, args, { cwd, env, show = false, limitMs = 15 * minute } = {}) {
  const child = start(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    from.setEncoding('utf8');
    from.on('data', (text) => {
      output += text;
      if (show) to.write(text);
    });
  }
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    void stop(child);
  }, limitMs);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  clearTimeout(limit);
  return { code: late ? `no end after ${Math.round(limitMs / 1000)} s` : code, output };
}

function tail(text, lines = 40) {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/** The full path of a program on PATH, if it is there. */
export function findProgram(name) {
  const names = windows ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const candidate of names.map((file) => join(folder, file))) {
      if (isExecutable(candidate)) return candidate;
    }
  }
  return undefined;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs npm, with the given Node, as if typed in `cwd`. */
export function npm(args, { cwd, nodePath = process.execPath, env = {} }) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetByNpm(name)));
  const childEnv = { ...own, PATH: dirname(nodePath) + delimiter + (process.env.PATH ?? ''), ...env };
  const cli = process.env.npm_execpath;
  // Under `npm run` its own file is known; else the one on PATH, which Windows starts only by its .cmd.
  if (cli?.endsWith('.js')) return run(nodePath, [cli, ...args], { cwd, env: childEnv });
  if (windows) return run('cmd.exe', ['/d', '/c', 'npm', ...args], { cwd, env: childEnv });
  return run('npm', args, { cwd, env: childEnv });
}

/** What `npm run` tells its scripts about the package they belong to; it would mislead an npm elsewhere. */
function isSetByNpm(name) {
  return /^npm_(package|lifecycle)_|^npm_config_(local_prefix|global_prefix|prefix)$|^INIT_CWD$/.test(name);
}

/** One line on what is being done, where it does not mix with a program's output. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
