import type { AssistantStreamEvent } from 'openai/resources/beta/assistants';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { RunStep } from 'openai/resources/beta/threads/runs/steps';
import type { OutputForm } from '../tools/engineTool';

/** Events that the API does not have, for readers that ask for the model turns behind the steps. */
export type TurnEvent =
  /** A step that is hidden from others, or its end. */
  | { event: `thread.run.step.${'created' | RunStep['status']}`; data: RunStep }
  | {
      event: 'thread.run.step.reasoning.delta';
      data: {
        id: string;
        object: 'thread.run.step.reasoning.delta';
        run_id: string;
        delta: { text: string };
      };
    };

/** One reader of a run's events. `end` comes once, after the last event. */
export interface RunReader {
  event(event: AssistantStreamEvent): void;
  /** The form in which it gets the outputs of calls. Default: whole. */
  outputs?: OutputForm;
  /** Undefined if the reader has not asked for such events. */
  turnEvent?(event: TurnEvent): void;
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

  /** `form` restricts an event of an output to the readers that get it in this form. */
  emit(runId: string, event: AssistantStreamEvent, form?: OutputForm): void {
    for (const reader of this.#readers.get(runId) ?? []) {
      if (form === undefined || form === (reader.outputs ?? 'whole')) reader.event(event);
    }
  }

  emitTurn(runId: string, event: TurnEvent): void {
    for (const reader of this.#readers.get(runId) ?? []) reader.turnEvent?.(event);
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
export function stepEvent(step: RunStep): Extract<AssistantStreamEvent, { data: RunStep }> {
  return { event: `thread.run.step.${step.status}`, data: step };
}

/** The event of a message's present status. */
export function messageEvent(message: Message): AssistantStreamEvent {
  return { event: `thread.message.${message.status}`, data: message };
}
