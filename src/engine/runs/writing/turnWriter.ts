import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { ModelEvent, ModelSource } from '../../models/modelProvider';
import type { StepTurn } from '../../store/tables/runTables';
import type { HostedRun } from '../../hosted/hostedRun';
import type { HostedCallEvent } from '../../tools/engineTool';
import { CallsWriter } from './callsWriter';
import { markOfFile } from './citations';
import { imagesSinceLastMessage } from './generatedFiles';
import { MessageWriter } from './messageWriter';
import { StepRecorder, type RunOutlets } from './stepRecorder';

/** An event of the tools that the model's provider answers itself. */
export type HostedEvent =
  HostedCallEvent | Extract<ModelEvent, { type: 'hosted_call' | 'citation' | 'container_file' }>;

const noTokens = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

/**
 * Writes a model turn as the API shows it: its text as a message with a step of its own, its tool calls
 * as one step. Deltas go to the readers at once, and to the store at intervals.
 */
export class TurnWriter {
  readonly #stepRecorder: StepRecorder;
  #message?: MessageWriter;
  #calls?: CallsWriter;
  /** When the first text came, in milliseconds of `performance.now()`. */
  #textSince?: number;
  /** The calls that the provider answers itself, until text or another call follows them. */
  #hosted?: CallsWriter;
  /** Characters of the turn's text in all, and before the message that is being written. */
  #length = 0;
  #messageAt = 0;

  constructor(
    outlets: RunOutlets,
    run: Run,
    metadata: Record<string, string>,
    private readonly hostedRun?: HostedRun,
  ) {
    this.#stepRecorder = new StepRecorder(outlets, run, metadata);
  }

  /** Ids of the steps that the turn has made so far. */
  get stepIds(): readonly string[] {
    return this.#stepRecorder.stepIds;
  }

  /** A piece of the model's reasoning; it may be empty, when the model begins to reason. */
  reasoning(text: string): void {
    this.#stepRecorder.reasoning.add(text);
  }

  text(text: string): void {
    this.#stepRecorder.reasoning.pause();
    this.#textSince ??= performance.now();
    this.#openMessage().text(text);
    this.#length += text.length;
  }

  /** The pages that the turn's text is based on; its last message shows them. */
  sources(sources: readonly ModelSource[]): void {
    const at = this.#messageAt;
    this.#message?.sources(
      sources.map(({ start, end, ...page }): ModelSource => {
        return start === undefined || start < at
          ? page
          : { ...page, start: start - at, end: (end ?? start) - at };
      }),
    );
  }

  /** Whether the run's calls have made images that its next message will show. */
  get hasImages(): boolean {
    const { store, tools, run } = this.#stepRecorder;
    return imagesSinceLastMessage(store, tools, run.id).length > 0;
  }

  /** All text of the turn so far was reasoning. */
  textWasReasoning(): void {
    const text = this.#message?.withdraw();
    if (text !== undefined) this.#stepRecorder.reasoning.addPast(text, this.#textSince);
  }

  refusal(text: string): void {
    this.#stepRecorder.reasoning.pause();
    this.#openMessage().refusal(text);
  }

  async hosted(event: HostedEvent, signal: AbortSignal): Promise<void> {
    this.#stepRecorder.reasoning.pause();
    if (!this.hostedRun) return;
    if (event.type === 'citation') {
      const { store, run } = this.#stepRecorder;
      const mark = markOfFile(store, run.thread_id, this.hostedRun.localFile(event.fileId));
      if (mark !== undefined) this.text(mark);
      return;
    }
    if (event.type === 'container_file') {
      const { containerId, fileId, name } = event;
      const id = await this.hostedRun.keepFile(containerId, fileId, name, signal);
      this.#openMessage().written(name, id);
      return;
    }
    this.#closeMessage();
    this.#hosted ??= new CallsWriter(this.#stepRecorder);
    if (event.type === 'hosted_call') this.#hosted.begin(event.index, event.id, event.name);
    else await this.#hosted.hosted(event, this.hostedRun);
  }

  toolCall(index: number, id: string, name: string): void {
    this.#stepRecorder.reasoning.pause();
    this.#closeMessage();
    this.#closeHosted();
    this.#calls ??= new CallsWriter(this.#stepRecorder);
    this.#calls.begin(index, id, name);
  }

  toolCallArguments(index: number, text: string): void {
    this.#calls?.arguments(index, text);
  }

  toolCallState(index: number, state: unknown): void {
    this.#calls?.state(index, state);
  }

  /** Ends a turn that the model has finished. Returns its calls; undefined if it made none, which ends the run. */
  finish(turn: StepTurn): CallsWriter | undefined {
    this.#stepRecorder.reasoning.pause();
    this.#closeHosted();
    if (this.#calls) {
      this.#message?.close({ usage: noTokens });
      this.#calls.written(turn);
      return this.#calls;
    }
    // Clients expect a message even if the model wrote nothing.
    if (!this.#message) this.text('');
    this.#message?.close(turn);
    return undefined;
  }

  /** Saves a turn that ended by its length or a filter; the end of the run closes its open steps. */
  cut(turn: StepTurn): void {
    this.stop();
    const { reasoning } = this.#stepRecorder;
    const stepId =
      this.#calls?.stepId ?? this.#message?.stepId ?? this.#hosted?.stepId ?? reasoning.hiddenStepId;
    if (stepId !== undefined) this.#stepRecorder.write(() => this.#stepRecorder.setTurn(stepId, turn));
  }

  /** Stores what the model has written, which ended early. */
  stop(): void {
    this.#stepRecorder.reasoning.pause();
    this.save();
  }

  /** Stores what the model has written so far. */
  save(): void {
    this.#stepRecorder.reasoning.save();
    this.#message?.save();
    this.#calls?.save();
    this.#hosted?.save();
  }

  #closeMessage(): void {
    if (!this.#message) return;
    this.#message.close({ usage: noTokens });
    this.#message = undefined;
    this.#stepRecorder.reasoning.closed();
  }

  #closeHosted(): void {
    if (!this.#hosted) return;
    this.#hosted.close(noTokens);
    this.#hosted = undefined;
    this.#stepRecorder.reasoning.closed();
  }

  #openMessage(): MessageWriter {
    this.#closeHosted();
    if (!this.#message) this.#messageAt = this.#length;
    return (this.#message ??= new MessageWriter(this.#stepRecorder));
  }
}
