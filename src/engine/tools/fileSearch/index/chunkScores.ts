import { fileOfChunk, ordinalOfChunk } from '../../../store/tables/searchIndexTables';
import type { Postings } from './postings';

export interface ScoredChunk {
  id: number;
  score: number;
}

/** Adds up the scores of the chunks of some files, in one array: a map of them takes several times as long. */
export class ChunkScores {
  /** The first and the last place of each file's chunks in the scores. */
  readonly #places = new Map<number, { first: number; end: number }>();
  readonly #scores: Float64Array;
  /** The chunks that have a score, and their places. */
  readonly #ids: number[] = [];
  readonly #found: number[] = [];

  constructor(files: Iterable<{ number: number; chunks: number }>) {
    let end = 0;
    for (const { number, chunks } of files) this.#places.set(number, { first: end, end: (end += chunks) });
    this.#scores = new Float64Array(end);
  }

  /** Adds the frequencies of a word, which count this much. Chunks of other files are ignored. */
  add({ ids, frequencies }: Postings, weight: number): void {
    const scores = this.#scores;
    let file = -1;
    let place: { first: number; end: number } | undefined;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      const number = fileOfChunk(id);
      if (number !== file) place = this.#places.get((file = number));
      if (!place) continue;
      const at = place.first + ordinalOfChunk(id);
      if (at >= place.end) continue;
      if (scores[at] === 0) {
        this.#ids.push(id);
        this.#found.push(at);
      }
      scores[at]! += weight * frequencies[i]!;
    }
  }

  /** The chunks with the highest scores, best first, of which 1 is the limit; equal scores in the order of the chunks. */
  best(limit: number): ScoredChunk[] {
    const scores = new Float64Array(this.#found.length);
    for (let i = 0; i < scores.length; i++) scores[i] = this.#scores[this.#found[i]!]!;
    const least = scores.length > limit ? scores.slice().sort()[scores.length - limit]! : 0;
    const best: ScoredChunk[] = [];
    for (let i = 0; i < scores.length; i++) {
      if (scores[i]! >= least) best.push({ id: this.#ids[i]!, score: Math.min(scores[i]!, 1) });
    }
    return best.sort(byScore).slice(0, limit);
  }
}

export function byScore(a: ScoredChunk, b: ScoredChunk): number {
  return b.score - a.score || a.id - b.id;
}
