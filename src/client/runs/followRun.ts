import { setTimeout as delay } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep, RunStepInclude } from 'openai/resources/beta/threads/runs/steps';
import type { Stream } from 'openai/streaming';
import { isUnsupported, isUnreachable } from '../errors/errors';
import { includesTurn } from '../../protocol/turns';
import { isActive } from './runStatus';

/** What steps are asked to include; unknown to the client's types alone. */
export const turnInclude = [includesTurn as RunStepInclude];

/** Milliseconds between polls of a run, for servers without the event endpoint. */
const pollInterval = 500;

/** Milliseconds before each retry while a server cannot be reached. */
const retryDelays = [500, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000, 30_000];

/**
 * Follows a run that is already in progress: yields its present state, steps and messages, then its
 * events, until it ends or requires action. Retries while the network is unavailable.
 */
export async function* followRun(
  client: OpenAI,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): AsyncGenerator<AssistantStreamEvent> {
  let failedAttempts = 0;
  for (;;) {
    try {
      for await (const event of eventsOf(client, threadId, runId, signal)) {
        failedAttempts = 0;
        yield event;
      }
      return;
    } catch (error) {
      const retryDelay = retryDelays[failedAttempts++];
      if (signal.aborted || retryDelay === undefined || !isUnreachable(error)) throw error;
      await delay(retryDelay, undefined, { signal });
    }
  }
}

async function* eventsOf(
  client: OpenAI,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): AsyncGenerator<AssistantStreamEvent> {
  const stream = await openEvents(client, threadId, runId, signal);
  if (stream) yield* stream;
  else yield* pollRun(client, threadId, runId, signal);
}

async function openEvents(
  client: OpenAI,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): Promise<Stream<AssistantStreamEvent> | undefined> {
  try {
    return await client.get<Stream<AssistantStreamEvent>>(`/threads/${threadId}/runs/${runId}/events`, {
      stream: true,
      query: { include: turnInclude },
      signal,
    });
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    throw error;
  }
}

async function* pollRun(
  client: OpenAI,
  threadId: string,
  runId: string,
  signal: AbortSignal,
): AsyncGenerator<AssistantStreamEvent> {
  for (;;) {
    // The run first: messages that are read after it ended are complete.
    const run = await client.beta.threads.runs.retrieve(runId, { thread_id: threadId }, { signal });
    const page = await client.beta.threads.messages.list(
      threadId,
      { run_id: runId, order: 'asc', limit: 100 },
      { signal },
    );
    const steps = await client.beta.threads.runs.steps.list(
      runId,
      { thread_id: threadId, order: 'asc', limit: 100, include: turnInclude },
      { signal },
    );
    for (const step of steps.data) yield stepEvent(step);
    for (const message of page.data) yield { event: 'thread.message.created', data: message };
    yield runEvent(run);
    if (!isActive(run) || run.status === 'requires_action') return;
    await delay(pollInterval, undefined, { signal });
  }
}

/** A run's state as the event that a stream would have sent. */
function runEvent(run: Run): AssistantStreamEvent {
  return { event: `thread.run.${run.status}`, data: run };
}

function stepEvent(step: RunStep): AssistantStreamEvent {
  return { event: `thread.run.step.${step.status}`, data: step };
}
