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

/** Starts `worker.ts`, which the build has put beside this; `wrapper` is a command that starts another one. */
export async function startWorker(dataDir: string, wrapper: readonly string[] = []): Promise<Worker> {
  const [execPath = '', ...execArgv] = [...wrapper, process.execPath];
  const child = fork(join(__dirname, 'worker.js'), [dataDir], { execPath, execArgv });
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
