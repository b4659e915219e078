import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EmbeddedText, SearchHit } from '../searchTypes';
import { type AttributeFilter, matchesFilter } from './attributeFilter';
import type { Embedder } from './embedder';
import type { SearchIndex } from '../index/searchIndex';
import type { EmbeddedSearch, SearchService } from '../service/searchService';
import type { SearchData } from './parts';

/** The parameters of a search. */
export interface SearchAsked {
  storeIds: readonly string[];
  /** At least one. A passage gets its best score over all queries. */
  queries: readonly string[];
  limit: number;
  filter?: AttributeFilter;
  /** 0–1: passages with a lower score are left out. */
  scoreThreshold?: number;
}

/** A passage, with the name of its file. */
export interface Found extends SearchHit {
  filename: string;
}

export interface SearchParts {
  index: Pick<SearchIndex, 'embeddingModel'>;
  embedder: Embedder;
  service: SearchService;
  log: (message: string) => void;
}

/** The best matching passages, best first: by words, and by meaning where there are vectors. */
export async function searchStores(
  parts: SearchParts,
  asked: SearchAsked,
  signal: AbortSignal,
): Promise<Found[]> {
  if (asked.storeIds.length === 0) return [];
  const vectors = await embedQueries(parts, asked, signal);
  return parts.service.search({ ...asked, vectors }, signal);
}

/** The same for queries that are embedded. */
export async function searchIndexed(
  data: SearchData,
  index: SearchIndex,
  asked: EmbeddedSearch,
  signal: AbortSignal,
): Promise<Found[]> {
  const { files } = data;
  const isMatching = asked.filter && matchingFiles(data, asked.storeIds, asked.filter);
  const hits = await search(index, asked, isMatching, signal);
  const named = withNames(hits, files);
  if (named.length === hits.length) return named;
  // Files have expired or were just deleted: searches again, because their passages took the place of others.
  const expired = new Set(files.expired());
  const isWanted: IsWanted = (fileId, storeId) =>
    !expired.has(fileId) && (isMatching?.(fileId, storeId) ?? true);
  return withNames(await search(index, asked, isWanted, signal), files);
}

type IsWanted = (fileId: string, storeId: string) => boolean;

/** Leaves out the hits whose file has expired or was deleted. */
function withNames(hits: readonly SearchHit[], files: SearchData['files']): Found[] {
  return hits.flatMap((hit) => {
    const file = files.get(hit.fileId);
    return file ? [{ ...hit, filename: file.filename }] : [];
  });
}

async function search(
  index: SearchIndex,
  { storeIds, queries, limit, scoreThreshold, vectors }: EmbeddedSearch,
  fileIds: IsWanted | undefined,
  signal: AbortSignal,
): Promise<SearchHit[]> {
  const texts = queries.map((text, at) => ({ text, vector: vectors?.[at] }));
  const steps = index.searchEach({ storeIds, limit, fileIds, ranking: { scoreThreshold } }, texts);
  const best = new Map<string, SearchHit>();
  for (;;) {
    const step = steps.next();
    if (step.done) {
      for (const hit of step.value.flat()) keepBetter(best, hit);
      return [...best.values()].sort((a, b) => b.score - a.score).slice(0, limit);
    }
    // Yields between queries, of which there may be any number.
    await nextTurn(undefined, { signal });
  }
}

/** Merges hits of a file that is in several of the stores. */
function keepBetter(best: Map<string, SearchHit>, hit: SearchHit): void {
  const key = `${hit.fileId} ${hit.chunk.start} ${hit.chunk.end}`;
  const known = best.get(key);
  if (!known || known.score < hit.score) best.set(key, hit);
}

/** The queries' vectors; undefined if no store has vectors of the current model, or embedding fails. */
async function embedQueries(
  { index, embedder, service, log }: SearchParts,
  { storeIds, queries }: SearchAsked,
  signal: AbortSignal,
): Promise<EmbeddedText[] | undefined> {
  const { model } = embedder;
  if (model === undefined || !storeIds.some((id) => index.embeddingModel(id) === model)) return undefined;
  // Beside the request, which takes longer.
  service.readAhead(storeIds);
  try {
    const vectors = await embedder.embed(model, queries, signal);
    return vectors.map((vector) => ({ model, vector }));
  } catch (error) {
    signal.throwIfAborted();
    log(`Files are searched by words alone: ${(error as Error).message}`);
    return undefined;
  }
}

function matchingFiles(
  { vectorStoreFiles }: SearchData,
  storeIds: readonly string[],
  filter: AttributeFilter,
): IsWanted {
  const files = storeIds.flatMap((vector_store_id) => vectorStoreFiles.all({ vector_store_id }));
  const matching = files.filter(({ attributes }) => matchesFilter(attributes ?? {}, filter));
  const keys = new Set(matching.map((file) => `${file.vector_store_id} ${file.id}`));
  return (fileId, storeId) => keys.has(`${storeId} ${fileId}`);
}
