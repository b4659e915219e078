import {
  chunkIdOf,
  type ChunkRange,
  type FileFilter,
  fileOfChunk,
  ordinalOfChunk,
  type SearchIndexTables,
} from '../../../store/searchIndexTables';
import { formerQueryWords } from './formerWords';
import { queryWords, type QueryWord } from './words';
import type { StoreView } from './storeViews';

/** Longer queries are cut. In UTF-16 code units. */
const maxQueryLength = 10_000;
/** Up to `maxWords` different words of a query are looked up; the rarest of them are searched. */
const maxWords = 256;
const maxSearchedWords = 32;
/** Common words are left out once the rarer ones match this many chunks in total. */
const maxMatches = 6_000;
/** FTS5's BM25 has k1 = 1.2: a word's weight is at most k1 + 1, however often it occurs. */
const maxMatchesPerWord = 2.2;
/** Counts are forgotten from this number on. */
const maxCachedCounts = 20_000;
/** FTS5's lower bound of the inverse document frequency, for words in half of all chunks or more. */
const minRarity = 1e-6;

interface Found {
  id: number;
  score: number;
}

interface RatedWord {
  match: string;
  /** The number of chunks in the searched stores that contain it, or an estimate of it if these are many. */
  chunks: number;
  /** Inverse document frequency. */
  rarity: number;
}

/** Finds chunks by the words of a query. */
export class WordSearch {
  /** The numbers of chunks that words match, by scope and word, while the full-text index is in this state. */
  readonly #counts = new Map<string, number>();
  #version = '';

  constructor(private readonly tables: SearchIndexTables) {}

  /**
   * The chunks with words of a query, ranked by BM25, best first. A score is relative to that of a
   * perfect chunk, so that scores of different queries compare: 0 is no word, about 0.5 is each word
   * once. The rarity of words is computed over the searched stores only. While the words of some files are
   * not up to date, the words of the query are also searched as they were split before.
   */
  search(stores: readonly StoreView[], text: string, limit: number, files?: FileFilter): Found[] {
    const query = text.slice(0, maxQueryLength);
    const found = this.#rank(stores, queryWords(query, maxWords), limit, files);
    if (!this.tables.hasOutdatedFiles()) return found;
    const former = this.#rank(stores, formerQueryWords(query, maxWords), limit, files);
    return merge(found, former).slice(0, limit);
  }

  #rank(
    stores: readonly StoreView[],
    query: readonly QueryWord[],
    limit: number,
    files?: FileFilter,
  ): Found[] {
    const total = stores.reduce((sum, store) => sum + store.chunks, 0);
    if (total === 0) return [];
    const { version, rows } = this.tables.wordsState();
    if (version !== this.#version || this.#counts.size > maxCachedCounts) this.#counts.clear();
    this.#version = version;
    const scope = scopeOf(this.tables, stores);
    const words = query.map((word): RatedWord => {
      const match = matchOf(word);
      const chunks = this.#count(`${scope.key} ${match}`, () =>
        countIn(this.tables, stores, scope, match, total),
      );
      return { match, chunks, rarity: Math.log(1 + (total - chunks + 0.5) / (chunks + 0.5)) };
    });
    const best = maxMatchesPerWord * words.reduce((sum, { rarity }) => sum + rarity, 0);
    const searched = rarest(words).map(({ match, rarity }) => {
      const chunks = this.#count(match, () => this.tables.countMatches(match));
      // FTS5 weighs words by their rarity in all stores, as a negative number: replace that weight.
      const ftsRarity = Math.max(minRarity, Math.log((rows - chunks + 0.5) / (chunks + 0.5)));
      return { match, factor: -rarity / ftsRarity / best };
    });
    // The store is not a word of the query: FTS5 would count all its chunks, once for each word.
    const all =
      scope.within === '' ? undefined : { only: stores.flatMap((store) => [...store.files.keys()]) };
    const ranked = this.tables.rank(searched, limit, scope.range, files?.only ? files : (all ?? files));
    return ranked.map(({ id, score }) => ({ id, score: Math.min(score, 1) }));
  }

  #count(key: string, count: () => number): number {
    let known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, (known = count()));
    return known;
  }
}

/** The better score of each chunk, best first. */
function merge(...lists: readonly Found[][]): Found[] {
  const best = new Map<number, number>();
  for (const { id, score } of lists.flat()) best.set(id, Math.max(score, best.get(id) ?? 0));
  return [...best].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score || a.id - b.id);
}

/** The part of the full-text index that is searched. */
interface Scope {
  /** Of its chunks' ids. */
  range: ChunkRange;
  /** Limits a match to the searched stores; empty if the range does. */
  within: string;
  /** Identifies the scope. */
  key: string;
}

/** The range of the stores' files, which may have files of other stores in between. */
function scopeOf(tables: SearchIndexTables, stores: readonly StoreView[]): Scope {
  const files = stores.flatMap((store) => [...store.files.keys(), ...store.hidden]);
  const first = files.reduce((min, file) => Math.min(min, file), Infinity);
  const last = files.reduce((max, file) => Math.max(max, file), -Infinity);
  const numbers = stores.map(({ number }) => number).sort((a, b) => a - b);
  return {
    range: { first: chunkIdOf(first, 0), last: chunkIdOf(last + 1, 0) - 1 },
    within: tables.hasOtherFiles(first, last, numbers)
      ? `store : (${numbers.map((number) => `"${number}"`).join(' OR ')}) AND `
      : '',
    key: numbers.join(' '),
  };
}

/** The number of the searched chunks that a word matches: an estimate if these are too many for it to be searched. */
function countIn(
  tables: SearchIndexTables,
  stores: readonly StoreView[],
  { range, within }: Scope,
  match: string,
  total: number,
): number {
  const { count, last } = tables.countMatchesUpTo(within + match, maxMatches + 1, range);
  if (last === undefined || count <= maxMatches) return count;
  let before = 0;
  for (const { files } of stores) {
    for (const { number, chunks } of files.values()) {
      if (number < fileOfChunk(last)) before += chunks;
      else if (number === fileOfChunk(last)) before += ordinalOfChunk(last) + 1;
    }
  }
  // As frequent in the rest as it is in these.
  return Math.min(Math.max(count, Math.round((count * total) / Math.max(before, count))), total);
}

/** Words are letters and digits in quotes, so text of a user is never parsed as FTS5 syntax. */
function matchOf({ text, prefix }: QueryWord): string {
  return `words : "${text}"${prefix ? '*' : ''}`;
}

function rarest(words: readonly RatedWord[]): RatedWord[] {
  const found = words.filter(({ chunks }) => chunks > 0).sort((a, b) => a.chunks - b.chunks);
  let matches = 0;
  return found.slice(0, maxSearchedWords).filter(({ chunks }, i) => {
    matches += chunks;
    return i === 0 || matches <= maxMatches;
  });
}
