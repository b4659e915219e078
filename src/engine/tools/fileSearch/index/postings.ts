import type { WordMatch } from '../../../store/tables/searchIndexTables';

/** The chunks that match a word, and how much its frequency in each counts, from 0 to 1. */
export interface Postings {
  ids: Float64Array;
  frequencies: Float64Array;
}

/** Two numbers of 8 bytes a chunk: 8 MB. */
const maxCachedChunks = 512 * 1024;

export function postingsOf(matches: readonly WordMatch[]): Postings {
  const postings = {
    ids: new Float64Array(matches.length),
    frequencies: new Float64Array(matches.length),
  };
  for (let i = 0; i < matches.length; i++) {
    const { id, frequency } = matches[i]!;
    postings.ids[i] = id;
    postings.frequencies[i] = frequency;
  }
  return postings;
}

/** The postings of the words that were searched last. */
export class PostingCache {
  /** In order of use, the most recent last. */
  readonly #postings = new Map<string, Postings>();
  #chunks = 0;

  get(key: string, read: () => readonly WordMatch[]): Postings {
    const known = this.#postings.get(key);
    if (known) this.#remove(key, known);
    const postings = known ?? postingsOf(read());
    this.#postings.set(key, postings);
    this.#chunks += postings.ids.length;
    for (const [oldKey, old] of this.#postings) {
      if (this.#chunks <= maxCachedChunks) break;
      this.#remove(oldKey, old);
    }
    return postings;
  }

  clear(): void {
    this.#postings.clear();
    this.#chunks = 0;
  }

  #remove(key: string, { ids }: Postings): void {
    this.#postings.delete(key);
    this.#chunks -= ids.length;
  }
}
