import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadPyodide } from 'pyodide';
import { CodeInterpreter } from '../src/engine/tools/codeInterpreter/interpreter';
import { root } from '../test/host/paths';
import { median, type Row } from './row';

const code = '1 + 1';
const warmCalls = 51;
const firstLimit = 2;
const warmLimitMs = 15;

/** The sandboxed interpreter compared with plain Pyodide in this process. */
export async function rows(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-code-interpreter-'));
  const assets = path.join(root, 'dist', 'python');
  const interpreter = new CodeInterpreter({ folder, assets, spare: false });
  const { signal } = new AbortController();
  try {
    let bare: Awaited<ReturnType<typeof loadPyodide>> | undefined;
    const bareFirst = await time(async () => {
      bare = await loadPyodide();
      bare.runPython(code);
    });
    const call = () => interpreter.run('thread_bench', code, { inputs: [], signal });
    const first = await time(call);
    const warm: number[] = [];
    const bareWarm: number[] = [];
    for (let count = 0; count < warmCalls; count += 1) {
      warm.push(await time(call));
      bareWarm.push(await time(() => Promise.resolve(bare?.runPython(code))));
    }
    return [firstRow(first, bareFirst), warmRow(median(warm), median(bareWarm))];
  } finally {
    await interpreter.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function firstRow(measured: number, against: number): Row {
  return {
    what: 'first code interpreter call, none kept ready',
    measured: `${measured.toFixed(0)} ms`,
    against: `Pyodide in process ${against.toFixed(0)} ms`,
    ratio: `${(measured / against).toFixed(2)}×`,
    limit: `${firstLimit}×`,
    met: measured <= against * firstLimit,
  };
}

function warmRow(measured: number, against: number): Row {
  return {
    what: 'warm code interpreter call (1 + 1)',
    measured: `${measured.toFixed(2)} ms`,
    against: `Pyodide in process ${against.toFixed(2)} ms`,
    ratio: `+${(measured - against).toFixed(2)} ms`,
    limit: `+${warmLimitMs} ms`,
    met: measured - against <= warmLimitMs,
  };
}
