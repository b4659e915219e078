/** Entry point of the worker thread that searches, indexes and cleans up. */
import { parentPort, workerData } from 'node:worker_threads';
import { openForWorker } from '../../../store/maintenance/workerDatabase';
import { FileTable } from '../../../store/tables/fileTable';
import { VectorStoreFileTable, VectorStoreTable } from '../../../store/tables/vectorStoreTables';
import { serveRequests, type RequestHandler } from '../../../worker/serveRequests';
import type { FromWorker } from '../../../worker/workerMessages';
import { SearchIndex } from '../index/searchIndex';
import type { EncodedDocument } from '../encodedDocument';
import type { ChunkingOptions, ReadDocument } from '../searchTypes';
import type { EmbeddedSearch, WriteAsked } from './searchService';
import type { OnIndexUpdate } from '../stores/filesProgress';
import { SearchTasks } from './searchTasks';

export interface SearchWorkerData {
  dataDir: string;
  /** The buffer of the store's `WriteTurns`. */
  turns: SharedArrayBuffer;
}

const { dataDir, turns } = workerData as SearchWorkerData;
const { database, transaction, canLock, close } = openForWorker(dataDir, turns);
const data = {
  database,
  transaction,
  canLock,
  files: new FileTable(database),
  vectorStores: new VectorStoreTable(database),
  vectorStoreFiles: new VectorStoreFileTable(database),
};
const log = (message: string): void => parentPort?.postMessage({ type: 'log', message } satisfies FromWorker);
const onIndexUpdate: OnIndexUpdate = (...news) =>
  parentPort?.postMessage({ type: 'news', news } satisfies FromWorker);
const tasks = new SearchTasks(data, new SearchIndex(database), log, onIndexUpdate);

interface CutAsked {
  document: ReadDocument | EncodedDocument;
  options: ChunkingOptions;
}

interface OfSession {
  session: string;
}

const handlers: Readonly<Record<string, RequestHandler>> = {
  search: (asked: EmbeddedSearch, signal) => tasks.search(asked, signal),
  warmUp: (storeIds: readonly string[]) => tasks.warmedUp(storeIds),
  rehearse: () => tasks.rehearsed(),
  readAhead: (storeIds: readonly string[]) => tasks.signsRead(storeIds),
  cut: ({ document, options }: CutAsked, signal) => tasks.cut(document, options, signal),
  texts: ({ session, from, to }: OfSession & { from: number; to: number }) => tasks.texts(session, from, to),
  addVectors: ({ session, vectors }: OfSession & { vectors: Float32Array[] }) =>
    tasks.addVectors(session, vectors),
  write: ({ session, asked }: OfSession & { asked: WriteAsked }, signal) =>
    tasks.write(session, asked, signal),
  end: ({ session }: OfSession) => tasks.end(session),
  cleanUp: () => {
    tasks.cleanUp();
    return tasks.cleaned();
  },
};

serveRequests(parentPort!, { handlers, stop: () => tasks.close(), close });
