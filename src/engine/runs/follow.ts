import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { Store } from '../store/store';
import { messageEvent, runEvent, type RunReader, stepEvent } from './events';
import type { RunManager } from './manager';
import { hasEnded } from './state';

/** How often a run that another process executes is read from the store, in milliseconds. */
const pollInterval = 250;

/**
 * Reads a run from its present state to its end, or until it waits for the user: first the run, its
 * calls under way and the message it is writing, then its events. Returns a function that stops reading.
 */
export function followRun(store: Store, runs: RunManager, run: Run, reader: RunReader): () => void {
  reader.event(runEvent(run));
  if (isSettled(run)) {
    reader.end();
    return () => undefined;
  }
  return runs.isExecuting(run.id)
    ? followHere(store, runs, run, reader)
    : followElsewhere(store, run, reader);
}

function followHere(store: Store, runs: RunManager, run: Run, reader: RunReader): () => void {
  runs.checkpoint(run.id);
  for (const step of callsOf(store, run).filter(({ status }) => status === 'in_progress')) {
    reader.event({ event: 'thread.run.step.created', data: step });
  }
  if (reader.turnEvent) {
    for (const step of turnsOf(store, run).filter(({ status }) => status === 'in_progress'))
      reader.turnEvent({ event: 'thread.run.step.created', data: step });
  }
  const message = messageInProgress(store, run);
  if (message) reader.event({ event: 'thread.message.created', data: message });
  // The steps may have the beginning of an output, which the next piece continues.
  return runs.events.subscribe(run.id, { ...reader, outputs: 'piece' });
}

/** Polls the store for a run that another process executes, and reports what changed as events. */
function followElsewhere(store: Store, run: Run, reader: RunReader): () => void {
  let seenRun = JSON.stringify(run);
  const seen = new Map<string, Message>();
  const seenSteps = new Map<string, string>();
  const seenTurns = new Map<string, string>();
  const compare = (): void => {
    const now = store.runs.get(run.id);
    if (now) for (const step of callsOf(store, now)) reportStep(seenSteps, step, reader);
    if (now && reader.turnEvent)
      for (const step of turnsOf(store, now)) reportTurn(store, seenTurns, step, reader);
    if (now) for (const message of messagesOf(store, now)) reportMessage(seen, message, reader);
    if (now && JSON.stringify(now) !== seenRun) reader.event(runEvent(now));
    seenRun = JSON.stringify(now);
    if (now && !isSettled(now)) return;
    clearInterval(timer);
    reader.end();
  };
  const look = (): void => {
    try {
      compare();
    } catch {
      // The store is closed or unavailable. The reader sees that the run has not ended, and may retry.
      clearInterval(timer);
      reader.end();
    }
  };
  // It keeps the process alive: a reader may be all that waits.
  const timer = setInterval(look, pollInterval);
  look();
  return () => clearInterval(timer);
}

/** Reports a step of calls as a whole: readers of a run of another process get no step deltas. */
function reportStep(seen: Map<string, string>, step: RunStep, reader: RunReader): void {
  const now = JSON.stringify(step);
  const before = seen.get(step.id);
  if (before === now) return;
  seen.set(step.id, now);
  const isOpen = step.status === 'in_progress';
  if (isOpen || before === undefined) reader.event({ event: 'thread.run.step.created', data: step });
  if (!isOpen) reader.event(stepEvent(step));
}

/** Reports a step that has no calls, if its status or its model turn has changed. */
function reportTurn(store: Store, seen: Map<string, string>, step: RunStep, reader: RunReader): void {
  const now = `${step.status} ${store.steps.turnLength(step.id)}`;
  if (seen.get(step.id) === now) return;
  seen.set(step.id, now);
  const event = step.status === 'in_progress' ? 'created' : step.status;
  reader.turnEvent?.({ event: `thread.run.step.${event}`, data: step });
}

/** Reports how a message has changed since the reader last saw it. */
function reportMessage(seen: Map<string, Message>, message: Message, reader: RunReader): void {
  const before = seen.get(message.id);
  if (before && JSON.stringify(before) === JSON.stringify(message)) return;
  seen.set(message.id, message);
  if (message.status !== 'in_progress') {
    if (!before) reader.event({ event: 'thread.message.created', data: message });
    reader.event(messageEvent(message));
    return;
  }
  const added = before && addedText(before, message);
  if (added === undefined) {
    reader.event({ event: 'thread.message.created', data: message });
    return;
  }
  const delta = {
    content: [{ index: message.content.length - 1, type: 'text' as const, text: { value: added } }],
  };
  reader.event({
    event: 'thread.message.delta',
    data: { id: message.id, object: 'thread.message.delta', delta },
  });
}

/** The text added at the end of a message; undefined if anything else has changed. */
function addedText(before: Message, now: Message): string | undefined {
  const old = before.content.at(-1);
  const last = now.content.at(-1);
  if (old?.type !== 'text' || last?.type !== 'text' || before.content.length !== now.content.length)
    return undefined;
  return last.text.value.startsWith(old.text.value)
    ? last.text.value.slice(old.text.value.length)
    : undefined;
}

function callsOf(store: Store, run: Run): RunStep[] {
  return store.steps.ofRun(run.id).filter((step) => step.type === 'tool_calls');
}

/** The steps that only readers of model turns get with the present state: of messages, and the hidden one. */
function turnsOf(store: Store, run: Run): RunStep[] {
  const hidden = store.steps.hiddenOf(run.id);
  const steps = store.steps.ofRun(run.id).filter((step) => step.type !== 'tool_calls');
  return hidden ? [...steps, hidden] : steps;
}

function messagesOf(store: Store, run: Run): Message[] {
  return store.messages.all({ run_id: run.id }).filter((message) => message.role === 'assistant');
}

function messageInProgress(store: Store, run: Run): Message | undefined {
  return messagesOf(store, run).find((message) => message.status === 'in_progress');
}

function isSettled(run: Run): boolean {
  return hasEnded(run) || run.status === 'requires_action';
}
