import { fieldsOf, listOf, textOf, type Fields } from '../server/json';
import type { ModelEvent } from '../modelProvider';

/** Reads the reasoning items of a response: their summary, or their text if the server shows it. */
export class ReasoningItems {
  /** By the index of the output item: whether it streams its summary or its text, and the part it is at. */
  readonly #streamed = new Map<unknown, { type: unknown; part: unknown }>();
  #wrote = false;
  #any = false;

  /** Whether there was a reasoning item, with or without text. */
  get any(): boolean {
    return this.#any;
  }

  /** An output item begins. */
  *begin(item: Fields): Generator<ModelEvent> {
    if (item['type'] !== 'reasoning') return;
    this.#any = true;
    // Of no text: the model begins to reason, of which it may tell later or nothing.
    yield { type: 'reasoning', text: '' };
  }

  /** A piece of a summary or a text. */
  *delta(event: Fields): Generator<ModelEvent> {
    const { output_index: key, type, summary_index, content_index } = event;
    const part = summary_index ?? content_index;
    const before = this.#streamed.get(key);
    // A server that streams both tells the same twice.
    if (before && before.type !== type) return;
    this.#streamed.set(key, { type, part });
    yield* this.#piece(textOf(event['delta']), before?.part !== part);
  }

  /** An item is complete: emits what was not streamed. */
  *end(key: unknown, item: Fields): Generator<ModelEvent> {
    this.#any = true;
    if (this.#streamed.has(key)) return;
    const parts = [item['summary'], item['content']].map(listOf).find(({ length }) => length > 0) ?? [];
    for (const part of parts) yield* this.#piece(textOf(fieldsOf(part)['text']), true);
  }

  /** Parts are paragraphs. */
  *#piece(text: string, isNewPart: boolean): Generator<ModelEvent> {
    if (text === '') return;
    yield { type: 'reasoning', text: isNewPart && this.#wrote ? `\n\n${text}` : text };
    this.#wrote = true;
  }
}
