import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Store } from '../../../store/store';
import type { EmbeddedText, SearchHit } from '../searchTypes';
import { type AttributeFilter, matchesFilter } from './attributeFilter';
import type { Embedder } from './embedder';
import type { Index } from './parts';

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
  store: Store;
  index: Index;
  embedder: Embedder;
  log: (message: string) => void;
}

/** The best matching passages, best first: by words, and by meaning where there are vectors. */
export async function searchStores(
  parts: SearchParts,
  asked: SearchAsked,
  signal: AbortSignal,
): Promise<Found[]> {
  if (asked.storeIds.length === 0) return [];
  const { files } = parts.store;
  const vectors = await embedQueries(parts, asked, signal);
  const isMatching = asked.filter && matchingFiles(parts.store, asked.storeIds, asked.filter);
  const hits = await search(parts, asked, vectors, isMatching, signal);
  const named = withNames(hits, files);
  if (named.length === hits.length) return named;
  // Files have expired or were just deleted: searches again, because their passages took the place of others.
  const expired = new Set(files.expired());
  const isWanted: IsWanted = (fileId, storeId) =>
    !expired.has(fileId) && (isMatching?.(fileId, storeId) ?? true);
  return withNames(await search(parts, asked, vectors, isWanted, signal), files);
}

type IsWanted = (fileId: string, storeId: string) => boolean;

/** Leaves out the hits whose file has expired or was deleted. */
function withNames(hits: readonly SearchHit[], files: Store['files']): Found[] {
  return hits.flatMap((hit) => {
    const file = files.get(hit.fileId);
    return file ? [{ ...hit, filename: file.filename }] : [];
  });
}

async function search(
  { index }: SearchParts,
  { storeIds, queries, limit, scoreThreshold }: SearchAsked,
  vectors: readonly EmbeddedText[] | undefined,
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

function matchingFiles(store: Store, storeIds: readonly string[], filter: AttributeFilter): IsWanted {
  const files = storeIds.flatMap((vector_store_id) => store.vectorStoreFiles.all({ vector_store_id }));
  const matching = files.filter(({ attributes }) => matchesFilter(attributes ?? {}, filter));
  const keys = new Set(matching.map((file) => `${file.vector_store_id} ${file.id}`));
  return (fileId, storeId) => keys.has(`${storeId} ${fileId}`);
}
