import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterTest } from './support';

/** The built server, as `npm run serve` starts it. */
export const program = join(process.cwd(), 'dist', 'serve.js');

export interface Served {
  /** With `/v1`. */
  baseURL: string;
  child: ChildProcess;
  /** Asks it to end; its exit code. */
  end: () => Promise<number | null>;
}

/** Starts it with these options; it is ended after the test at the latest. */
export function serve(...options: string[]): Promise<Served> {
  return serveThrough([], ...options);
}

/** Starts it by a command that runs the one that follows it; the process has to stay the same. */
export async function serveThrough(command: readonly string[], ...options: string[]): Promise<Served> {
  const [file = '', ...args] = [...command, process.execPath, program, ...options];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  afterTest(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  assert.match(line, /^listening http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const end = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    const [code] = await exited;
    return code;
  };
  return { baseURL: line.slice('listening '.length), child, end };
}
