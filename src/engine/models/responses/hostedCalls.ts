import { type Fields, fieldsOf, listOf, textOf } from '../server/json';
import type { HostedOutput, HostedPassage, HostedToolName, ModelEvent } from '../modelProvider';

const names: ReadonlyMap<unknown, HostedToolName> = new Map([
  ['file_search_call', 'file_search'],
  ['code_interpreter_call', 'code_interpreter'],
]);

/** Whether an output item is a call that the provider answered itself. */
export function isHostedCall(item: Fields): boolean {
  return names.has(item['type']);
}

interface OpenCall {
  index: number;
  /** The call's type from its first event; later events cannot change it. */
  name: HostedToolName;
  /** The code emitted so far. */
  code: string;
}

/** Turns the events of a response's hosted calls into the engine's. */
export class HostedCalls {
  /** By the index of the output item. */
  readonly #calls = new Map<unknown, OpenCall>();
  #begun = 0;
  /** Images among the outputs that were not cited yet. */
  #images = 0;

  get any(): boolean {
    return this.#begun > 0;
  }

  /** An image is cited without a place in the text. Returns whether it is one of the outputs, and thus known. */
  takeImage(): boolean {
    if (this.#images === 0) return false;
    this.#images--;
    return true;
  }

  /** The key will be that of another item. */
  forget(key: unknown): void {
    this.#calls.delete(key);
  }

  *begin(key: unknown, item: Fields): Generator<ModelEvent> {
    const name = names.get(item['type']);
    if (!name || this.#calls.has(key)) return;
    const call = { index: this.#begun++, name, code: '' };
    this.#calls.set(key, call);
    yield { type: 'hosted_call', index: call.index, id: textOf(item['id']), name };
  }

  *code(key: unknown, code: string): Generator<ModelEvent> {
    const call = this.#calls.get(key);
    if (call?.name !== 'code_interpreter' || !code) return;
    call.code += code;
    yield { type: 'hosted_code', index: call.index, code };
  }

  /** A call is answered. `state` is sent back with it. */
  *end(key: unknown, item: Fields, state: unknown): Generator<ModelEvent> {
    yield* this.begin(key, item);
    const call = this.#calls.get(key);
    if (!call) return;
    const { index, name } = call;
    if (name === 'file_search') {
      const queries = listOf(item['queries']).map(textOf).filter(Boolean);
      const passages = listOf(item['results']).map(passageOf);
      yield { type: 'hosted_search', index, queries, passages, state };
      return;
    }
    const code = textOf(item['code']) || codeIn(textOf(item['arguments']));
    if (code.startsWith(call.code)) yield* this.code(key, code.slice(call.code.length));
    const outputs = listOf(item['outputs']).flatMap(outputOf);
    // Other addresses are not opened.
    this.#images += outputs.filter((one) => one.type === 'image' && one.url.startsWith('data:')).length;
    yield { type: 'hosted_outputs', index, outputs, state };
  }
}

/** The code of a call whose arguments are JSON like a function's, as xAI sends it; empty if it is not. */
function codeIn(json: string): string {
  try {
    return textOf(fieldsOf(JSON.parse(json))['code']);
  } catch {
    return '';
  }
}

function passageOf(value: unknown): HostedPassage {
  const result = fieldsOf(value);
  const score = typeof result['score'] === 'number' ? result['score'] : 0;
  return {
    fileId: textOf(result['file_id']),
    filename: textOf(result['filename']),
    score: Math.min(1, Math.max(0, Number.isFinite(score) ? score : 0)),
    text: textOf(result['text']),
  };
}

function outputOf(value: unknown): HostedOutput[] {
  const { type, logs, url } = fieldsOf(value);
  if (type === 'logs') return [{ type, logs: textOf(logs) }];
  return type === 'image' ? [{ type, url: textOf(url) }] : [];
}
