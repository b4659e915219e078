import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import OpenAI from 'openai';
import type { Random } from './random';

const maxLifetimeMs = 900;

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

/**
 * Uses two engines, and kills one of them after a while and starts another in its place, again and again. `use` ends when it
 * is told to. `report` is called after some of the kills.
 */
export async function killInTurns(
  workers: [Worker, Worker],
  start: () => Promise<Worker>,
  use: (at: number, stop: AbortSignal) => Promise<void>,
  { random, kills }: { random: Random; kills: number },
  report: (killed: number) => void,
): Promise<void> {
  for (let killed = 0; killed < kills; killed++) {
    const stop = new AbortController();
    const work = Promise.all([use(0, stop.signal), use(1, stop.signal)]);
    await Promise.race([sleep(random.below(maxLifetimeMs)), work]);
    const victim = random.below(2);
    await workers[victim]!.kill();
    stop.abort();
    await work;
    workers[victim] = await start();
    if (killed % 10 === 0) report(killed);
  }
}
