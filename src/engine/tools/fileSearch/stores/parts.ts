import type { Store } from '../../../store/store';
import type { SearchIndex } from '../index/searchIndex';
import type { EncodedDocument } from '../encodedDocument';
import type { ReadDocument } from '../searchTypes';

/** Extracts the text of files, off this thread. `read` throws UnreadableFileError if none can be read. */
export interface Reader {
  read(
    path: string,
    filename: string,
    signal: AbortSignal,
    encoding?: string,
  ): Promise<ReadDocument | EncodedDocument>;
  close(): Promise<void> | void;
}

/** The search index as the stores use it; `SearchIndex` documents the methods. */
export type Index = Pick<
  SearchIndex,
  | 'remove'
  | 'removeStore'
  | 'removeVectors'
  | 'chunksOf'
  | 'embeddingModel'
  | 'hasWork'
  | 'updateWords'
  | 'filesToUpdate'
>;

/** The tables that file search works with. */
export type SearchData = Pick<Store, 'files' | 'vectorStores' | 'vectorStoreFiles' | 'transaction'>;
