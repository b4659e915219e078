import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import OpenAI from 'openai';

/** An engine in a process of its own, over a data folder. */
export interface Worker {
  client: OpenAI;
  child: ChildProcess;
  /** Sends SIGKILL; resolves when the process is gone. */
  kill: () => Promise<void>;
}

export interface WorkerOptions {
  /** The engine's script, which the build has put beside this one. */
  script?: string;
  /** More arguments of the script. */
  args?: readonly string[];
  /** A command that starts another one. */
  wrapper?: readonly string[];
}

/** Starts an engine, and waits until it listens. */
export async function startWorker(
  dataDir: string,
  { script = 'worker.js', args = [], wrapper = [] }: WorkerOptions = {},
): Promise<Worker> {
  const [execPath = '', ...execArgv] = [...wrapper, process.execPath];
  const child = fork(join(__dirname, script), [dataDir, ...args], { execPath, execArgv });
  const exited = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), exited.then(() => undefined)]);
  if (!first) throw new Error('The worker ended before it listened.');
  return {
    client: new OpenAI({ apiKey: 'any', baseURL: String(first[0]), maxRetries: 0 }),
    child,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
