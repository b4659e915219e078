import type { HostedRun } from '../../hosted/hostedRun';
import type { HostedOutput, ModelEvent } from '../../models/modelProvider';
import type { StepTurn } from '../../store/runTables';
import type { CallsWriter } from './callsWriter';
import { markOf } from './citations';
import type { StepRecorder } from './stepRecorder';

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

  async write(event: HostedEvent): Promise<void> {
    if (event.type === 'hosted_call') this.calls.begin(event.index, event.id, event.name);
    else if (event.type === 'hosted_code') this.calls.code(event.index, event.code);
    else if (event.type === 'hosted_search') this.#searched(event);
    else if (event.type === 'hosted_outputs') await this.#ran(event);
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

  async #ran({ index, outputs, state }: Extract<HostedEvent, { type: 'hosted_outputs' }>): Promise<void> {
    const call = this.calls.hosted(index, state);
    if (!call) return;
    for (const output of outputs) {
      if (output.type === 'logs') this.calls.output(call, output);
      else {
        const file_id = await this.run.keepImage(output.url);
        if (file_id !== undefined) this.calls.output(call, { type: 'image', image: { file_id } });
      }
    }
    this.calls.answered(call, outputs.map(told).join('\n'), {});
  }
}

/** What another model is told of code that this one's provider has run. */
function told(output: HostedOutput): string {
  return output.type === 'logs' ? output.logs.trimEnd() : '[An image is shown to the user.]';
}

/** The mark of the passage that a file is cited for: the best one of the newest search that has found the file. */
export function citationMark({ store, run }: StepRecorder, fileId: string): string | undefined {
  const searches = store.steps.searchesOfThread(run.thread_id);
  for (const { number, passages } of searches.reverse()) {
    const at = passages.findIndex(({ file_id }) => file_id === fileId);
    const passage = passages[at];
    if (passage) return markOf(number, at, passage.file_name);
  }
  return undefined;
}
