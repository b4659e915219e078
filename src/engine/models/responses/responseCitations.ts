import { type Fields, textOf } from '../server/json';
import type { ModelEvent } from '../modelProvider';

/**
 * Merges the text of one response with its citations. The provider sends a citation's position after the text,
 * so the last piece is held back until it is known that no citation falls into it.
 */
export class CitedOutput {
  /** The current part of the response: item index and content index, as `item/content`. */
  #part = '';
  #held = '';
  /** Offset of the held piece in its part, in code points, as the provider counts. */
  #heldAt = 0;

  *text(part: string, text: string): Generator<ModelEvent> {
    yield* this.#switchTo(part);
    yield* this.flush();
    this.#held = text;
  }

  *annotation(part: string, annotation: Fields): Generator<ModelEvent> {
    yield* this.#switchTo(part);
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

  /** Emits the held text. */
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
    this.#heldAt = 0;
  }

  /** Emits the held text up to `index`. A citation in text that was already emitted moves to the start of the held text. */
  *#flushUpTo(index: unknown): Generator<ModelEvent> {
    const characters = [...this.#held];
    const end = typeof index === 'number' ? index - this.#heldAt : characters.length;
    const rest = characters.slice(Math.max(0, end)).join('');
    this.#held = characters.slice(0, Math.max(0, end)).join('');
    yield* this.flush();
    this.#held = rest;
  }
}
