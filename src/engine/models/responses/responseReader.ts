import type { ResponseInputItem, ResponseReasoningItem } from 'openai/resources/responses/responses';
import { AnswerText } from '../chatCompletions/answerText';
import { FunctionCalls } from './functionCalls';
import { HostedCalls, isHostedCall } from './hostedCalls';
import { interruptedError, type ServerInfo } from '../modelErrors';
import { CitedOutput } from './responseCitations';
import { ReasoningItems } from './reasoningItems';
import { fieldsOf, listOf, textOf, type Fields } from '../server/json';
import type { AnswerItem } from '../server/serverAnswer';
import { SourceReader, unitsOf } from '../sources';
import { phaseOf, type TurnState } from './turnState';
import { UsageReader } from '../usage';
import type { ModelEvent, ModelFinishReason, ModelSource } from '../modelProvider';

interface TextPart {
  /** The key of its output item. */
  item: unknown;
  text: AnswerText;
  refusal: AnswerText;
  /** Offset in the turn's text, in UTF-16 units. */
  start: number;
  annotations: Fields[];
}

/** Turns the events of one response into the engine's. */
export class ResponseReader {
  readonly #server: ServerInfo;
  #state: TurnState;
  /** By item and content index. */
  readonly #parts = new Map<string, TextPart>();
  readonly #calls = new FunctionCalls();
  readonly #hosted = new HostedCalls();
  readonly #cited = new CitedOutput();
  readonly #reasoning = new ReasoningItems();
  readonly #usage = new UsageReader();
  readonly #sources = new SourceReader();
  /** The keys of complete output items. */
  readonly #ended = new Set<unknown>();
  /** The turn's text so far: its length in UTF-16 units, and its end. */
  #length = 0;
  #tail = '';
  /** The item that wrote the last text; undefined after a call, which ends the message. */
  #writer: unknown;
  #wrote = false;
  #finish: ModelFinishReason | undefined;

  constructor(server: ServerInfo, origin: string) {
    this.#server = server;
    this.#state = { api: 'responses', origin, items: [] };
  }

  /** Whether the model reasoned, told or not. */
  get reasoned(): boolean {
    return this.#reasoning.any || (this.#usage.usage?.reasoningTokens ?? 0) > 0;
  }

  /** Whether the answer is complete. */
  get finished(): boolean {
    return this.#finish !== undefined;
  }

  *read(item: AnswerItem): Generator<ModelEvent> {
    if (item.type === 'done') {
      // Some servers send complete items and the end mark, but no complete response.
      if (this.#ended.size > 0) this.#finish ??= this.#calls.any ? 'tool_calls' : 'stop';
      return;
    }
    const value = fieldsOf(item.value);
    if (item.type === 'whole') yield* this.#readResponse(value);
    else yield* this.#readEvent(value);
  }

  /** The events after the last one. Throws ModelError if the answer is incomplete. */
  *end(): Generator<ModelEvent> {
    for (const [key, part] of this.#parts) yield* this.#passOn(key, part, part.text.end());
    yield* this.#cited.flush();
    if (this.#finish === undefined) throw interruptedError(this.#server);
    yield* this.#calls.endAll();
    const isWanted = this.#state.items.some(
      (entry) => 'reasoning' in entry || ('message' in entry && entry.phase),
    );
    if (isWanted) yield { type: 'provider_state', state: this.#state };
    const sources = this.#citedPages();
    if (sources.length > 0) yield { type: 'sources', sources };
    const { usage } = this.#usage;
    if (usage) yield { type: 'usage', usage };
    yield { type: 'finish', reason: this.#finish };
  }

  *#readEvent(event: Fields): Generator<ModelEvent> {
    const item = fieldsOf(event['item']);
    const index = event['output_index'] ?? event['item_id'] ?? item['id'];
    switch (event['type']) {
      case 'response.output_text.delta':
        yield* this.#text(index, event['content_index'], textOf(event['delta']));
        break;
      case 'response.output_text.done':
        yield* this.#endText(index, event['content_index'], textOf(event['text']));
        break;
      case 'response.output_text.annotation.added':
        yield* this.#annotation(index, event['content_index'], fieldsOf(event['annotation']));
        break;
      case 'response.code_interpreter_call_code.delta':
        yield* this.#hosted.code(index, textOf(event['delta']));
        break;
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_text.delta':
        yield* this.#reasoning.delta(event);
        break;
      case 'response.refusal.delta':
        yield* this.#refusal(index, event['content_index'], textOf(event['delta']));
        break;
      case 'response.refusal.done':
        yield* this.#endRefusal(index, event['content_index'], textOf(event['refusal']));
        break;
      case 'response.output_item.added':
        this.#reopen(index);
        yield* this.#cited.flush();
        yield* this.#hosted.begin(index, item);
        yield* this.#calls.begin(index, item);
        if (item['type'] === 'function_call' || isHostedCall(item)) this.#writer = undefined;
        yield* this.#reasoning.begin(item);
        break;
      case 'response.function_call_arguments.delta':
        yield* this.#calls.arguments(index, textOf(event['delta']));
        break;
      case 'response.function_call_arguments.done':
        yield* this.#calls.arguments(index, textOf(event['arguments']), true);
        break;
      case 'response.output_item.done':
        this.#reopen(index);
        yield* this.#endItem(index, item);
        break;
      case 'response.completed':
      case 'response.incomplete':
        yield* this.#readResponse(fieldsOf(event['response']));
        break;
    }
  }

  /** Some servers give the same index to several items: after the end of one, it is that of another. */
  #reopen(index: unknown): void {
    if (!this.#ended.delete(index)) return;
    this.#calls.forget(index);
    this.#hosted.forget(index);
    for (const [key, part] of this.#parts) {
      if (part.item !== index) continue;
      this.#parts.delete(key);
      // Its annotations are read at the end.
      this.#parts.set(`${key} ${this.#parts.size} ${this.#length}`, { ...part, item: undefined });
    }
    if (this.#writer === index) this.#writer = Symbol('an earlier item');
  }

  #part(item: unknown, content: unknown): [string, TextPart] {
    const key = partOf(item, content ?? 0);
    const known = this.#parts.get(key);
    if (known) return [key, known];
    const part = {
      item,
      text: new AnswerText(),
      refusal: new AnswerText(),
      start: this.#length,
      annotations: [],
    };
    this.#parts.set(key, part);
    return [key, part];
  }

  *#text(item: unknown, content: unknown, text: string): Generator<ModelEvent> {
    const [key, part] = this.#part(item, content);
    yield* this.#passOn(key, part, part.text.add(text));
  }

  *#endText(item: unknown, content: unknown, whole: string): Generator<ModelEvent> {
    const [key, part] = this.#part(item, content);
    yield* this.#passOn(key, part, whole ? part.text.settle(whole) : part.text.end());
  }

  *#passOn(key: string, part: TextPart, text: string): Generator<ModelEvent> {
    if (!text) return;
    this.#wrote = true;
    if (part.item !== this.#writer) yield* this.#beginItem(part);
    if (part.text.text.length === text.length) part.start = this.#length;
    this.#length += text.length;
    this.#tail = (this.#tail + text).slice(-2);
    yield* this.#cited.text(key, text);
    // Without a hosted call there can be no citations, so the text need not be held back.
    if (!this.#hosted.any) yield* this.#cited.flush();
  }

  /** Puts a paragraph between the texts of two items. */
  *#beginItem({ item }: TextPart): Generator<ModelEvent> {
    const isFollowing = this.#writer !== undefined;
    this.#writer = item;
    if (!isFollowing) return;
    const gap = '\n\n'.slice(/\n*$/.exec(this.#tail)?.[0].length);
    if (gap === '') return;
    yield* this.#cited.flush();
    this.#length += gap.length;
    yield { type: 'text', text: gap };
  }

  *#refusal(item: unknown, content: unknown, text: string): Generator<ModelEvent> {
    yield* this.#refuse(this.#part(item, content)[1].refusal.add(text));
  }

  *#endRefusal(item: unknown, content: unknown, whole: string): Generator<ModelEvent> {
    yield* this.#refuse(this.#part(item, content)[1].refusal.settle(whole));
  }

  *#refuse(text: string): Generator<ModelEvent> {
    if (!text) return;
    this.#wrote = true;
    yield* this.#cited.flush();
    yield { type: 'refusal', text };
  }

  *#annotation(item: unknown, content: unknown, annotation: Fields): Generator<ModelEvent> {
    const [key, part] = this.#part(item, content);
    part.annotations.push(annotation);
    if (isShownImage(annotation) && this.#hosted.takeImage()) return;
    yield* this.#cited.annotation(key, annotation);
  }

  /** An output item is complete: emits what was not streamed. */
  *#endItem(key: unknown, item: Fields): Generator<ModelEvent> {
    this.#ended.add(key);
    if (item['type'] === 'message') yield* this.#endMessage(key, item);
    if (item['type'] === 'search_results') this.#sources.read({ search_results: item['results'] });
    if (isHostedCall(item)) {
      const hosted = item as unknown as ResponseInputItem;
      const state: TurnState = { ...this.#state, items: [...this.#state.items, { hosted }] };
      // The items before the call are sent back with it, and not again with later items.
      this.#state = { ...this.#state, items: [] };
      this.#writer = undefined;
      yield* this.#hosted.end(key, item, state);
    }
    if (item['type'] === 'reasoning') yield* this.#reasoning.end(key, item);
    if (item['type'] === 'reasoning' && item['encrypted_content']) {
      const { id, summary, encrypted_content } = item as unknown as ResponseReasoningItem;
      this.#state.items.push({ reasoning: { type: 'reasoning', id, summary, encrypted_content } });
    }
    if (item['type'] !== 'function_call') return;
    this.#writer = undefined;
    yield* this.#calls.begin(key, item);
    yield* this.#calls.end(key, textOf(item['arguments']));
    this.#state.items.push({ call: textOf(item['call_id']) });
  }

  *#endMessage(key: unknown, item: Fields): Generator<ModelEvent> {
    const content = item['content'];
    const parts =
      typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content).map(fieldsOf);
    for (const [at, part] of parts.entries()) {
      if (part['type'] === 'refusal') yield* this.#endRefusal(key, at, textOf(part['refusal']));
      if (part['type'] !== 'output_text' && part['type'] !== 'text') continue;
      yield* this.#endText(key, at, textOf(part['text']));
      const known = this.#part(key, at)[1].annotations.length;
      for (const annotation of listOf(part['annotations']).slice(known)) {
        yield* this.#annotation(key, at, fieldsOf(annotation));
      }
      yield* this.#cited.flush();
    }
    const written = [...this.#parts.values()].filter((part) => part.item === key && part.text.text !== '');
    const [first] = written;
    const phase = phaseOf(item['phase']);
    const place = first && { start: first.start, end: this.#length };
    this.#state.items.push({ message: true, ...(phase && { phase }), ...(phase && place) });
  }

  /** Reads the whole response: at the end of a stream, or from a server that does not stream. */
  *#readResponse(response: Fields): Generator<ModelEvent> {
    this.#usage.read(response['usage']);
    this.#sources.read(response);
    const streamed = this.#ended.size > 0 || this.#wrote || this.#calls.any || this.#hosted.any;
    for (const [index, item] of listOf(response['output']).map(fieldsOf).entries()) {
      const isMissing =
        (item['type'] === 'message' && !this.#wrote) ||
        (item['type'] === 'function_call' && !this.#calls.has(item));
      if (!streamed) yield* this.#endItem(index, item);
      else if (isMissing) yield* this.#endItem(`response ${index}`, item);
    }
    this.#finish = this.#reasonOf(response);
  }

  /** The pages that the text cites. */
  #citedPages(): ModelSource[] {
    for (const { text, start, annotations } of this.#parts.values()) {
      const units = annotations.some(({ type }) => type === 'url_citation') ? unitsOf(text.text) : Number;
      for (const annotation of annotations) {
        this.#sources.annotation(annotation, (position) => start + units(position));
      }
    }
    const { sources } = this.#sources;
    // The marks that stand for citations of files have moved the text.
    return this.#hosted.any ? sources.map(({ start: _start, end: _end, ...page }) => page) : sources;
  }

  #reasonOf(response: Fields): ModelFinishReason {
    const incomplete = fieldsOf(response['incomplete_details'])['reason'];
    if (incomplete === 'content_filter') return 'content_filter';
    if (response['status'] === 'incomplete') return 'length';
    return this.#calls.any ? 'tool_calls' : 'stop';
  }
}

/** The key of a content part: `item/content`. */
function partOf(item: unknown, content: unknown): string {
  return `${String(item)}/${String(content)}`;
}

/** Whether a citation is of an image that the code showed, rather than of a file that the text links to. */
function isShownImage({ type, filename, start_index, end_index }: Fields): boolean {
  const isImage = /\.(png|jpe?g|gif|webp)$/i.test(textOf(filename));
  return type === 'container_file_citation' && isImage && start_index === 0 && end_index === 0;
}
