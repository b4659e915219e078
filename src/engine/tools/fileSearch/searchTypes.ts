/** The types that file search's reader, chunker and index share. */
import type { Chunk } from '../../store/chunk';

/** The start of a page, slide or sheet in a document's text. */
export interface PageStart {
  /** Offset in the text, in UTF-16 code units. */
  start: number;
  /** 1-based. */
  number: number;
}

/** The text of a file. */
export interface ReadDocument {
  /** Line ends are `\n`. */
  text: string;
  /** PDF pages, slides or sheets, in order; absent if the file has none. */
  pages?: PageStart[];
}

/** The `code` of a vector store file's `last_error`. */
export type UnreadableFileCode = 'unsupported_file' | 'invalid_file' | 'server_error';

/** No text can be read from a file; the message names the file and the reason, for `last_error`. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError';
  constructor(
    readonly code: UnreadableFileCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The static chunking strategy. */
export interface ChunkingOptions {
  /** 100–4096. */
  maxTokens: number;
  /** At most half of `maxTokens`. */
  overlapTokens: number;
}

/** The strategy that `auto` stands for. */
export const defaultChunking: ChunkingOptions = { maxTokens: 800, overlapTokens: 400 };

/** A vector and its embeddings model: vectors of different models cannot be compared. */
export interface EmbeddedText {
  model: string;
  vector: Float32Array;
}

/** The vectors of a file's chunks, in the order of the chunks. */
export interface EmbeddedChunks {
  model: string;
  vectors: readonly Float32Array[];
}

export interface RankingOptions {
  /** 0–1: passages with a lower score are left out. */
  scoreThreshold?: number;
}

export interface QueryText {
  text: string;
  /** The query's vector; used for stores that were indexed with the same model. */
  vector?: EmbeddedText;
}

export interface SearchQuery extends QueryText {
  storeIds: readonly string[];
  /** Maximum number of passages. */
  limit: number;
  /** The files to search; all if left out. */
  fileIds?: ReadonlySet<string> | ((fileId: string, storeId: string) => boolean);
  ranking?: RankingOptions;
}

/** A passage that a search found. */
export interface SearchHit {
  storeId: string;
  fileId: string;
  /** `ordinal`: its 0-based position among the file's chunks. */
  chunk: Chunk & { ordinal: number };
  /** 0–1. */
  score: number;
}

/** Indexes one file in several steps. */
export interface FileWriter {
  /** Does the work of `add` that needs no transaction. The result does the rest; call it before the next `prepare`. */
  prepare(chunks: readonly Chunk[], vectors?: readonly Float32Array[]): () => void;
  /** Adds the next chunks, with their vectors. Does nothing if the file was removed from its store meanwhile. */
  add(chunks: readonly Chunk[], vectors?: readonly Float32Array[]): void;
  /** Completes the file, which makes it searchable. `model`: that of its vectors; without it, they are not used. */
  finish(model?: string): void;
  /** Cancels: removes everything that was written. */
  discard(): void;
}
