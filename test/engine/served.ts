import assert from 'node:assert/strict';
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterTest } from './support';

/** The built server, as `npm run serve` starts it. */
export const program = join(process.cwd(), 'dist', 'serve.js');

export interface Served {
  /** With `/v1`. */
  baseURL: string;
  child: ChildProcess;
  /** Its standard error so far. */
  stderr: () => string;
  /** Sends SIGTERM; resolves with its exit code. */
  end: () => Promise<number | null>;
}

/** Starts it with these options. Killed after the test. */
export function serve(...options: string[]): Promise<Served> {
  return start([process.execPath, program, ...options]);
}

/** Starts one that was built elsewhere. */
export function serveFrom(file: string): Promise<Served> {
  return start([process.execPath, file]);
}

/** Starts it through a wrapper command, which must `exec` it so that the process stays the same. */
export function serveThrough(command: readonly string[], ...options: string[]): Promise<Served> {
  return start([...command, process.execPath, program, ...options]);
}

/** Starts it with additional environment variables. */
export function serveWith(env: Record<string, string>, ...options: string[]): Promise<Served> {
  return start([process.execPath, program, ...options], env);
}

async function start(
  [file = '', ...args]: readonly string[],
  env: Record<string, string> = {},
): Promise<Served> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const child = spawn(file, args, { stdio, env: { ...process.env, ...env } });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  afterTest(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let stderr = '';
  child.stderr!.on('data', (piece: Buffer) => {
    stderr += piece.toString();
    process.stderr.write(piece);
  });
  const lines = createInterface({ input: child.stdout as Readable });
  const [line] = (await once(lines, 'line')) as [string];
  assert.match(line, /^listening http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const end = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    const [code] = await exited;
    return code;
  };
  return { baseURL: line.slice('listening '.length), child, stderr: () => stderr, end };
}
