import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterTest } from './support';

/** The built server, as `npm run serve` starts it. */
export const program = join(process.cwd(), 'dist', 'serve.js');

/** Starts it with these options; it is ended after the test at the latest. */
export async function serve(
  ...options: string[]
): Promise<{ baseURL: string; child: ChildProcess; end: () => Promise<number | null> }> {
  const child = spawn(process.execPath, [program, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
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
