/** A passage: `document.text.slice(start, end) === text`. */
export interface Chunk {
  text: string;
  start: number;
  end: number;
  /** Of `start`: the PDF page, slide or sheet, 1-based. */
  page?: number;
  /** Of `start`, 1-based. */
  line: number;
}
