import type { ResponseInputItem, ResponseReasoningItem } from 'openai/resources/responses/responses';
import { HostedCalls, isHostedCall } from './hostedCalls';
import { interruptedError, type ServerInfo } from '../modelErrors';
import { CitedOutput } from './responseCitations';
import { countOf, fieldsOf, listOf, textOf, type Fields } from '../server/json';
import type { AnswerItem } from '../server/serverAnswer';
import type { ModelEvent, ModelFinishReason, ModelUsage } from '../modelProvider';

/** State to send back with a turn: its encrypted reasoning, and the order of its items. */
interface ReasoningState {
  api: 'responses';
  /** Host and model, as no other can decrypt it. */
  origin: string;
  items: (
    | { reasoning: ResponseReasoningItem }
    | { call: string }
    | { message: true }
    /** A call that the provider answered itself. */
    | { hosted: ResponseInputItem }
  )[];
}

/** A turn's state, if it was made by this API. */
export function readState(value: unknown): ReasoningState | undefined {
  const state = fieldsOf(value);
  return state['api'] === 'responses' && Array.isArray(state['items'])
    ? (value as ReasoningState)
    : undefined;
}

interface OpenCall {
  index: number;
  /** Whether any of its arguments were emitted. */
  begun: boolean;
}

/** Turns the events of one response into the engine's. */
export class ResponseReader {
  readonly #server: ServerInfo;
  #state: ReasoningState;
  /** By the index of the output item. */
  readonly #calls = new Map<unknown, OpenCall>();
  readonly #hosted = new HostedCalls();
  readonly #cited = new CitedOutput();
  #wroteText = false;
  #finish: ModelFinishReason | undefined;
  #usage: ModelUsage | undefined;

  constructor(server: ServerInfo, origin: string) {
    this.#server = server;
    this.#state = { api: 'responses', origin, items: [] };
  }

  /** Whether the answer is complete. */
  get finished(): boolean {
    return this.#finish !== undefined;
  }

  *read(item: AnswerItem): Generator<ModelEvent> {
    if (item.type === 'done') return;
    const value = fieldsOf(item.value);
    if (item.type === 'whole') yield* this.#readResponse(value);
    else yield* this.#readEvent(value);
  }

  /** The events after the last one. Throws ModelError if the answer is incomplete. */
  *end(): Generator<ModelEvent> {
    yield* this.#cited.flush();
    if (this.#finish === undefined) throw interruptedError(this.#server);
    const reasoned = this.#state.items.some((entry) => 'reasoning' in entry);
    if (reasoned) yield { type: 'provider_state', state: this.#state };
    if (this.#usage) yield { type: 'usage', usage: this.#usage };
    yield { type: 'finish', reason: this.#finish };
  }

  *#readEvent(event: Fields): Generator<ModelEvent> {
    const index = event['output_index'];
    switch (event['type']) {
      case 'response.output_text.delta':
        yield* this.#outputText(partOf(index, event['content_index']), textOf(event['delta']));
        break;
      case 'response.output_text.annotation.added':
        yield* this.#cited.annotation(partOf(index, event['content_index']), fieldsOf(event['annotation']));
        break;
      case 'response.code_interpreter_call_code.delta':
        yield* this.#hosted.code(index, textOf(event['delta']));
        break;
      case 'response.refusal.delta':
        yield* this.#refusal(textOf(event['delta']));
        break;
      case 'response.output_item.added':
        yield* this.#cited.flush();
        yield* this.#hosted.begin(index, fieldsOf(event['item']));
        yield* this.#beginCall(index, fieldsOf(event['item']));
        break;
      case 'response.function_call_arguments.delta':
        yield* this.#arguments(index, textOf(event['delta']));
        break;
      case 'response.output_item.done':
        yield* this.#endItem(index, fieldsOf(event['item']));
        break;
      case 'response.completed':
      case 'response.incomplete':
        yield* this.#readResponse(fieldsOf(event['response']));
        break;
    }
  }

  *#outputText(part: string, text: string): Generator<ModelEvent> {
    if (!text) return;
    this.#wroteText = true;
    yield* this.#cited.text(part, text);
    // Without a hosted call there can be no citations, so the text need not be held back.
    if (!this.#hosted.any) yield* this.#cited.flush();
  }

  *#refusal(text: string): Generator<ModelEvent> {
    if (!text) return;
    this.#wroteText = true;
    yield* this.#cited.flush();
    yield { type: 'refusal', text };
  }

  *#beginCall(key: unknown, item: Fields): Generator<ModelEvent> {
    if (item['type'] !== 'function_call' || this.#calls.has(key)) return;
    const call = { index: this.#calls.size, begun: false };
    this.#calls.set(key, call);
    yield { type: 'tool_call', index: call.index, id: textOf(item['call_id']), name: textOf(item['name']) };
  }

  *#arguments(key: unknown, json: string): Generator<ModelEvent> {
    const call = this.#calls.get(key);
    if (!call || !json) return;
    call.begun = true;
    yield { type: 'tool_call_arguments', index: call.index, arguments: json };
  }

  /** An output item is complete: emits what was not streamed. */
  *#endItem(key: unknown, item: Fields): Generator<ModelEvent> {
    if (item['type'] === 'message') {
      for (const [at, part] of listOf(item['content']).map(fieldsOf).entries()) {
        if (part['type'] === 'output_text') yield* this.#cited.end(partOf(key, at), part);
      }
      this.#state.items.push({ message: true });
    }
    if (isHostedCall(item)) {
      const hosted = item as unknown as ResponseInputItem;
      const state: ReasoningState = { ...this.#state, items: [...this.#state.items, { hosted }] };
      // The items before the call are sent back with it, and not again with later items.
      this.#state = { ...this.#state, items: [] };
      yield* this.#hosted.end(key, item, state);
    }
    if (item['type'] === 'reasoning' && item['encrypted_content']) {
      const { id, summary, encrypted_content } = item as unknown as ResponseReasoningItem;
      this.#state.items.push({ reasoning: { type: 'reasoning', id, summary, encrypted_content } });
    }
    if (item['type'] !== 'function_call') return;
    yield* this.#beginCall(key, item);
    if (!this.#calls.get(key)?.begun) yield* this.#arguments(key, textOf(item['arguments']));
    this.#state.items.push({ call: textOf(item['call_id']) });
  }

  /** Reads the whole response: at the end of a stream, or from a server that does not stream. */
  *#readResponse(response: Fields): Generator<ModelEvent> {
    this.#usage = usageOf(response['usage']);
    const streamed =
      this.#state.items.length > 0 || this.#wroteText || this.#calls.size > 0 || this.#hosted.any;
    if (!streamed) yield* this.#readOutput(listOf(response['output']).map(fieldsOf));
    this.#finish = this.#reasonOf(response);
  }

  *#readOutput(items: Fields[]): Generator<ModelEvent> {
    for (const [index, item] of items.entries()) {
      for (const [at, part] of listOf(item['content']).map(fieldsOf).entries()) {
        if (part['type'] === 'output_text') yield* this.#outputText(partOf(index, at), textOf(part['text']));
        if (part['type'] === 'refusal') yield* this.#refusal(textOf(part['refusal']));
      }
      yield* this.#endItem(index, item);
    }
  }

  #reasonOf(response: Fields): ModelFinishReason {
    const incomplete = fieldsOf(response['incomplete_details'])['reason'];
    if (incomplete === 'content_filter') return 'content_filter';
    if (response['status'] === 'incomplete') return 'length';
    return this.#calls.size > 0 ? 'tool_calls' : 'stop';
  }
}

/** The key of a content part: `item/content`. */
function partOf(item: unknown, content: unknown): string {
  return `${String(item)}/${String(content)}`;
}

function usageOf(value: unknown): ModelUsage | undefined {
  const usage = fieldsOf(value);
  const promptTokens = countOf(usage['input_tokens']);
  const completionTokens = countOf(usage['output_tokens']);
  if (promptTokens === undefined || completionTokens === undefined) return undefined;
  const cachedTokens = countOf(fieldsOf(usage['input_tokens_details'])['cached_tokens']);
  const reasoningTokens = countOf(fieldsOf(usage['output_tokens_details'])['reasoning_tokens']);
  return {
    promptTokens,
    completionTokens,
    ...(cachedTokens === undefined ? {} : { cachedTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  };
}
