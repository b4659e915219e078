/** A passage of a document: `document.text.slice(start, end) === text`. */
export interface Chunk {
  text: string;
  start: number;
  end: number;
  /** The PDF page, slide or sheet at `start`, 1-based. */
  page?: number;
  /** The line at `start`, 1-based. */
  line: number;
}
