import type { HostedRun } from '../hosted/hostedRun';
import type { ModelEvent } from '../models/types';
import type { StepTurn } from '../store/runTables';
import type { CallsWriter } from './callsWriter';
import { markOf } from './citations';
import type { Recorder } from './recorder';

/** What comes of a tool that the provider answers itself. */
export type HostedEvent = Extract<
  ModelEvent,
  { type: 'hosted_call' | 'hosted_code' | 'hosted_search' | 'hosted_outputs' | 'citation' | 'container_file' }
>;

/** Writes the calls that the provider answers itself as a step, as if they had been answered here. */
export class HostedWriter {
  constructor(
    private readonly calls: CallsWriter,
    private readonly run: HostedRun,
  ) {}

  get stepId(): string {
    return this.calls.stepId;
  }

  write(event: HostedEvent): void {
    if (event.type === 'hosted_call') this.calls.begin(event.index, event.id, event.name);
    else if (event.type === 'hosted_search') this.#searched(event);
  }

  /** Writes down what came so far. */
  save(): void {
    this.calls.save();
  }

  /** The provider goes on with something else. */
  close(usage: StepTurn['usage']): void {
    this.calls.close(usage);
  }

  #searched({ index, queries, passages, state }: Extract<HostedEvent, { type: 'hosted_search' }>): void {
    const call = this.calls.hosted(index, state);
    if (!call) return;
    call.arguments = JSON.stringify({ queries });
    this.calls.searched(call, { passages: passages.map((passage) => this.run.passage(passage)) });
  }
}

/** The mark of the passage that a file is cited for: the best one of the newest search that has found the file. */
export function citationMark({ store, run }: Recorder, fileId: string): string | undefined {
  const searches = store.steps.searchesOfThread(run.thread_id);
  for (const { number, passages } of searches.reverse()) {
    const at = passages.findIndex(({ file_id }) => file_id === fileId);
    const passage = passages[at];
    if (passage) return markOf(number, at, passage.file_name);
  }
  return undefined;
}
