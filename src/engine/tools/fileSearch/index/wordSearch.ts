import type { FileFilter, SearchIndexTables } from '../../../store/searchIndexTables';
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
/** FTS5's lower bound of the inverse document frequency, for words in half of all chunks or more. */
const minRarity = 1e-6;

interface Found {
  id: number;
  score: number;
}

interface RatedWord {
  match: string;
  /** The number of chunks in the searched stores that contain it. */
  chunks: number;
  /** Inverse document frequency. */
  rarity: number;
}

/**
 * The chunks with words of a query, ranked by BM25, best first. A score is relative to that of a
 * perfect chunk, so that scores of different queries compare: 0 is no word, about 0.5 is each word
 * once. The rarity of words is computed over the searched stores only. While the words of some files are
 * not up to date, the words of the query are also searched as they were split before.
 */
export function searchWords(
  tables: SearchIndexTables,
  stores: readonly StoreView[],
  text: string,
  limit: number,
  files?: FileFilter,
): Found[] {
  const query = text.slice(0, maxQueryLength);
  const found = rank(tables, stores, queryWords(query, maxWords), limit, files);
  if (!tables.hasOutdatedFiles()) return found;
  const former = rank(tables, stores, formerQueryWords(query, maxWords), limit, files);
  return merge(found, former).slice(0, limit);
}

/** The better score of each chunk, best first. */
function merge(...lists: readonly Found[][]): Found[] {
  const best = new Map<number, number>();
  for (const { id, score } of lists.flat()) best.set(id, Math.max(score, best.get(id) ?? 0));
  return [...best].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score || a.id - b.id);
}

function rank(
  tables: SearchIndexTables,
  stores: readonly StoreView[],
  query: readonly QueryWord[],
  limit: number,
  files?: FileFilter,
): Found[] {
  const total = stores.reduce((sum, store) => sum + store.chunks, 0);
  if (total === 0) return [];
  const allChunks = tables.countAllChunks();
  const within =
    total === allChunks ? '' : `store : (${stores.map((s) => `"${s.number}"`).join(' OR ')}) AND `;
  const words = query.map((word): RatedWord => {
    const match = within + matchOf(word);
    const chunks = tables.countMatches(match);
    return { match, chunks, rarity: Math.log(1 + (total - chunks + 0.5) / (chunks + 0.5)) };
  });
  const best = maxMatchesPerWord * words.reduce((sum, { rarity }) => sum + rarity, 0);
  const searched = rarest(words).map(({ match, chunks, rarity }) => {
    const chunksInAllStores = within === '' ? chunks : tables.countMatches(match.slice(within.length));
    // FTS5 weighs words by their rarity in all stores, as a negative number: replace that weight.
    const ftsRarity = Math.max(
      minRarity,
      Math.log((allChunks - chunksInAllStores + 0.5) / (chunksInAllStores + 0.5)),
    );
    return { match, factor: -rarity / ftsRarity / best };
  });
  return tables.rank(searched, limit, files).map(({ id, score }) => ({ id, score: Math.min(score, 1) }));
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
