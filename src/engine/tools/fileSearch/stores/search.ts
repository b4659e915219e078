import { setImmediate as breathe } from 'node:timers/promises';
import type { Store } from '../../../store/store';
import type { EmbeddedText, SearchHit } from '../searchTypes';
import { type AttributeFilter, matchesFilter } from './attributeFilter';
import type { Embedder } from './embedder';
import type { Index } from './parts';

/** A search as it was asked for. */
export interface SearchAsked {
  storeIds: readonly string[];
  /** At least one; a passage counts with the query it fits best. */
  queries: readonly string[];
  limit: number;
  filter?: AttributeFilter;
  /** 0–1: passages below it are left out. */
  scoreThreshold?: number;
}

/** A passage, with the name of its file. */
export interface Found extends SearchHit {
  filename: string;
}

export interface SearchParts {
  store: Store;
  index: Index;
  embedder: Embedder;
  log: (message: string) => void;
}

/** The passages that fit best, the best one first: by words, and by meaning where vectors were made. */
export async function searchStores(
  parts: SearchParts,
  asked: SearchAsked,
  signal: AbortSignal,
): Promise<Found[]> {
  const { storeIds, queries, limit, scoreThreshold } = asked;
  if (storeIds.length === 0) return [];
  const vectors = await embedQueries(parts, asked, signal);
  const fileIds = asked.filter && matchingFiles(parts.store, storeIds, asked.filter);
  const ranking = { scoreThreshold };
  const best = new Map<string, SearchHit>();
  for (const [at, text] of queries.entries()) {
    // There may be any number of queries: others have their turn between them.
    if (at > 0) await breathe(undefined, { signal });
    const query = { storeIds, text, vector: vectors?.[at], limit, fileIds, ranking };
    for (const hit of parts.index.search(query)) keepBetter(best, hit);
  }
  const hits = [...best.values()].sort((a, b) => b.score - a.score).slice(0, limit);
  return hits.map((hit) => ({ ...hit, filename: parts.store.files.get(hit.fileId)?.filename ?? hit.fileId }));
}

/** A file that is in two of the stores is found twice, and told of once. */
function keepBetter(best: Map<string, SearchHit>, hit: SearchHit): void {
  const key = `${hit.fileId} ${hit.chunk.start} ${hit.chunk.end}`;
  const known = best.get(key);
  if (!known || known.score < hit.score) best.set(key, hit);
}

/** The queries as vectors, where one of the stores has vectors of the model that is set. */
async function embedQueries(
  { index, embedder, log }: SearchParts,
  { storeIds, queries }: SearchAsked,
  signal: AbortSignal,
): Promise<EmbeddedText[] | undefined> {
  const { model } = embedder;
  if (model === undefined || !storeIds.some((id) => index.embeddingModel(id) === model)) return undefined;
  try {
    const vectors = await embedder.embed(model, queries, signal);
    return vectors.map((vector) => ({ model, vector }));
  } catch (error) {
    signal.throwIfAborted();
    log(`Files are searched by words alone: ${(error as Error).message}`);
    return undefined;
  }
}

function matchingFiles(store: Store, storeIds: readonly string[], filter: AttributeFilter) {
  const files = storeIds.flatMap((vector_store_id) => store.vectorStoreFiles.all({ vector_store_id }));
  const matching = files.filter(({ attributes }) => matchesFilter(attributes ?? {}, filter));
  const keys = new Set(matching.map((file) => `${file.vector_store_id} ${file.id}`));
  return (fileId: string, storeId: string): boolean => keys.has(`${storeId} ${fileId}`);
}
