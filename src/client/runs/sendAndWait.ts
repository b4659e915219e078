import { setTimeout as delay } from 'node:timers/promises';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { Conversations, Outgoing } from './conversations';
import type { RunMonitor } from './runMonitor';
import { isActive } from './runStatus';

/** Milliseconds before a run whose events cannot be read is looked at again. */
const retryDelay = 1_000;

/**
 * Sends a message, and resolves when the run that answers it has ended. Function calls are answered as in the chat.
 * Aborting the signal cancels the run, and rejects with its reason.
 */
export async function sendAndWait(
  { conversations, monitor }: { conversations: Conversations; monitor: RunMonitor },
  outgoing: Outgoing,
  signal: AbortSignal,
): Promise<Run> {
  signal.throwIfAborted();
  const { run } = await conversations.send(outgoing);
  try {
    return await end(monitor, run, signal);
  } catch (error) {
    // It may have ended meanwhile.
    if (signal.aborted) await monitor.stop(run).catch(() => undefined);
    throw error;
  }
}

async function end(monitor: RunMonitor, run: Run, signal: AbortSignal): Promise<Run> {
  for (;;) {
    signal.throwIfAborted();
    const current = await unlessAborted(monitor.waitFor(run), signal);
    if (!isActive(current)) return current;
    if (current.status === 'requires_action') await change(monitor, current, signal);
    else {
      await delay(retryDelay, undefined, { signal });
      await monitor.refresh(run.thread_id);
    }
  }
}

/** Resolves when a run that requires action is known to have another status. */
function change(monitor: RunMonitor, { id, thread_id, status }: Run, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      listener.dispose();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const look = (): void => {
      const newest = monitor.newestRun(thread_id);
      if (newest?.id !== id || newest.status !== status) finish(resolve);
    };
    const onAbort = (): void => finish(() => reject(signal.reason as Error));
    const listener = monitor.onDidChangeRun(look);
    signal.addEventListener('abort', onAbort, { once: true });
    look();
  });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
