import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { APIConnectionError, APIError } from 'openai';
import type OpenAI from 'openai';
import type { CrashOptions } from './crashRun';
import { Random } from './random';
import { startWorker, type Worker } from './workers';

const maxLifetimeMs = 6_000;
const threads = 2;

const listing = 'import os\nprint(",".join(sorted(os.listdir("/mnt/data"))))';

/**
 * Lets two engines run Python in the same threads, where each call writes a file of its own and both change a
 * shared one, while the engines are killed again and again. Fails if a file is missing whose run completed.
 * Returns how many files were written.
 */
export async function pythonCrashRun({ dataDir, seed, kills, progress }: CrashOptions): Promise<number> {
  const random = new Random(seed);
  const workers = await Promise.all([startPython(dataDir), startPython(dataDir)]);
  /** The files of completed runs, by thread. */
  const written = new Map<string, Set<string>>();
  let count = 0;
  try {
    const client = (at: number): OpenAI => (workers[at] as Worker).client;
    const assistant = await client(0).beta.assistants.create({
      model: 'any',
      tools: [{ type: 'code_interpreter' }],
    });
    while (written.size < threads) written.set((await client(0).beta.threads.create()).id, new Set());

    const use = async (at: number, stop: AbortSignal): Promise<void> => {
      while (!stop.aborted) {
        const [threadId, files] = random.pick([...written])!;
        const name = `file-${count++}.txt`;
        const code = `open("/mnt/data/${name}", "w").write("${name}")\nopen("/mnt/data/shared.txt", "a").write("${name}\\n")`;
        if (await runs(client(at), threadId, assistant.id, code)) files.add(name);
      }
    };
    for (let killed = 0; killed < kills; killed++) {
      const stop = new AbortController();
      const work = Promise.all([use(0, stop.signal), use(1, stop.signal)]);
      await Promise.race([sleep(random.below(maxLifetimeMs)), work]);
      const victim = random.below(2);
      await (workers[victim] as Worker).kill();
      stop.abort();
      await work;
      workers[victim] = await startPython(dataDir);
      if (killed % 10 === 0) progress?.(`${killed} kills of engines that run Python, ${count} files`);
    }
    for (const [threadId, files] of written) {
      for (const at of [0, 1]) {
        const there = new Set((await output(client(at), threadId, assistant.id)).trim().split(','));
        const missing = [...files].filter((name) => !there.has(name));
        assert.deepEqual(missing, [], `files of completed runs of ${threadId}`);
      }
    }
    return [...written.values()].reduce((sum, { size }) => sum + size, 0);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
}

function startPython(dataDir: string): Promise<Worker> {
  return startWorker(dataDir, { script: 'pythonWorker.js' });
}

/** Whether a run with this code completed, and its code did not fail. */
async function runs(client: OpenAI, threadId: string, assistant_id: string, code: string): Promise<boolean> {
  try {
    const run = await client.beta.threads.runs.createAndPoll(
      threadId,
      { assistant_id, additional_messages: [{ role: 'user', content: code }] },
      { pollIntervalMs: 20 },
    );
    if (run.status !== 'completed') return false;
    return !/Traceback|interpreter (failed|crashed)|was stopped|is missing/.test(
      await outputOf(client, threadId, run.id),
    );
  } catch (error) {
    if (!isExpected(error)) throw error;
    await sleep(50);
    return false;
  }
}

/** The files that code sees, once no other run is active in the thread. */
async function output(client: OpenAI, threadId: string, assistant_id: string): Promise<string> {
  for (;;) {
    try {
      const run = await client.beta.threads.runs.createAndPoll(
        threadId,
        { assistant_id, additional_messages: [{ role: 'user', content: listing }] },
        { pollIntervalMs: 20 },
      );
      assert.equal(run.status, 'completed', run.last_error?.message);
      return (await outputOf(client, threadId, run.id)).replace(/\[Python was restarted.*?\]\s*/, '');
    } catch (error) {
      if (!isExpected(error)) throw error;
      await sleep(100);
    }
  }
}

async function outputOf(client: OpenAI, thread_id: string, runId: string): Promise<string> {
  const { data } = await client.beta.threads.runs.steps.list(runId, { thread_id, order: 'asc' });
  return data
    .flatMap(({ step_details: details }) => (details.type === 'tool_calls' ? details.tool_calls : []))
    .flatMap((call) => (call.type === 'code_interpreter' ? call.code_interpreter.outputs : []))
    .map((shown) => (shown.type === 'logs' ? shown.logs : ''))
    .join('');
}

/** The process died during the request, or another run is active in the thread. */
function isExpected(error: unknown): boolean {
  if (error instanceof APIConnectionError) return true;
  if (error instanceof TypeError || (error instanceof Error && error.name === 'SyntaxError')) return true;
  return error instanceof APIError && error.status === 400;
}
