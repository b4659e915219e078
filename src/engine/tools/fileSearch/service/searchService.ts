import type { EncodedDocument } from '../encodedDocument';
import type { ChunkingOptions, EmbeddedText, ReadDocument } from '../searchTypes';
import type { Found, SearchAsked } from '../stores/search';

/** A search whose queries are embedded, if there are vectors to compare them with. */
export interface EmbeddedSearch extends SearchAsked {
  /** In the order of the queries. */
  vectors?: readonly EmbeddedText[];
}

/** A document that was cut into chunks, which wait to be written. */
export interface CutDocument {
  session: string;
  chunks: number;
}

/** The session of a cut document is not known: it began in a worker that has ended. */
export class UnknownSessionError extends Error {
  override readonly name = 'UnknownSessionError';
}

/** How a cut document is written to the index. */
export interface WriteAsked {
  storeId: string;
  fileId: string;
  /** The attempt at reading the file, and the engine that owns it. */
  job: number;
  owner: string;
  /** The model that the vectors were made with, or would have been; undefined if none was set. */
  model?: string;
  /** Why there are no vectors. */
  error?: string;
  /** The model that is set now. */
  currentModel?: string;
}

/**
 * What is heavy of file search: searching, indexing, and cleaning up. In a worker thread with a connection of its
 * own, or on the caller's thread.
 */
export interface SearchService {
  /** The best matching passages, best first. */
  search(asked: EmbeddedSearch, signal: AbortSignal): Promise<Found[]>;
  /** Gets ready for searches in these stores, in the background. */
  warmUp(storeIds: readonly string[]): void;
  /** The part of it that does not delay a search that follows at once. */
  readAhead(storeIds: readonly string[]): void;
  /** Cuts a document, whose pieces are transferred. The caller ends the session. */
  cut(
    document: ReadDocument | EncodedDocument,
    options: ChunkingOptions,
    signal: AbortSignal,
  ): Promise<CutDocument>;
  /** The texts of some chunks of a cut document: fewer than asked for if they are long, but one at least. */
  texts(session: string, from: number, to: number): Promise<string[]>;
  /** Adds the vectors of the next chunks of a cut document. */
  addVectors(session: string, vectors: readonly Float32Array[]): Promise<void>;
  /** Writes a cut document to the index and completes its file, or releases the file to be read again. */
  write(session: string, asked: WriteAsked, signal: AbortSignal): Promise<void>;
  end(session: string): void;
  /** Starts cleaning up, in the background. */
  cleanUp(): void;
  close(): Promise<void>;
}
