import { CallArguments } from '../chatCompletions/callArguments';
import { type Fields, textOf } from '../server/json';
import type { ModelEvent } from '../modelProvider';

interface OpenCall {
  /** The index in the engine's events; undefined until the call has a name. */
  index: number | undefined;
  arguments: CallArguments;
  /** Arguments that arrived before the name. */
  waiting: string;
  ended: boolean;
}

/** Turns the events of a response's function calls into the engine's. */
export class FunctionCalls {
  /** By the key of the output item. */
  readonly #calls = new Map<unknown, OpenCall>();
  readonly #ids = new Set<string>();
  #announced = 0;

  get any(): boolean {
    return this.#announced > 0;
  }

  /** Whether a call with this item's id was read. */
  has(item: Fields): boolean {
    return this.#ids.has(textOf(item['call_id']));
  }

  *begin(key: unknown, item: Fields): Generator<ModelEvent> {
    if (item['type'] !== 'function_call') return;
    const call = this.#calls.get(key) ?? {
      index: undefined,
      arguments: new CallArguments(),
      waiting: '',
      ended: false,
    };
    this.#calls.set(key, call);
    const name = textOf(item['name']);
    if (call.index !== undefined || name === '') return;
    const index = (call.index = this.#announced++);
    this.#ids.add(textOf(item['call_id']));
    yield { type: 'tool_call', index, id: textOf(item['call_id']), name };
    if (call.waiting) yield { type: 'tool_call_arguments', index, arguments: call.waiting };
  }

  /** A part of a call's arguments; all of them if `isWhole` is set. */
  *arguments(key: unknown, json: string, isWhole = false): Generator<ModelEvent> {
    const call = this.#calls.get(key);
    if (call && !call.ended) yield* this.#passOn(call, call.arguments.add(json, isWhole));
  }

  /** A call is complete: emits what was not streamed. `json` are all of its arguments; empty if they are not sent. */
  *end(key: unknown, json: string): Generator<ModelEvent> {
    const call = this.#calls.get(key);
    if (!call || call.ended) return;
    call.ended = true;
    yield* this.#passOn(call, call.arguments.settle(json));
  }

  /** Completes all calls. */
  *endAll(): Generator<ModelEvent> {
    for (const key of this.#calls.keys()) yield* this.end(key, '');
  }

  /** The key will be that of another item. */
  forget(key: unknown): void {
    this.#calls.delete(key);
  }

  *#passOn(call: OpenCall, json: string): Generator<ModelEvent> {
    if (!json) return;
    if (call.index === undefined) call.waiting += json;
    else yield { type: 'tool_call_arguments', index: call.index, arguments: json };
  }
}
