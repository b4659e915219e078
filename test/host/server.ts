/** VS Code's own server: the workbench in a browser, the extension host in Node. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromToolchain } from './paths';
import { defaultSettings, opensWalkthroughs, type Settings } from './settings';

export interface ServerOptions {
  /** The folder for user data, extensions and logs. Not deleted when the server stops. */
  dataDir: string;
  /** User settings on top of {@link defaultSettings}. If omitted, existing settings stay. */
  settings?: Settings;
  /** Folders of extensions to install; only read when a data folder is first used. */
  extensions?: readonly string[];
  /** Added to the environment of the extension host. */
  env?: Record<string, string>;
  /** A free port by default. The browser's storage is found again only on the same port. */
  port?: number;
}

export interface VSCodeServer {
  readonly port: number;
  /** The output so far. */
  output(): string;
  /** Resolves when the server has exited, for any reason. */
  readonly ended: Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const startLimitMs = 60_000;

/** Starts a server, and resolves once it listens. It is stopped when this process exits. */
export async function startServer(options: ServerOptions): Promise<VSCodeServer> {
  const { dataDir, settings, env, port = 0 } = options;
  writeSettings(dataDir, settings);
  for (const folder of options.extensions ?? []) copyExtension(dataDir, folder);
  const child = spawn(
    process.execPath,
    // Without the smoke test driver, a built VS Code ignores extensions under development.
    [
      ...serverArguments(dataDir),
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--enable-smoke-test-driver',
    ],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));

  let output = '';
  const listening = new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const match = /Extension host agent listening on (\d+)/.exec(output);
      if (match) resolve(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The VS Code server ended (${code}).\n${output}`)));
    setTimeout(
      () =>
        reject(new Error(`The VS Code server does not listen after ${startLimitMs / 1000} s.\n${output}`)),
      startLimitMs,
    ).unref();
  });
  try {
    const actualPort = await listening;
    const ended = once(child, 'exit').then(() => undefined);
    return { port: actualPort, output: () => output, ended, stop: (signal) => stopChild(child, signal) };
  } catch (error) {
    await stopChild(child);
    throw error;
  }
}

/** Installs a packaged extension into the server's extensions. */
export async function installVsix(dataDir: string, vsix: string): Promise<void> {
  const child = spawn(process.execPath, [...serverArguments(dataDir), '--install-extension', vsix], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${vsix} does not install (${code}).\n${output}`);
}

/** The folder of installed extensions. */
export const extensionsDir = (dataDir: string) => path.join(dataDir, 'extensions');

/** The folder of the extension's own data. */
export const storageDir = (dataDir: string) =>
  path.join(dataDir, 'data', 'User', 'globalStorage', 'assistants-studio.assistants-studio');

/** The end of the newest extension host log, for the report of a failed test. */
export function readLog(dataDir: string): string {
  const name = globSync('data/logs/**/remoteexthost.log', { cwd: dataDir }).sort().at(-1);
  return name ? `--- ${name}\n${tail(readFileSync(path.join(dataDir, name), 'utf8'))}` : '';
}

/** The last lines of a text, each cut to 300 characters. */
export function tail(text: string, lines = 60): string {
  const last = text.trimEnd().split('\n').slice(-lines);
  return last.map((line) => line.slice(0, 300)).join('\n');
}

function serverArguments(dataDir: string): string[] {
  return [
    path.join(fromToolchain('VSCODE_SERVER_PATH'), 'out', 'server-main.js'),
    '--without-connection-token',
    '--accept-server-license-terms',
    '--server-data-dir',
    dataDir,
    '--extensions-dir',
    extensionsDir(dataDir),
    '--telemetry-level',
    'off',
  ];
}

/** Installs by copying: until VS Code has written its list of extensions it accepts folders, but no links. */
function copyExtension(dataDir: string, folder: string): void {
  const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
  const { publisher, name, version } = JSON.parse(text) as Record<'publisher' | 'name' | 'version', string>;
  const target = path.join(extensionsDir(dataDir), `${publisher}.${name}-${version}`);
  cpSync(folder, target, { recursive: true });
}

function writeSettings(dataDir: string, settings: Settings | undefined): void {
  const file = path.join(dataDir, 'data', 'User', 'settings.json');
  if (!settings && existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  mkdirSync(extensionsDir(dataDir), { recursive: true });
  const all: Settings = { ...defaultSettings, ...settings };
  writeFileSync(file, JSON.stringify(all, null, 2));
  // Settings of the machine: a server does not take these from the user's.
  const machine = path.join(dataDir, 'data', 'Machine', 'settings.json');
  mkdirSync(path.dirname(machine), { recursive: true });
  writeFileSync(machine, JSON.stringify({ [opensWalkthroughs]: all[opensWalkthroughs] }));
}

/** On SIGTERM the server stops its extension hosts; on SIGKILL they exit by themselves within two seconds. */
async function stopChild(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const killTimer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(killTimer);
}
