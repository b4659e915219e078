import type {
  CodeInterpreterToolCall,
  FileSearchToolCall,
  RunStep,
  ToolCall,
  ToolCallDeltaObject,
} from 'openai/resources/beta/threads/runs/steps';
import { newId } from '../../ids';
import { codeIn } from '../../tools/codeInterpreter/codeArguments';
import {
  fileSearchName,
  rankingOf,
  type SearchAnswer,
  searchArguments,
} from '../../tools/fileSearch/fileSearchTool';
import type { StepTurn } from '../../store/runTables';
import { shortResult } from './citations';
import { stepEvent } from '../events';
import type { StepRecorder } from './stepRecorder';

type CallDelta = NonNullable<ToolCallDeltaObject['tool_calls']>[number];
type CodeOutput = CodeInterpreterToolCall['code_interpreter']['outputs'][number];

/** A call of the model, as far as it has come. */
export interface TurnCall {
  id: string;
  name: string;
  /** JSON as the model writes it. */
  arguments: string;
  /** The code interpreter's part. */
  code?: { input: string; outputs: CodeOutput[] };
  /** The file search's part. Neither of the two: a function that the client answers. */
  search?: FileSearchToolCall['file_search'];
}

/** A call that the client answers, not the engine. */
export function isFunction({ code, search }: TurnCall): boolean {
  return !code && !search;
}

/** The name under which the model is offered the code interpreter. */
export const codeInterpreterName = 'code_interpreter';

/** Writes the tool calls of one model turn, which are one step of the run. */
export class CallsWriter {
  readonly #step: RunStep;
  readonly #calls: TurnCall[] = [];
  readonly #byIndex = new Map<number, number>();
  #turn: StepTurn = {};

  constructor(private readonly stepRecorder: StepRecorder) {
    const step = (this.#step = stepRecorder.newStep({ type: 'tool_calls', tool_calls: [] }));
    stepRecorder.write(() => stepRecorder.store.steps.insert(step));
    stepRecorder.announce(step);
  }

  get calls(): readonly TurnCall[] {
    return this.#calls;
  }

  get stepId(): string {
    return this.#step.id;
  }

  /** A call begins. `index` tells apart the calls of the turn. */
  begin(index: number, id: string, name: string): void {
    // A model server that counts its ids anew in every answer must not make two calls of a run one.
    const call: TurnCall = { id: this.#isTaken(id) ? newId('call') : id, name, arguments: '' };
    if (this.#offers(codeInterpreterName, name)) call.code = { input: '', outputs: [] };
    else if (this.#offers(fileSearchName, name)) call.search = {};
    const at = this.#calls.push(call) - 1;
    this.#byIndex.set(index, at);
    this.#delta({ index: at, ...toolCall(call) } as CallDelta);
  }

  arguments(index: number, text: string): void {
    const at = this.#byIndex.get(index);
    const call = at === undefined ? undefined : this.#calls[at];
    if (at === undefined || !call) return;
    this.#argumentsWritten(at, call, text);
  }

  /** The provider has answered all calls itself; the turn goes on. */
  close(usage: StepTurn['usage']): void {
    this.#turn.usage = usage;
    this.save();
    this.complete();
  }

  /** The model has made its calls. */
  written(turn: StepTurn): void {
    this.#turn = turn;
    for (const [at, call] of this.#calls.entries()) {
      if (call.code) this.#codeWritten(at, call, codeIn(call.arguments, { whole: true }));
      // What some servers say of a function that takes none; those who answer it expect an object.
      else if (isFunction(call) && call.arguments.trim() === '') this.#argumentsWritten(at, call, '{}');
    }
    this.save();
  }

  /** Code has shown something. Pieces of text that follow each other become one output. */
  output(call: TurnCall, output: CodeOutput): void {
    const outputs = call.code?.outputs;
    if (!outputs) return;
    const last = outputs.at(-1);
    const joins = last?.type === 'logs' && output.type === 'logs';
    if (joins) last.logs += output.logs;
    else outputs.push(structuredClone(output));
    this.#delta({
      index: this.#calls.indexOf(call),
      type: 'code_interpreter',
      code_interpreter: { outputs: [{ index: outputs.length - 1, ...output }] },
    });
  }

  /** A call was answered: what the model is told, and the files it may link to, by name. */
  answered(call: TurnCall, answer: string, files: Record<string, string>): void {
    this.#turn.answers = { ...this.#turn.answers, [call.id]: answer };
    this.#turn.files = { ...this.#turn.files, ...files };
    this.save();
  }

  /** A call that the provider answers itself is answered: `state` goes back to it with the call. */
  hosted(index: number, state: unknown): TurnCall | undefined {
    const call = this.#calls[this.#byIndex.get(index) ?? -1];
    if (call) this.#turn.hosted = { ...this.#turn.hosted, [call.id]: state };
    return call;
  }

  /** Hosted code comes as it is, not as JSON. */
  code(index: number, text: string): void {
    const at = this.#byIndex.get(index) ?? -1;
    const call = this.#calls[at];
    if (call?.code) this.#codeWritten(at, call, call.code.input + text);
  }

  /** A search has found passages, or none; the model is told of them by their number. */
  searched(call: TurnCall, { passages, note }: SearchAnswer): void {
    const { store, run } = this.stepRecorder;
    const number = store.steps.countSearches(run.thread_id);
    const written = searchArguments(call.arguments);
    const search = { number, arguments: written, passages, ...(note !== undefined && { note }) };
    this.#turn.searches = { ...this.#turn.searches, [call.id]: search };
    call.search = { ranking_options: rankingOf(run), results: passages.map(shortResult) };
    this.save();
  }

  /** Every call is answered. */
  complete(): void {
    const step = this.stepRecorder.complete(this.#written(), this.#turn.usage);
    this.stepRecorder.emit(stepEvent(step));
  }

  /** Writes down what came so far. */
  save(): void {
    const { store } = this.stepRecorder;
    this.stepRecorder.write(() => {
      store.steps.update(this.#written());
      store.steps.setTurn(this.#step.id, this.#turn);
    });
  }

  #written(): RunStep {
    return { ...this.#step, step_details: { type: 'tool_calls', tool_calls: this.#calls.map(toolCall) } };
  }

  #argumentsWritten(at: number, call: TurnCall, added: string): void {
    call.arguments += added;
    if (call.code) this.#codeWritten(at, call, codeIn(call.arguments));
    else if (isFunction(call)) this.#delta({ index: at, type: 'function', function: { arguments: added } });
  }

  #codeWritten(at: number, call: TurnCall, input: string): void {
    const { code } = call;
    // Only what is added is told: JSON that is read anew may end otherwise until it is whole.
    if (!code || !input.startsWith(code.input)) {
      if (code) code.input = input;
      return;
    }
    const added = input.slice(code.input.length);
    code.input = input;
    if (added) this.#delta({ index: at, type: 'code_interpreter', code_interpreter: { input: added } });
  }

  #delta(call: CallDelta): void {
    const delta = { step_details: { type: 'tool_calls' as const, tool_calls: [call] } };
    this.stepRecorder.emit({
      event: 'thread.run.step.delta',
      data: { id: this.#step.id, object: 'thread.run.step.delta', delta },
    });
  }

  /** Whether a call is for a tool of the engine's that this run has. */
  #offers(tool: typeof codeInterpreterName | typeof fileSearchName, called: string): boolean {
    return called === tool && this.stepRecorder.run.tools.some(({ type }) => type === tool);
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

function toolCall({ id, name, arguments: json, code, search }: TurnCall): ToolCall {
  if (code) return { id, type: 'code_interpreter', code_interpreter: structuredClone(code) };
  if (search) return { id, type: 'file_search', file_search: search };
  return { id, type: 'function', function: { name, arguments: json, output: null } };
}
