import assert from 'node:assert/strict';
import { openDatabase } from '../../../src/engine/store/database';
import { Store } from '../../../src/engine/store/store';
import { SearchIndex } from '../../../src/engine/tools/fileSearch/index/searchIndex';
import { SearchTasks } from '../../../src/engine/tools/fileSearch/service/searchTasks';
import { WorkerService } from '../../../src/engine/tools/fileSearch/service/workerService';
import { searchWorker } from '../fileSearchSupport';
import { afterTest, temporaryFolder } from '../support';

describe('the search worker', () => {
  it('is replaced when it ends during a search, which is then answered', async () => {
    const dataDir = temporaryFolder();
    openDatabase(dataDir).close();
    const store = new Store(dataDir);
    const index = new SearchIndex(store.database);
    const { files, vectorStores, vectorStoreFiles, database } = store;
    const data = {
      ...{ files, vectorStores, vectorStoreFiles, database },
      transaction: <R>(work: () => R) => store.transaction(work),
      canLock: () => true,
    };
    const service = new WorkerService(searchWorker, store, new SearchTasks(data, index, () => {}), () => {});
    afterTest(async () => {
      await service.close();
      store.close();
    });
    const asked = { storeIds: ['vs_none'], queries: ['tide'], limit: 3 };
    const answer = service.search(asked, new AbortController().signal);
    const first = service.thread.worker!;
    void first.terminate();
    assert.deepEqual(await answer, []);
    assert.notEqual(service.thread.worker, first);
  });
});
