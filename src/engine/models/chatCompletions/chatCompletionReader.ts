import { AnswerText, contentText } from './answerText';
import { ToolCalls } from './toolCalls';
import { interruptedError, type ServerInfo } from '../modelErrors';
import { fieldsOf, listOf, textOf, type Fields } from '../server/json';
import { TurnStateReader } from './turnState';
import type { AnswerItem } from '../server/serverAnswer';
import { reasoningIn } from './reasoningFields';
import { SourceReader, unitsOf } from '../sources';
import { readChunkUsage, UsageReader } from '../usage';
import type { ModelEvent, ModelFinishReason, ModelSource } from '../modelProvider';

export interface ReaderOptions {
  /** The ids of earlier calls, which a new call must not reuse. */
  usedIds?: Iterable<string>;
  /** The names that can be called. */
  functions?: readonly string[];
  /** The server and model, which own the state that comes with the answer. */
  origin?: string;
}

/** Turns the chunks of one chat completion into the engine's events. Tolerates the deviations of many servers. */
export class ChatCompletionReader {
  readonly #server: ServerInfo;
  readonly #calls: ToolCalls;
  readonly #text = new AnswerText();
  readonly #usage = new UsageReader();
  readonly #sources = new SourceReader();
  #finish: string | undefined;
  #done = false;
  #refused = false;
  #reasoned = false;
  readonly #state: TurnStateReader;

  constructor(server: ServerInfo, { usedIds = [], functions = [], origin = '' }: ReaderOptions = {}) {
    this.#server = server;
    const state = (this.#state = new TurnStateReader(origin));
    this.#calls = new ToolCalls(usedIds, functions, (call, fragment) => state.call(call, fragment));
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
    const choice = fieldsOf(listOf(chunk['choices'])[0]);
    readChunkUsage(this.#usage, chunk, choice);
    this.#sources.read(chunk);
    const message = choice['message'];
    const delta = choice['delta'] ?? (item.type === 'event' ? message : undefined);
    yield* this.#readDelta(fieldsOf(delta));
    // Of a server that does not stream, or that sends all so far beside each delta.
    if (message !== undefined && message !== delta) yield* this.#readMessage(fieldsOf(message));
    if (item.type === 'whole') this.#state.delta(fieldsOf(message));
    const reason = choice['finish_reason'];
    if (typeof reason === 'string' && reason) this.#finish = reason;
    if (item.type === 'whole' && 'message' in choice) this.#done = true;
  }

  /** The events after the last chunk. Throws ModelError if the answer is incomplete. */
  *end(): Generator<ModelEvent> {
    if (!this.finished) throw interruptedError(this.#server);
    yield* this.#endText();
    yield* this.#calls.end();
    yield* this.#state.end();
    yield* this.#citedPages();
    const { usage } = this.#usage;
    if (usage) yield { type: 'usage', usage };
    yield { type: 'finish', reason: this.#reason() };
  }

  *#readDelta(delta: Fields): Generator<ModelEvent> {
    this.#state.delta(delta);
    const reasoning = reasoningIn(delta);
    if (reasoning) {
      this.#reasoned = true;
      yield { type: 'reasoning', text: reasoning };
    }
    const text = this.#text.add(contentText(delta['content']));
    if (text) yield { type: 'text', text };
    yield* this.#readRefusal(delta);
    if (delta['tool_calls'] ?? delta['function_call']) yield* this.#endText();
    yield* this.#calls.read(delta, false);
    this.#sources.read(delta);
  }

  *#endText(): Generator<ModelEvent> {
    const text = this.#text.end();
    if (text) yield { type: 'text', text };
  }

  *#readMessage(message: Fields): Generator<ModelEvent> {
    const reasoning = this.#reasoned ? '' : reasoningIn(message);
    if (reasoning) yield { type: 'reasoning', text: reasoning };
    const text = this.#text.settle(contentText(message['content']));
    if (text) yield { type: 'text', text };
    if (!this.#refused) yield* this.#readRefusal(message);
    if (!this.#calls.any) yield* this.#calls.read(message, true);
    this.#sources.read(message);
  }

  *#readRefusal(delta: Fields): Generator<ModelEvent> {
    const text = textOf(delta['refusal']);
    if (!text) return;
    this.#refused = true;
    yield { type: 'refusal', text };
  }

  *#citedPages(): Generator<ModelEvent> {
    const { sources } = this.#sources;
    if (sources.length === 0) return;
    const units = unitsOf(this.#text.text);
    const placed = sources.map(({ start, end, ...page }): ModelSource => {
      return start === undefined || end === undefined
        ? page
        : { ...page, start: units(start), end: units(end) };
    });
    yield { type: 'sources', sources: placed };
  }

  #reason(): ModelFinishReason {
    const finish = this.#finish ?? '';
    if (/length|max_tokens/i.test(finish)) return 'length';
    if (/content_filter|safety|sensitive|prohibited|blocklist|recitation/i.test(finish))
      return 'content_filter';
    return this.#calls.any ? 'tool_calls' : 'stop';
  }
}
