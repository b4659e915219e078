import type { Chunk } from '../../../store/chunk';
import type { FileWriter, ReadDocument, SearchHit, SearchQuery } from '../searchTypes';

/** Reads a file to text, off this thread. Throws UnreadableFileError where it has none. */
export interface Reader {
  read(path: string, filename: string, signal: AbortSignal): Promise<ReadDocument>;
  close(): Promise<void> | void;
}

/** The chunks of files, found by words and by meaning. */
export interface Index {
  begin(storeId: string, fileId: string): FileWriter;
  remove(storeId: string, fileId: string): void;
  removeStore(storeId: string): void;
  /** Forgets the vectors of a store, and which model they came from. */
  removeVectors(storeId: string): void;
  chunksOf(storeId: string, fileId: string): Chunk[];
  bytes(storeId: string, fileId: string): number;
  embeddingModel(storeId: string): string | undefined;
  search(query: SearchQuery): SearchHit[];
}
