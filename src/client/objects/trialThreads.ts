import { hostname } from 'node:os';
import type OpenAI from 'openai';
import type { Thread } from 'openai/resources/beta/threads/threads';
import { listThreads } from '../client';
import { isAlive } from '../../engine/process/isAlive';
import { isNotFound } from '../errors/errors';

/** The key of a thread's metadata that marks it as one to try an assistant in: `host pid` of its window. */
const trialKey = 'assistants_studio_trial';

/** Seconds after which a trial thread is deleted even if a process has its window's id. */
const maxAge = 7 * 24 * 3600;

/** Threads looked through for those that a crash has left behind. */
const sweptThreads = 100;

/** The metadata of a new trial thread of this window. */
export function trialMetadata(): Record<string, string> {
  return { [trialKey]: `${hostname()} ${process.pid}` };
}

/** Whether a thread only serves to try an assistant: it is not listed, and is deleted with the form. */
export function isTrial({ metadata }: Pick<Thread, 'metadata'>): boolean {
  return metadata?.[trialKey] !== undefined;
}

/** Deletes the trial threads of windows that have crashed or were closed. */
export async function sweepTrials(client: OpenAI): Promise<void> {
  const { data } = await listThreads(client, { limit: sweptThreads });
  for (const thread of data.filter(isLeftOver)) {
    await client.beta.threads.delete(thread.id).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

function isLeftOver({ metadata, created_at }: Thread): boolean {
  const owner = metadata?.[trialKey];
  if (owner === undefined) return false;
  const [host, pid] = owner.split(' ');
  if (host === hostname() && Number(pid) === process.pid) return false;
  if (host === hostname() && !isAlive(Number(pid))) return true;
  return created_at < Date.now() / 1000 - maxAge;
}
