import {
  chunkIdOf,
  type ChunkRange,
  fileOfChunk,
  ordinalOfChunk,
  type SearchIndexTables,
} from '../../../store/tables/searchIndexTables';
import { byScore, ChunkScores, type ScoredChunk } from './chunkScores';
import { formerQueryWords } from './formerWords';
import { PostingCache, postingsOf } from './postings';
import { queryWords, type QueryWord } from './words';
import type { FileView, StoreView } from './storeViews';

/** Longer queries are cut. In UTF-16 code units. */
const maxQueryLength = 10_000;
/** Up to `maxWords` different words of a query are looked up; the rarest of them are searched. */
const maxWords = 256;
const maxSearchedWords = 32;
/** Common words are left out once the rarer ones match this many chunks in total. */
const maxMatches = 6_000;
/** Counts are forgotten from this number on. */
const maxCachedCounts = 20_000;

/** The files that can be found, by number. */
type WantedFiles = ReadonlyMap<number, { file: FileView }>;

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
  /** The chunks themselves: most queries have some of the same common words. */
  readonly #postings = new PostingCache();
  #version = '';

  constructor(private readonly tables: SearchIndexTables) {}

  /**
   * The chunks with words of a query, ranked by BM25, best first. A score is relative to that of a
   * perfect chunk, so that scores of different queries compare: 0 is no word, about 0.5 is each word
   * once. The rarity of words is computed over the searched stores only. While the words of some files are
   * not up to date, the words of the query are also searched as they were split before.
   */
  search(stores: readonly StoreView[], text: string, limit: number, files: WantedFiles): ScoredChunk[] {
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
    files: WantedFiles,
  ): ScoredChunk[] {
    const total = stores.reduce((sum, store) => sum + store.chunks, 0);
    if (total === 0 || query.length === 0) return [];
    this.#forgetOutdated();
    const scope = scopeOf(this.tables, stores);
    const words = query.map((word): RatedWord => {
      const match = matchOf(word);
      const chunks = this.#count(`${scope.key} ${match}`, () =>
        countIn(this.tables, stores, scope, match, total),
      );
      return { match, chunks, rarity: Math.log(1 + (total - chunks + 0.5) / (chunks + 0.5)) };
    });
    // The limit of a score: each word as often as can be.
    const sumOfRarities = words.reduce((sum, { rarity }) => sum + rarity, 0);
    const scores = new ChunkScores(Array.from(files.values(), ({ file }) => file));
    for (const { match, chunks, rarity } of rarest(words)) {
      const weight = rarity / sumOfRarities;
      const isTooCommon = chunks > maxMatches;
      const postings = isTooCommon
        ? // The only word that is searched: its best chunks are those of the query.
          postingsOf(this.tables.matches(match, scope.range, { files: [...files.keys()], limit }))
        : this.#postings.get(`${scope.key} ${match}`, () => this.tables.matches(match, scope.range, scope));
      scores.add(postings, weight);
    }
    return scores.best(limit);
  }

  /** Forgets what was cached of an earlier state of the full-text index. */
  #forgetOutdated(): void {
    const version = this.tables.wordsVersion();
    if (version !== this.#version || this.#counts.size > maxCachedCounts) this.#counts.clear();
    if (version !== this.#version) this.#postings.clear();
    this.#version = version;
  }

  #count(key: string, count: () => number): number {
    let known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, (known = count()));
    return known;
  }
}

/** The better score of each chunk, best first. */
function merge(...lists: readonly ScoredChunk[][]): ScoredChunk[] {
  const best = new Map<number, number>();
  for (const { id, score } of lists.flat()) best.set(id, Math.max(score, best.get(id) ?? 0));
  return [...best].map(([id, score]) => ({ id, score })).sort(byScore);
}

/** The part of the full-text index that is searched. */
interface Scope {
  /** Of its chunks' ids. */
  range: ChunkRange;
  /** Limits a match to the searched stores; empty if the range does. */
  within: string;
  /** The numbers of the searched stores' files; undefined if the range has no others. */
  files?: readonly number[];
  /** Identifies the scope. */
  key: string;
}

/** The range of the stores' files, which may have files of other stores in between. */
function scopeOf(tables: SearchIndexTables, stores: readonly StoreView[]): Scope {
  const files = stores.flatMap((store) => [...store.files.keys(), ...store.hidden]);
  const first = files.reduce((min, file) => Math.min(min, file), Infinity);
  const last = files.reduce((max, file) => Math.max(max, file), -Infinity);
  const numbers = stores.map(({ number }) => number).sort((a, b) => a - b);
  const range = { first: chunkIdOf(first, 0), last: chunkIdOf(last + 1, 0) - 1 };
  const key = numbers.join(' ');
  if (!tables.hasOtherFiles(first, last, numbers)) return { range, within: '', key };
  const within = `store : (${numbers.map((number) => `"${number}"`).join(' OR ')}) AND `;
  // To look for the stores as words would make FTS5 count all of their chunks, for each word of the query.
  return { range, within, files, key };
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
