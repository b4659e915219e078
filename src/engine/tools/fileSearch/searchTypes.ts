/** What the parts of file search hand to one another: reading, cutting into chunks, the index. */
import type { Chunk } from '../../store/chunk';

/** A place in a document's text where a page, a slide or a sheet begins. */
export interface PageStart {
  /** Offset into the text, in UTF-16 units. */
  start: number;
  /** 1-based. */
  number: number;
}

/** A file as text. */
export interface ReadDocument {
  /** Lines end in `\n`. */
  text: string;
  /** PDF pages, slides or sheets, in their order; absent where the file has none. */
  pages?: PageStart[];
}

/** The `code` of a vector store file's `last_error`. */
export type UnreadableFileCode = 'unsupported_file' | 'invalid_file' | 'server_error';

/** A file that has no text to search; the message says which file and why, fit for `last_error`. */
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

/** What `auto` stands for. */
export const defaultChunking: ChunkingOptions = { maxTokens: 800, overlapTokens: 400 };

/** A vector, and the embeddings model it came from: vectors of two models say nothing of each other. */
export interface EmbeddedText {
  model: string;
  vector: Float32Array;
}

/** The vectors of a file's chunks, in their order. */
export interface EmbeddedChunks {
  model: string;
  vectors: readonly Float32Array[];
}

export interface RankingOptions {
  /** 0–1: passages below it are left out. */
  scoreThreshold?: number;
}

export interface SearchQuery {
  storeIds: readonly string[];
  text: string;
  /** The query as a vector; used in stores that were indexed with the same model. */
  vector?: EmbeddedText;
  /** The most passages to give. */
  limit: number;
  /** The files to look into; all where left out. */
  fileIds?: ReadonlySet<string> | ((fileId: string, storeId: string) => boolean);
  ranking?: RankingOptions;
}

/** A passage found. */
export interface SearchHit {
  storeId: string;
  fileId: string;
  /** `ordinal`: its place among the file's chunks, from 0. */
  chunk: Chunk & { ordinal: number };
  /** 0–1. */
  score: number;
}

/** A file that is indexed in pieces. */
export interface FileWriter {
  /** The chunks that come next; none of them where the file is gone from its store. */
  add(chunks: readonly Chunk[]): void;
  /** Lets the file be found. */
  finish(vectors?: EmbeddedChunks): void;
  /** Gives up: nothing of it stays. */
  discard(): void;
}
