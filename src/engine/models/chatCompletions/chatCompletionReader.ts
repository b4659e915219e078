import { AnswerText, contentText } from './answerText';
import { ToolCalls } from './toolCalls';
import { interruptedError, streamedError, type ServerInfo } from '../modelErrors';
import { fieldsOf, listOf, textOf, type Fields } from '../server/json';
import type { AnswerItem } from '../server/serverAnswer';
import { SourceReader, unitsOf } from '../sources';
import { readChunkUsage, UsageReader } from '../usage';
import type { ModelEvent, ModelFinishReason, ModelSource } from '../modelProvider';

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

  /**
   * `usedIds` are the ids of earlier calls, which a new call must not reuse; `functions` are the names that can be
   * called.
   */
  constructor(server: ServerInfo, usedIds: Iterable<string>, functions: readonly string[] = []) {
    this.#server = server;
    this.#calls = new ToolCalls(usedIds, functions);
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
    if (message !== delta) yield* this.#readMessage(fieldsOf(message));
    const reason = choice['finish_reason'];
    if (reason === 'error') throw streamedError(this.#server, chunk);
    if (typeof reason === 'string' && reason) this.#finish = reason;
    if (item.type === 'whole' && 'message' in choice) this.#done = true;
  }

  /** The events after the last chunk. Throws ModelError if the answer is incomplete. */
  *end(): Generator<ModelEvent> {
    if (!this.finished) throw interruptedError(this.#server);
    yield* this.#endText();
    yield* this.#calls.end();
    yield* this.#citedPages();
    const { usage } = this.#usage;
    if (usage) yield { type: 'usage', usage };
    yield { type: 'finish', reason: this.#reason() };
  }

  *#readDelta(delta: Fields): Generator<ModelEvent> {
    // Reasoning (`reasoning_content`, `reasoning`, parts of type `thinking`) is not part of the answer.
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
    if (/content_filter|safety/i.test(finish)) return 'content_filter';
    return this.#calls.any ? 'tool_calls' : 'stop';
  }
}
