import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CodeInterpreter } from '../src/engine/tools/codeInterpreter/interpreter';
import { root } from '../test/host/paths';
import type { Row } from './row';

const idleMs = 300;
const limit = 1.2;

/** Memory of the interpreter while in use, and that it is freed once the idle interpreter is closed. */
export async function rows(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-code-memory-'));
  const assets = path.join(root, 'dist', 'python');
  const interpreter = new CodeInterpreter({ folder, assets, spare: false, idleMs });
  const { signal } = new AbortController();
  try {
    const before = memoryMb();
    await interpreter.run('thread_bench', 'x = 1', { inputs: [], signal });
    const inUse = memoryMb();
    // It is closed after its idle time; its process takes a moment to exit.
    await sleep(idleMs + 3_000);
    const after = memoryMb();
    return [
      {
        what: `memory with child processes, once the idle code interpreter is closed (in use: ${inUse.toFixed(0)} MB)`,
        measured: `${after.toFixed(0)} MB`,
        against: `${before.toFixed(0)} MB (before its first use)`,
        ratio: `${(after / before).toFixed(2)}×`,
        limit: `${limit}×`,
        met: after <= before * limit,
      },
    ];
  } finally {
    await interpreter.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Memory of this process and, on Linux, its children. */
function memoryMb(): number {
  collectGarbage();
  const children = `/proc/self/task/${process.pid}/children`;
  const ids = existsSync(children) ? readFileSync(children, 'utf8').split(' ').filter(Boolean) : [];
  const bytes = ids.reduce((sum, id) => sum + residentBytes(id), process.memoryUsage.rss());
  return bytes / 1024 / 1024;
}

function residentBytes(processId: string): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
