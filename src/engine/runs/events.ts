import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';

/** One reader of a run's events. `end` comes once, after the last event. */
export interface RunReader {
  event(event: AssistantStreamEvent): void;
  end(): void;
}

/** Passes the events of the runs that this process executes to their readers. */
export class RunEvents {
  readonly #readers = new Map<string, Set<RunReader>>();

  /** Reads a run's events from now on. Returns a function that stops reading; the run continues. */
  subscribe(runId: string, reader: RunReader): () => void {
    const readers = this.#readers.get(runId) ?? new Set();
    this.#readers.set(runId, readers.add(reader));
    return () => {
      readers.delete(reader);
      if (readers.size === 0 && this.#readers.get(runId) === readers) this.#readers.delete(runId);
    };
  }

  emit(runId: string, event: AssistantStreamEvent): void {
    for (const reader of this.#readers.get(runId) ?? []) reader.event(event);
  }

  /** Closes a run's readers: it has ended, or waits for function outputs. */
  end(runId: string): void {
    const readers = this.#readers.get(runId);
    this.#readers.delete(runId);
    for (const reader of readers ?? []) reader.end();
  }
}

/** The event of a run's present status. */
export function runEvent(run: Run): AssistantStreamEvent {
  return { event: `thread.run.${run.status}`, data: run };
}

/** The event of a step's present status. */
export function stepEvent(step: RunStep): AssistantStreamEvent {
  return { event: `thread.run.step.${step.status}`, data: step };
}

/** The event of a message's present status. */
export function messageEvent(message: Message): AssistantStreamEvent {
  return { event: `thread.message.${message.status}`, data: message };
}
