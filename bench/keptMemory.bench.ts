/** What documents and Python calls leave in memory, and how many interpreters keep their variables. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CodeResult } from '../src/engine/tools/codeInterpreter/codeTypes';
import { CodeInterpreter } from '../src/engine/tools/codeInterpreter/interpreter';
import { DocumentReader } from '../src/engine/tools/fileSearch/documentReader';
import { bytesInUse } from './memory';
import { inFolder } from './inFolder';
import type { Benchmark, Row } from './row';

const calls = 40;
const bytes = 8 * 1024 * 1024;
/** Of the output of a call; more is cut. */
const outputBytes = 900_000;
const interpreters = 5;
/** How much may be left after all calls, in MB. */
const maxKept = 5;

export const rows = {
  documents: () => inFolder(documents),
  pythonOutput: () => inFolder((folder) => withPython(folder, pythonOutput)),
  interpreters: () => inFolder((folder) => withPython(folder, variables)),
} satisfies Benchmark['rows'];

async function withPython(folder: string, measure: (python: CodeInterpreter) => Promise<Row>): Promise<Row> {
  const python = new CodeInterpreter({ folder, assets: resolve('dist/python'), spare: false });
  try {
    return await measure(python);
  } finally {
    await python.close();
  }
}

async function documents(folder: string): Promise<Row> {
  const path = join(folder, 'large.txt');
  writeFileSync(path, 'The tide turns, and the ships go out with it. \n'.repeat(bytes / 48));
  const reader = new DocumentReader({ script: resolve('dist/reader/reader.mjs') });
  try {
    return await keptRow(`a document of ${bytes / 2 ** 20} MB is read ${calls} times`, () =>
      reader.read(path, 'large.txt', new AbortController().signal),
    );
  } finally {
    reader.close();
  }
}

function pythonOutput(python: CodeInterpreter): Promise<Row> {
  return keptRow(
    `Python prints ${outputBytes.toLocaleString('en')} characters in each of ${calls} calls`,
    () => run(python, 'thread_bench', `print("x" * ${outputBytes})`),
  );
}

async function keptRow(what: string, call: () => Promise<unknown>): Promise<Row> {
  const megabytes = async (): Promise<number> => {
    // Buffers are freed in the background.
    await new Promise((done) => setTimeout(done, 500));
    return bytesInUse() / 2 ** 20;
  };
  await call();
  const before = await megabytes();
  for (let i = 0; i < calls; i++) await call();
  const after = await megabytes();
  return {
    what: `memory in use after ${what}`,
    measured: `${after.toFixed(1)} MB`,
    against: `${before.toFixed(1)} MB after the first`,
    ratio: `${(after - before).toFixed(1)} MB`,
    limit: `${maxKept} MB`,
    met: after - before <= maxKept,
  };
}

async function variables(python: CodeInterpreter): Promise<Row> {
  const threads = Array.from({ length: interpreters }, (_, i) => `thread_${i}`);
  await Promise.all(threads.map((thread, i) => run(python, thread, `x = ${i}`)));
  const results = await Promise.all(threads.map((thread, i) => run(python, thread, `assert x == ${i}`)));
  const kept = results.filter(({ ok }) => ok).length;
  return {
    what: `interpreters of ${interpreters} threads, used in turns, that keep their variables`,
    measured: String(kept),
    against: '–',
    ratio: String(kept),
    limit: String(interpreters),
    met: kept === interpreters,
  };
}

function run(python: CodeInterpreter, thread: string, code: string): Promise<CodeResult> {
  return python.run(thread, code, { inputs: [], signal: new AbortController().signal });
}
