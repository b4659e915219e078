import type { SearchIndexTables } from '../../../store/searchIndexTables';
import { queryWords, type QueryWord } from './words';
import type { StoreView } from './storeViews';

/** A longer query is cut. In UTF-16 units. */
const maxQueryLength = 10_000;
/** So many different words of a query are looked up; the rarest of them are searched for. */
const maxWords = 256;
const maxSearchedWords = 32;
/** Words that match so many chunks together are enough: those left out are the most common ones. */
const maxMatches = 6_000;
/** BM25's k1 in FTS5: the most that a word can count, however often it stands there, is k1 + 1. */
const maxMatchesPerWord = 2.2;
/** What FTS5 takes for the rarity of a word that half of all chunks have. */
const minRarity = 1e-6;

interface RatedWord {
  match: string;
  /** How many chunks of the stores have it. */
  chunks: number;
  rarity: number;
}

/**
 * The chunks that have words of a query, best first, by BM25. The score is the share of what the best
 * chunk thinkable would reach, so it means the same for every query: 0 is no word, and about a half
 * is each word once. How rare a word is follows from the stores searched alone.
 */
export function searchWords(
  tables: SearchIndexTables,
  stores: readonly StoreView[],
  text: string,
  limit: number,
  files?: readonly number[],
): { id: number; score: number }[] {
  const total = stores.reduce((sum, store) => sum + store.chunks, 0);
  if (total === 0) return [];
  const allChunks = tables.countAllChunks();
  const within =
    total === allChunks ? '' : `store : (${stores.map((s) => `"${s.number}"`).join(' OR ')}) AND `;
  const words = queryWords(text.slice(0, maxQueryLength), maxWords).map((word): RatedWord => {
    const match = within + matchOf(word);
    const chunks = tables.countMatches(match);
    return { match, chunks, rarity: Math.log(1 + (total - chunks + 0.5) / (chunks + 0.5)) };
  });
  const best = maxMatchesPerWord * words.reduce((sum, { rarity }) => sum + rarity, 0);
  const searched = rarest(words).map(({ match, chunks, rarity }) => {
    const chunksInAllStores = within === '' ? chunks : tables.countMatches(match.slice(within.length));
    // FTS5 rates words by all stores together, as a negative number; that is taken out again.
    const ftsRarity = Math.max(
      minRarity,
      Math.log((allChunks - chunksInAllStores + 0.5) / (chunksInAllStores + 0.5)),
    );
    return { match, factor: -rarity / ftsRarity / best };
  });
  return tables.rank(searched, limit, files).map(({ id, score }) => ({ id, score: Math.min(score, 1) }));
}

/** Words are letters and digits in quotes: no text of a user is ever FTS5's syntax. */
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
