import type { RunStep, ToolCall, ToolCallDeltaObject } from 'openai/resources/beta/threads/runs/steps';
import { newId } from '../../ids';
import type {
  CallRecord,
  EngineCall,
  HostedCallEvent,
  HostedResults,
  OutputForm,
} from '../../tools/engineTool';
import type { StepTurn } from '../../store/tables/runTables';
import { stepEvent } from '../events';
import type { StepRecorder } from './stepRecorder';

type CallDelta = NonNullable<ToolCallDeltaObject['tool_calls']>[number];

/** A call of the model as far as it is known yet. */
export interface TurnCall {
  id: string;
  name: string;
  /** JSON as the model writes it. */
  arguments: string;
  /** The call of an engine tool; undefined for a function, which the client answers. */
  ofTool?: EngineCall;
}

/** Writes the tool calls of one model turn, which are one step of the run. */
export class CallsWriter {
  readonly #step: RunStep;
  readonly #calls: TurnCall[] = [];
  readonly #byIndex = new Map<number, number>();
  readonly #states: Record<string, unknown> = {};
  #turn: StepTurn = {};

  constructor(private readonly stepRecorder: StepRecorder) {
    const step = (this.#step = stepRecorder.newStep({ type: 'tool_calls', tool_calls: [] }));
    stepRecorder.write(() => stepRecorder.insert(step));
    stepRecorder.announce(step);
  }

  get calls(): readonly TurnCall[] {
    return this.#calls;
  }

  get stepId(): string {
    return this.#step.id;
  }

  /** Begins a call. `index` identifies it among the calls of the turn. */
  begin(index: number, id: string, name: string): void {
    // Some model servers restart their ids in every answer; within a run, ids have to be unique.
    const call: TurnCall = { id: this.#isTaken(id) ? newId('call') : id, name, arguments: '' };
    const at = this.#calls.length;
    const { run, tools } = this.stepRecorder;
    const tool = run.tools.some(({ type }) => type === name) ? tools.get(name) : undefined;
    const emit = (delta: object, form?: OutputForm): void =>
      this.#delta({ index: at, ...delta } as CallDelta, form);
    call.ofTool = tool?.begin({ id: call.id, run, emit });
    this.#calls.push(call);
    this.#byIndex.set(index, at);
    emit(toolCall(call));
  }

  arguments(index: number, text: string): void {
    const at = this.#byIndex.get(index);
    const call = at === undefined ? undefined : this.#calls[at];
    if (at === undefined || !call) return;
    call.arguments += text;
    if (call.ofTool) call.ofTool.argumentsWritten(call.arguments, false);
    else this.#functionDelta(at, text);
  }

  /** Takes a provider's opaque state of a call. */
  state(index: number, state: unknown): void {
    const call = this.#calls[this.#byIndex.get(index) ?? -1];
    if (call) this.#states[call.id] = state;
  }

  /** The model has made its calls. */
  written(turn: StepTurn): void {
    this.#turn = Object.keys(this.#states).length > 0 ? { ...turn, calls: this.#states } : turn;
    for (const [at, call] of this.#calls.entries()) {
      if (call.ofTool) call.ofTool.argumentsWritten(call.arguments, true);
      else if (call.arguments.trim() === '') {
        // Some servers write nothing for a function without parameters; clients expect an object.
        call.arguments += '{}';
        this.#functionDelta(at, '{}');
      }
    }
    this.save();
  }

  /** Takes an event of a call that the model's provider answers itself. */
  async hosted(event: HostedCallEvent, results: HostedResults): Promise<void> {
    const call = this.#calls[this.#byIndex.get(event.index) ?? -1];
    const record = await call?.ofTool?.hosted?.(event, results);
    if (!call || !record) return;
    if ('state' in event) this.#turn.hosted = { ...this.#turn.hosted, [call.id]: event.state };
    this.answered(call, record);
  }

  /** Stores what an engine tool, or the provider in its place, has answered. */
  answered(call: TurnCall, { answer, search, files }: CallRecord): void {
    const turn = this.#turn;
    if (answer !== undefined) turn.answers = { ...turn.answers, [call.id]: answer };
    if (search) turn.searches = { ...turn.searches, [call.id]: search };
    if (files) turn.files = { ...turn.files, ...files };
    this.save();
  }

  /** Completes the step: every call is answered. */
  complete(): void {
    const step = this.stepRecorder.complete(this.#written(), this.#turn.usage);
    this.stepRecorder.emit(stepEvent(step));
  }

  /** Completes the step of calls that the provider answered, before the end of the turn. */
  close(usage: StepTurn['usage']): void {
    this.#turn.usage = usage;
    this.save();
    this.complete();
  }

  /** Stores the step as it is now. */
  save(): void {
    const { store } = this.stepRecorder;
    this.stepRecorder.write(() => {
      store.steps.update(this.#written());
      this.stepRecorder.setTurn(this.#step.id, this.#turn);
    });
  }

  #written(): RunStep {
    return { ...this.#step, step_details: { type: 'tool_calls', tool_calls: this.#calls.map(toolCall) } };
  }

  #functionDelta(index: number, added: string): void {
    this.#delta({ index, type: 'function', function: { arguments: added } });
  }

  #delta(call: CallDelta, form?: OutputForm): void {
    const delta = { step_details: { type: 'tool_calls' as const, tool_calls: [call] } };
    const data = { id: this.#step.id, object: 'thread.run.step.delta' as const, delta };
    this.stepRecorder.emit({ event: 'thread.run.step.delta', data }, form);
  }

  #isTaken(callId: string): boolean {
    if (this.#calls.some((call) => call.id === callId)) return true;
    const { store, run } = this.stepRecorder;
    return store.steps
      .ofRun(run.id)
      .some(
        ({ step_details: details }) =>
          details.type === 'tool_calls' && details.tool_calls.some((call) => call.id === callId),
      );
  }
}

function toolCall({ id, name, arguments: json, ofTool }: TurnCall): ToolCall {
  return ofTool?.toolCall ?? { id, type: 'function', function: { name, arguments: json, output: null } };
}
