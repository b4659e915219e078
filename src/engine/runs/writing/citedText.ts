import type { FileCitationAnnotation, TextContentBlock } from 'openai/resources/beta/threads/messages';
import { openMarkAt } from '../../citationMarks';
import { citationsIn, type Passages } from './citations';

/** A piece of a text that is told to its readers, with the citations that end in it. */
export interface TextPiece {
  value: string;
  citations: { index: number; citation: FileCitationAnnotation }[];
}

/**
 * A part of a message as it comes, word by word. Marks that cite passages become annotations; a mark
 * that comes in pieces is told whole.
 */
export class CitedText {
  /** What was not looked through for marks yet, and where in the text that begins. */
  #tail = '';
  #tailAt = 0;
  /** What the readers are still to be told: the end of the text. */
  #untold = '';

  constructor(
    private readonly part: TextContentBlock,
    private readonly passages: () => Passages,
  ) {}

  add(text: string): void {
    this.part.text.value += text;
    this.#tail += text;
    this.#untold += text;
  }

  /** What is to be told now, without the beginning of a mark unless `all` is asked for. */
  take({ all }: { all: boolean }): TextPiece {
    const open = openMarkAt(this.#tail);
    const held = all ? 0 : Math.min(this.#tail.length - open, this.#untold.length);
    const told = this.#untold.length - held;
    const value = this.#untold.slice(0, told);
    this.#untold = this.#untold.slice(told);

    const { annotations } = this.part.text;
    const citations = citationsIn(this.#tail.slice(0, open), this.#tailAt, this.passages).map((citation) => ({
      index: annotations.push(citation) - 1,
      citation,
    }));
    this.#tail = this.#tail.slice(open);
    this.#tailAt += open;
    return { value, citations };
  }
}
