import { randomUUID } from 'node:crypto';
import { interruptedError, type ServerInfo } from '../modelErrors';
import { countOf, fieldsOf, listOf, textOf, type Fields } from '../server/json';
import type { AnswerItem } from '../server/serverAnswer';
import type { ModelEvent, ModelFinishReason, ModelUsage } from '../modelProvider';

interface OpenCall {
  /** The index in the engine's events; undefined until the call has a name and was announced. */
  index?: number;
  /** The server's id, which fragments refer to; may be empty or a duplicate. */
  id: string;
  name: string;
  /** Arguments that arrived before the name. */
  waiting: string;
}

/** Turns the chunks of one chat completion into the engine's events. Tolerates the deviations of many servers. */
export class ChatCompletionReader {
  readonly #server: ServerInfo;
  /** In order of appearance; `key` is the server's index, if it sends one. */
  readonly #calls: { key: number | undefined; call: OpenCall }[] = [];
  readonly #usedIds: Set<string>;
  #announced = 0;
  #finish: string | undefined;
  #done = false;
  #usage: ModelUsage | undefined;

  /** `usedIds` are the ids of earlier calls, which a new call must not reuse. */
  constructor(server: ServerInfo, usedIds: Iterable<string>) {
    this.#server = server;
    this.#usedIds = new Set(usedIds);
  }

  /** Whether the answer is complete. */
  get finished(): boolean {
    return this.#done || this.#finish !== undefined;
  }

  /** Whether the server marked the end of the stream, so that nothing more can come. */
  get done(): boolean {
    return this.#done;
  }

  *read(item: AnswerItem): Generator<ModelEvent> {
    if (item.type === 'done') {
      this.#done = true;
      return;
    }
    const chunk = fieldsOf(item.value);
    this.#usage = usageOf(chunk['usage']) ?? this.#usage;
    const choice = fieldsOf(listOf(chunk['choices'])[0]);
    // A server that does not stream sends `message` instead of `delta`.
    yield* this.#readDelta(fieldsOf(choice['delta'] ?? choice['message']));
    const reason = choice['finish_reason'];
    if (typeof reason === 'string' && reason) this.#finish = reason;
    if (item.type === 'whole' && 'message' in choice) this.#done = true;
  }

  /** The events after the last chunk. Throws ModelError if the answer is incomplete. */
  *end(): Generator<ModelEvent> {
    if (!this.finished) throw interruptedError(this.#server);
    if (this.#usage) yield { type: 'usage', usage: this.#usage };
    yield { type: 'finish', reason: this.#reason() };
  }

  *#readDelta(delta: Fields): Generator<ModelEvent> {
    // Reasoning (`reasoning_content`, `reasoning`, parts of type `thinking`) is not part of the answer.
    const text = contentText(delta['content']);
    if (text) yield { type: 'text', text };
    const refusal = textOf(delta['refusal']);
    if (refusal) yield { type: 'refusal', text: refusal };
    for (const value of listOf(delta['tool_calls'])) yield* this.#readCall(fieldsOf(value));
  }

  *#readCall(fragment: Fields): Generator<ModelEvent> {
    const called = fieldsOf(fragment['function']);
    const call = this.#callOf(countOf(fragment['index']), textOf(fragment['id']), textOf(called['name']));
    const json = argumentText(called['arguments']);
    if (call.index !== undefined) {
      if (json) yield { type: 'tool_call_arguments', index: call.index, arguments: json };
      return;
    }
    call.waiting += json;
    if (!call.name) return;
    call.index = this.#announced++;
    yield { type: 'tool_call', index: call.index, id: this.#uniqueId(call.id), name: call.name };
    if (call.waiting) yield { type: 'tool_call_arguments', index: call.index, arguments: call.waiting };
  }

  /**
   * The call that a fragment belongs to. Some servers send no index, or 0 for every call; there, a fragment
   * with a name and another id begins a new call. Some send no id, some a new id with every fragment.
   */
  #callOf(key: number | undefined, id: string, name: string): OpenCall {
    const known = this.#calls.findLast((entry) =>
      key === undefined ? !id || entry.call.id === id : entry.key === key,
    );
    const another =
      name !== '' && known?.call.name !== '' && (id ? known?.call.id !== id : key === undefined);
    const last = known ?? (name || key !== undefined ? undefined : this.#calls.at(-1));
    if (last && !another) {
      last.call.name ||= name;
      return last.call;
    }
    const call: OpenCall = { id, name, waiting: '' };
    this.#calls.push({ key, call });
    return call;
  }

  #uniqueId(id: string): string {
    const unique = id && !this.#usedIds.has(id) ? id : `call_${randomUUID().replaceAll('-', '')}`;
    this.#usedIds.add(unique);
    return unique;
  }

  #reason(): ModelFinishReason {
    const finish = this.#finish ?? '';
    if (/length|max_tokens/i.test(finish)) return 'length';
    if (/content_filter|safety|sensitive|prohibited|blocklist|recitation/i.test(finish))
      return 'content_filter';
    return this.#announced > 0 ? 'tool_calls' : 'stop';
  }
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .map(fieldsOf)
    .map((part) => (part['type'] === 'text' ? textOf(part['text']) : ''))
    .join('');
}

function argumentText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

function usageOf(value: unknown): ModelUsage | undefined {
  const usage = fieldsOf(value);
  const promptTokens = countOf(usage['prompt_tokens']);
  const completionTokens = countOf(usage['completion_tokens']);
  if (promptTokens === undefined || completionTokens === undefined) return undefined;
  const cachedTokens = countOf(fieldsOf(usage['prompt_tokens_details'])['cached_tokens']);
  const reasoningTokens = countOf(fieldsOf(usage['completion_tokens_details'])['reasoning_tokens']);
  return {
    promptTokens,
    completionTokens,
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  };
}
