import { randomUUID } from 'node:crypto';
import { CallArguments } from './callArguments';
import { CallName } from './callName';
import { countOf, fieldsOf, listOf, textOf, type Fields } from '../server/json';
import type { ModelEvent } from '../modelProvider';

export interface CallOfFragment {
  /** The index in the engine's events; undefined until the call was announced. */
  index?: number;
  /** The server's id, which fragments refer to; may be empty or a duplicate. */
  id: string;
}

interface OpenCall extends CallOfFragment {
  name: CallName;
  arguments: CallArguments;
  /** Arguments that arrived before the call was announced. */
  waiting: string;
}

interface Fragment {
  /** As the server sent it. */
  fields: Fields;
  /** The server's index. */
  key: number | undefined;
  id: string;
  name: string;
  json: string;
  /** Whether `json` is all of the arguments. */
  isWhole: boolean;
}

/** Puts together the function calls of one chat completion from the fragments of many kinds of servers. */
export class ToolCalls {
  /** In order of appearance; a call is listed again for each further index that its fragments have. */
  readonly #calls: { key: number | undefined; call: OpenCall }[] = [];
  readonly #usedIds: Set<string>;
  readonly #names: readonly string[];
  #announced = 0;
  #legacy = false;

  /**
   * `usedIds` are the ids of earlier calls, which a new call must not reuse; `names` those of the functions.
   * `onFragment` is called with each fragment, once the call that it belongs to is known.
   */
  constructor(
    usedIds: Iterable<string>,
    names: readonly string[],
    private readonly onFragment: (call: CallOfFragment, fragment: Fields) => void = () => undefined,
  ) {
    this.#usedIds = new Set(usedIds);
    this.#names = names;
  }

  get any(): boolean {
    return this.#calls.length > 0;
  }

  /** The calls in a delta, or in a whole message. */
  *read(delta: Fields, isMessage: boolean): Generator<ModelEvent> {
    const calls = listOf(delta['tool_calls']).map(fieldsOf);
    for (const call of calls) yield* this.#read(fragmentOf(call), isMessage);
    // The form before `tool_calls`; some servers send both.
    const legacy = delta['function_call'];
    if (calls.length > 0 || typeof legacy !== 'object' || legacy === null) return;
    if (this.any && !this.#legacy) return;
    this.#legacy = true;
    yield* this.#read(fragmentOf({ index: 0, function: legacy }), isMessage);
  }

  /** What was held back until the end. */
  *end(): Generator<ModelEvent> {
    for (const call of new Set(this.#calls.map((entry) => entry.call))) {
      if (!call.name.text) continue;
      yield* this.#announce(call);
      const json = call.arguments.end();
      if (json) yield { type: 'tool_call_arguments', index: call.index ?? 0, arguments: json };
    }
  }

  *#read(fragment: Fragment, isMessage: boolean): Generator<ModelEvent> {
    const { key, id, name, json } = fragment;
    let call = isMessage ? undefined : this.#callOf(fragment);
    if (!call) {
      call = { id, name: new CallName(this.#names), arguments: new CallArguments(), waiting: '' };
      this.#calls.push({ key, call });
    }
    this.onFragment(call, fragment.fields);
    call.name.add(name);
    const added = call.arguments.add(json, fragment.isWhole);
    if (call.index !== undefined) {
      if (added) yield { type: 'tool_call_arguments', index: call.index, arguments: added };
      return;
    }
    call.waiting += added;
    const isNamed = call.name.settled || (json !== '' && call.name.text !== '' && !call.name.partial);
    if (isNamed) yield* this.#announce(call);
  }

  *#announce(call: OpenCall): Generator<ModelEvent> {
    if (call.index !== undefined) return;
    const index = (call.index = this.#announced++);
    yield { type: 'tool_call', index, id: this.#uniqueId(call.id), name: call.name.text };
    if (call.waiting) yield { type: 'tool_call_arguments', index, arguments: call.waiting };
  }

  /**
   * The call that a fragment continues; undefined if it begins one. Some servers send no index, or 0 for every
   * call, or another one in the middle of a call. Some send no id, some a new id with every fragment.
   */
  #callOf(fragment: Fragment): OpenCall | undefined {
    const { key, id, name } = fragment;
    const last = this.#calls.at(-1)?.call;
    if (!last) return undefined;
    if (key === undefined) {
      const call = this.#calls.findLast((entry) => !id || entry.call.id === id)?.call;
      if (!call) return name && !isMiddle(last, fragment) ? undefined : last;
      return beginsAnother(call, fragment) ? undefined : call;
    }
    const known = this.#calls.findLast((entry) => entry.key === key)?.call;
    if (known) return beginsAnother(known, fragment) ? undefined : known;
    const call = this.#continued(last, fragment);
    if (call) this.#calls.push({ key, call });
    return call;
  }

  /** The call that a fragment with a new index continues. */
  #continued(last: OpenCall, fragment: Fragment): OpenCall | undefined {
    const { id, name, json } = fragment;
    if (isMiddle(last, fragment)) return last;
    if (name !== '') return undefined;
    if (id) return this.#calls.findLast((entry) => entry.call.id === id)?.call;
    return json !== '' && !last.arguments.complete ? last : undefined;
  }

  #uniqueId(id: string): string {
    const unique = id && !this.#usedIds.has(id) ? id : `call_${randomUUID().replaceAll('-', '')}`;
    this.#usedIds.add(unique);
    return unique;
  }
}

/** Whether a fragment with the index or id of a call begins another one. */
function beginsAnother(call: OpenCall, fragment: Fragment): boolean {
  const { id, name, json } = fragment;
  if (name === '' || call.name.text === '' || isMiddle(call, fragment)) return false;
  if (call.name.partial && !call.name.isOther(name)) return false;
  if (id && call.id !== id) return true;
  if (call.name.isOther(name)) return true;
  // Without ids, a second object is a second call of the function, unless it is the same object again.
  return id === '' && call.arguments.complete && !call.arguments.empty && call.arguments.isFollowedBy(json);
}

/** Whether a fragment's arguments can only be the middle of a call's: these are incomplete, and it begins no object. */
function isMiddle(call: OpenCall, { name, json }: Fragment): boolean {
  const { empty, complete } = call.arguments;
  return (
    !empty && !complete && json.trim() !== '' && !json.trimStart().startsWith('{') && !call.name.isOther(name)
  );
}

function fragmentOf(call: Fields): Fragment {
  const called = fieldsOf(call['function']);
  const json = called['arguments'];
  const isWhole = typeof json === 'object' && json !== null;
  return {
    fields: call,
    key: countOf(call['index']),
    id: textOf(call['id']),
    name: textOf(called['name']),
    json: isWhole ? JSON.stringify(json) : textOf(json),
    isWhole,
  };
}
