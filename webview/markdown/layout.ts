/** Bounds the time that the browser takes to lay out a text: thousands of accents or changes of direction take seconds. */

/**
 * Characters that may begin a run of their own in layout: those of scripts other than Latin, Greek and Cyrillic,
 * accents, direction marks; of Chinese, Japanese and Korean, which are laid out quickly, only the first in a row.
 */
const layoutRuns =
  /[\u3000-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+|[^\0-\u02ff\u0370-\u0482\u048a-\u0588\u1e00-\u1fff\u2010-\u2027\u2030-\u205e]/gu;

/**
 * What a text may cost. Everything that people write costs far less, and 100 kB of the worst a hundred times as much.
 */
export const maxLayoutCost = 40_000_000;

/**
 * Estimates what the layout of a paragraph costs: it takes about as long as the paragraph has runs, times its length.
 */
export function layoutCost(paragraph: string): number {
  return (paragraph.match(layoutRuns)?.length ?? 0) * paragraph.length;
}

/** Up to 200 short lines, or a part of a longer one, up to a space if possible. */
const piece = /(?:[^\n]{0,100}\n){1,200}|[^\n]{1,1500}(?:\n|$)|[^\n]{1,1499}[^\S\n]|[^\n]{1,1500}/gu;

/** Splits a text into pieces, each to be an element: those out of sight can then be left out of layout. */
export function piecesOf(text: string): string[] {
  return text.match(piece) ?? [];
}

/** A longer plain text, or one that is slow to lay out, is split into pieces. */
const maxPieceLength = 10_000;

/** Splits a plain text that grows into pieces: all but the last stay as they are. */
export class PieceSplitter {
  private text = '';
  private pieces: string[] = [];

  /** The pieces of the whole text so far. */
  grow(source: string): string[] {
    const text = withoutStackedAccents(source);
    const isSplit = this.pieces.length > 1 && text.startsWith(this.text);
    if (isSplit) {
      const last = this.text.length - (this.pieces.at(-1)?.length ?? 0);
      this.pieces = [...this.pieces.slice(0, -1), ...piecesOf(text.slice(last))];
    } else {
      const isSlow = text.length > maxPieceLength || layoutCost(text) > maxLayoutCost;
      this.pieces = isSlow ? piecesOf(text) : [text];
    }
    this.text = text;
    return this.pieces;
  }
}

const stackedAccents = /(\p{M}{30})\p{M}+/gu;

/** Removes stacked accents beyond 30. */
export function withoutStackedAccents(text: string): string {
  return text.replace(stackedAccents, '$1');
}
