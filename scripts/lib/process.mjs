// Child processes that end with this one.
import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const windows = process.platform === 'win32';
const children = new Set();
const minute = 60_000;

/** A command failed; the message contains the end of its output. */
export class CommandError extends Error {
  name = 'CommandError';
}

/**
 * Starts a command in its own process group, which is killed when this process ends.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start(command, args, options = {}) {
  // A detached child is a group leader: killing the group also kills its children.
  const child = spawn(command, args, { detached: !windows, windowsHide: true, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Ends a child and its children: SIGTERM first, SIGKILL after `graceMs` milliseconds. */
export async function stop(child, graceMs = 5_000) {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    signalGroup(child, 'SIGTERM');
    const insist = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
    await exited;
    clearTimeout(insist);
  }
  // Children that outlived the group leader.
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

/** On SIGINT, SIGTERM or SIGHUP, runs `cleanUp` and exits; a second signal exits at once. */
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

/** Forwards SIGINT, SIGTERM and SIGHUP to a child instead of exiting; the caller waits for its end. */
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

// npm sends SIGTERM to a shell between it and this process, which does not pass it on, and which outlives an
// npm that is killed: watch both.
if (process.env.npm_lifecycle_event) {
  const shell = isShell(process.ppid) ? process.ppid : undefined;
  const parents = () => `${process.ppid} ${shell && parentOf(shell)}`;
  const first = parents();
  const check = setInterval(() => {
    if (parents() === first) return;
    clearInterval(check);
    process.kill(process.pid, 'SIGTERM');
  }, 200);
  check.unref();
}

/** Whether a process is the shell of an npm script. Only known on Linux, where such shells stay. */
function isShell(pid) {
  return readProcess(pid, 'cmdline')?.split('\0')[1] === '-c';
}

/** The id of a process's parent; undefined if it is gone. Only known on Linux. */
function parentOf(pid) {
  // The second field, a name in parentheses, may contain anything.
  return readProcess(pid, 'stat')?.split(') ').at(-1).split(' ')[1];
}

function readProcess(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Runs a command to its end. Throws a CommandError with the end of its output if it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, limitMs?: number }} [options]
 * @returns {Promise<string>} its output on both streams
 */
export async function run(command, args, { cwd, env, show = false, limitMs = 15 * minute } = {}) {
  const { code, output } = await capture(command, args, { cwd, env, show, limitMs });
  if (code !== 0)
    throw new CommandError(`“${[command, ...args].join(' ')}” failed (${code}).\n${tail(output)}`);
  return output;
}

/** As {@link run}, but never throws: `code` is the exit code, the signal, or an error message. */
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

/** Runs npm with the given Node in the folder `cwd`. */
export function npm(args, { cwd, nodePath = process.execPath, env = {} }) {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !isSetByNpm(name)));
  const childEnv = { ...own, PATH: dirname(nodePath) + delimiter + (process.env.PATH ?? ''), ...env };
  const cli = process.env.npm_execpath;
  // `npm run` sets the path of its script; otherwise npm is on PATH, on Windows as a .cmd file.
  if (cli?.endsWith('.js')) return run(nodePath, [cli, ...args], { cwd, env: childEnv });
  if (windows) return run('cmd.exe', ['/d', '/c', 'npm', ...args], { cwd, env: childEnv });
  return run('npm', args, { cwd, env: childEnv });
}

/** Whether `npm run` set this variable about its own package; it would mislead an npm in another folder. */
function isSetByNpm(name) {
  return /^npm_(package|lifecycle)_|^npm_config_(local_prefix|global_prefix|prefix)$|^INIT_CWD$/.test(name);
}

/** Prints a line of progress on standard error, apart from a program's output. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
