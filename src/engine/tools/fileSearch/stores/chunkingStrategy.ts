import type {
  FileChunkingStrategy,
  FileChunkingStrategyParam,
} from 'openai/resources/vector-stores/vector-stores';
import { type ChunkingOptions, defaultChunking } from '../searchTypes';

/** A strategy as the answers name it: `auto` is what it stands for. */
export function chunkingStrategy(asked: FileChunkingStrategyParam | undefined): FileChunkingStrategy {
  if (asked?.type === 'static') return asked;
  const { maxTokens, overlapTokens } = defaultChunking;
  return {
    type: 'static',
    static: { max_chunk_size_tokens: maxTokens, chunk_overlap_tokens: overlapTokens },
  };
}

/** How a file of a vector store is cut. */
export function chunkingOptions({
  chunking_strategy: strategy,
}: {
  chunking_strategy?: FileChunkingStrategy;
}): ChunkingOptions {
  if (strategy?.type !== 'static') return defaultChunking;
  const { max_chunk_size_tokens: maxTokens, chunk_overlap_tokens: overlapTokens } = strategy.static;
  return { maxTokens, overlapTokens };
}
