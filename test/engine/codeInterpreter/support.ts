import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  CodeInterpreter,
  type CodeInterpreterOptions,
  type CodeOutput,
  type CodeResult,
  type RunOptions,
} from '../../../src/engine/tools/codeInterpreter/interpreter';

export const assets = resolve('dist/python');

/** Mocha's timeout: allows for interpreters that start on a busy machine. */
export const slow = 60_000;

export interface TestInterpreter {
  interpreter: CodeInterpreter;
  folder: string;
  run(code: string, options?: Partial<RunOptions> & { thread?: string }): Promise<CodeResult>;
}

/** An interpreter for the tests of one `describe`, with a folder of its own and no spare process. */
export function useInterpreter(options: Partial<CodeInterpreterOptions> = {}): TestInterpreter {
  const folder = mkdtempSync(join(tmpdir(), 'code-interpreter-'));
  const interpreter = new CodeInterpreter({
    folder: join(folder, 'threads'),
    assets,
    spare: false,
    ...options,
  });
  after(async () => {
    await interpreter.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    interpreter,
    folder,
    run: (code, { thread = 'thread_a', ...rest } = {}) =>
      interpreter.run(thread, code, { inputs: [], signal: new AbortController().signal, ...rest }),
  };
}

export function logsOf({ outputs }: { outputs: readonly CodeOutput[] }): string {
  return outputs.map((output) => (output.type === 'logs' ? output.logs : `<${output.name}>`)).join('');
}

const calls = 20;
const megabyte = 1024 * 1024;

/** Calls many times, and fails if the memory of this process grows with the calls. */
export async function staysBounded(call: () => Promise<void>): Promise<void> {
  const used: number[] = [];
  for (let count = 0; count < calls; count++) {
    await call();
    used.push(heapBytes());
  }
  // The least of five: a call that has just ended may not have released its last buffers.
  const growth = Math.min(...used.slice(-5)) - Math.min(...used.slice(0, 5));
  assert.ok(growth < 5 * megabyte, `the host keeps ${used.join(' ')}`);
}

/** The memory that JavaScript objects of this process keep, after garbage collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
