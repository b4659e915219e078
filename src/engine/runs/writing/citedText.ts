import type { FileCitationAnnotation, TextContentBlock } from 'openai/resources/beta/threads/messages';
import { openMarkAt } from '../../text/citationMarks';
import { countCodePoints } from '../../text/codePoints';
import { type CitedFile, citationsIn } from './citations';

/** A piece of a text for its readers, with the citations that end in it. */
export interface TextPiece {
  value: string;
  citations: { index: number; citation: FileCitationAnnotation }[];
}

/**
 * A text part of a message while it is written. Marks that cite passages become annotations; a mark
 * that arrives in pieces is reported whole.
 */
export class CitedText {
  /** The end of the text that was not searched for marks yet, and its offset in code points. */
  #tail = '';
  #tailAt = 0;
  /** The end of the text that was not reported to the readers yet. */
  #unreported = '';

  constructor(
    private readonly part: TextContentBlock,
    private readonly citedFile: CitedFile,
  ) {}

  add(text: string): void {
    this.part.text.value += text;
    this.#tail += text;
    this.#unreported += text;
  }

  /** Takes what can be reported now: without an incomplete mark at the end, unless `all` is set. */
  take({ all }: { all: boolean }): TextPiece {
    const open = openMarkAt(this.#tail);
    // First, as it may throw: then nothing is taken.
    const found = citationsIn(this.#tail.slice(0, open), this.#tailAt, this.citedFile);
    const held = all ? 0 : Math.min(this.#tail.length - open, this.#unreported.length);
    const reported = this.#unreported.length - held;
    const value = this.#unreported.slice(0, reported);
    this.#unreported = this.#unreported.slice(reported);

    const { annotations } = this.part.text;
    const citations = found.map((citation) => ({ index: annotations.push(citation) - 1, citation }));
    this.#tailAt += countCodePoints(this.#tail.slice(0, open));
    this.#tail = this.#tail.slice(open);
    return { value, citations };
  }
}
