import type OpenAI from 'openai';
import type { VectorStore, VectorStoreSearchResponse } from 'openai/resources/vector-stores/vector-stores';
import { findByName, namesOf } from './findByName';
import type { SearchFilesInput } from './inputs';
import { boundedText, ToolError, type ToolOutput } from './toolOutput';

/** Stores that a search without a store searches at most, the most recently used first. */
const maxStores = 20;
const defaultResults = 8;

/** `location` is an extension of the engine. */
interface Found extends VectorStoreSearchResponse {
  location?: { line?: number; page?: number };
  store: VectorStore;
}

/** Searches one vector store, or all of them, and returns the best passages with file and line. */
export async function searchFiles(
  client: OpenAI,
  { query, vectorStore, maxResults = defaultResults }: SearchFilesInput,
  { signal, budget }: { signal: AbortSignal; budget?: number },
): Promise<ToolOutput> {
  const stores = await storesToSearch(client, vectorStore, signal);
  const found = await Promise.all(
    stores.map(async (store): Promise<Found[]> => {
      const { data } = await client.vectorStores.search(
        store.id,
        { query, max_num_results: maxResults },
        { signal },
      );
      return data.map((result) => ({ ...result, store }));
    }),
  );
  const best = found.flat().sort((a, b) => b.score - a.score);
  const passages = best.slice(0, maxResults).map((result) => passageOf(result, stores.length > 1));
  const text =
    passages.length > 0
      ? boundedText(passages.join('\n\n'), 'Ask for fewer results, or a more exact query.', budget)
      : `No passages match “${query}”. Try other words.`;
  return { text, images: [], files: [] };
}

async function storesToSearch(
  client: OpenAI,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<VectorStore[]> {
  const stores: VectorStore[] = [];
  for await (const store of client.vectorStores.list({ limit: 100 }, { signal })) {
    if (store.status !== 'expired') stores.push(store);
  }
  if (wanted !== undefined) return [findByName(stores, wanted, 'vector store')];
  if (stores.length === 0) throw new ToolError(namesOf(stores, 'vector store'));
  const filled = stores.filter(({ file_counts }) => file_counts.completed > 0);
  return filled.sort((a, b) => (b.last_active_at ?? 0) - (a.last_active_at ?? 0)).slice(0, maxStores);
}

function passageOf({ filename, attributes, location, content, store }: Found, namesStore: boolean): string {
  const path = typeof attributes?.['path'] === 'string' ? attributes['path'] : filename;
  const line = location?.line === undefined ? '' : `:${location.line}`;
  const page = location?.page === undefined ? '' : ` (page ${location.page})`;
  const inStore = namesStore ? ` in the vector store “${store.name || store.id}”` : '';
  return `${path}${line}${page}${inStore}\n${content.map((part) => part.text).join('')}`;
}
