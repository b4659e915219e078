import { type Fields, fieldsOf, listOf, textOf } from '../server/json';
import type { ModelEvent } from '../modelProvider';

/**
 * The text of one response with what it cites. The provider names a place in the text once the text is
 * there: the last piece is held back until it is known that nothing is to be put into it.
 */
export class CitedOutput {
  /** The part of the response that is written: its items and their parts have indices. */
  #part = '';
  /** How many of the part's annotations have come. */
  #annotations = 0;
  #held = '';
  /** Where in its part the held piece begins, in characters as the provider counts them: code points. */
  #heldAt = 0;

  *text(part: string, text: string): Generator<ModelEvent> {
    yield* this.#switchTo(part);
    yield* this.flush();
    this.#held = text;
  }

  *annotation(part: string, annotation: Fields): Generator<ModelEvent> {
    yield* this.#switchTo(part);
    this.#annotations++;
    const fileId = textOf(annotation['file_id']);
    if (!fileId) return;
    if (annotation['type'] === 'file_citation') {
      yield* this.#flushUpTo(annotation['index']);
      yield { type: 'citation', fileId };
    } else if (annotation['type'] === 'container_file_citation') {
      yield {
        type: 'container_file',
        containerId: textOf(annotation['container_id']),
        fileId,
        name: textOf(annotation['filename']),
      };
    }
  }

  /** A part is complete: what did not come by itself comes now. */
  *end(part: string, content: Fields): Generator<ModelEvent> {
    yield* this.#switchTo(part);
    const annotations = listOf(content['annotations']).map(fieldsOf);
    for (const annotation of annotations.slice(this.#annotations)) yield* this.annotation(part, annotation);
    yield* this.flush();
  }

  /** Gives what was held back. */
  *flush(): Generator<ModelEvent> {
    const text = this.#held;
    this.#held = '';
    this.#heldAt += [...text].length;
    if (text) yield { type: 'text', text };
  }

  *#switchTo(part: string): Generator<ModelEvent> {
    if (part === this.#part) return;
    yield* this.flush();
    this.#part = part;
    this.#annotations = 0;
    this.#heldAt = 0;
  }

  /** Text that was given cannot be taken back: what is cited there is cited where the rest begins. */
  *#flushUpTo(index: unknown): Generator<ModelEvent> {
    const characters = [...this.#held];
    const end = typeof index === 'number' ? index - this.#heldAt : characters.length;
    const rest = characters.slice(Math.max(0, end)).join('');
    this.#held = characters.slice(0, Math.max(0, end)).join('');
    yield* this.flush();
    this.#held = rest;
  }
}
