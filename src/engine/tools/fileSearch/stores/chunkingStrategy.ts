import type {
  FileChunkingStrategy,
  FileChunkingStrategyParam,
} from 'openai/resources/vector-stores/vector-stores';
import { type ChunkingOptions, defaultChunking } from '../searchTypes';

/** The strategy as answers show it: `auto` is resolved to its static values. */
export function chunkingStrategy(asked: FileChunkingStrategyParam | undefined): FileChunkingStrategy {
  if (asked?.type === 'static') return asked;
  const { maxTokens, overlapTokens } = defaultChunking;
  return {
    type: 'static',
    static: { max_chunk_size_tokens: maxTokens, chunk_overlap_tokens: overlapTokens },
  };
}

/** The chunk size and overlap of a file of a vector store. */
export function chunkingOptions({
  chunking_strategy: strategy,
}: {
  chunking_strategy?: FileChunkingStrategy;
}): ChunkingOptions {
  if (strategy?.type !== 'static') return defaultChunking;
  const { max_chunk_size_tokens: maxTokens, chunk_overlap_tokens: overlapTokens } = strategy.static;
  return { maxTokens, overlapTokens };
}
