import type { Store } from '../../../store/store';
import type { Chunk } from '../../../store/chunk';
import type { FileWriter, QueryText, ReadDocument, SearchHit, SearchQuery } from '../searchTypes';

/** Extracts the text of files, off this thread. `read` throws UnreadableFileError if none can be read. */
export interface Reader {
  read(path: string, filename: string, signal: AbortSignal, encoding?: string): Promise<ReadDocument>;
  close(): Promise<void> | void;
}

/** The search index as the stores use it; `SearchIndex` documents the methods. */
export interface Index {
  begin(storeId: string, fileId: string): FileWriter;
  remove(storeId: string, fileId: string): void;
  removeStore(storeId: string): void;
  removeVectors(storeId: string): void;
  chunksOf(storeId: string, fileId: string): Chunk[];
  bytes(storeId: string, fileId: string): number;
  embeddingModel(storeId: string): string | undefined;
  updateWords(milliseconds: number): boolean;
  searchEach(
    query: Omit<SearchQuery, 'text' | 'vector'>,
    queries: readonly QueryText[],
  ): Generator<void, SearchHit[][]>;
}

/** The tables that file search works with. */
export type SearchData = Pick<Store, 'files' | 'vectorStores' | 'vectorStoreFiles' | 'transaction'>;
