import assert from 'node:assert/strict';
import { StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { openDatabase } from '../../../../src/engine/store/database';
import { SearchIndex } from '../../../../src/engine/tools/fileSearch/index/searchIndex';
import { Store } from '../../../../src/engine/store/store';
import { SearchTasks } from '../../../../src/engine/tools/fileSearch/service/searchTasks';
import { openSearch, storeWith } from '../../fileSearchSupport';
import { afterTest, says, ScriptedModel, temporaryFolder } from '../../support';
import { addFiles, chunksPerFile, dataOf, fileIds, vectorOf } from '../indexedFiles';

/** The names of the requests for searches that this thread sends to workers. */
function watchRequests(): string[] {
  const names: string[] = [];
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const postMessage = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (message: unknown, transfer?: never) {
    const { name = '' } = message as { name?: string };
    if (['rehearse', 'warmUp', 'readAhead', 'search'].includes(name)) names.push(name);
    postMessage.call(this, message, transfer);
  };
  afterTest(() => void (Worker.prototype.postMessage = postMessage));
  return names;
}

/** How often this thread reads the signs of a file. */
function watchSigns(): () => number {
  let count = 0;
  const prototype = StatementSync.prototype as unknown as Record<string, (...values: unknown[]) => unknown>;
  const original = prototype['get']!;
  prototype['get'] = function (this: StatementSync, ...values) {
    if (this.sourceSQL.includes('signs FROM search_signs')) count++;
    return original.apply(this, values);
  };
  afterTest(() => void (prototype['get'] = original));
  return () => count;
}

describe('file search, before the first search', () => {
  /** What workers were sent when the model's turn of a run began. */
  async function requestsOfRun(stores: (id: string) => string[]): Promise<string[]> {
    const sent: string[][] = [];
    const turn = async function* () {
      sent.push([...requests]);
      yield* await Promise.resolve(says('Yes.'));
    };
    const { client } = openSearch({ provider: new ScriptedModel([turn]) });
    const store = await storeWith(client, { 'a.txt': 'The tide turns.' });
    const requests = watchRequests();
    const { id: assistant_id } = await client.beta.assistants.create({
      model: 'test/scripted',
      tools: [{ type: 'file_search' }],
      tool_resources: { file_search: { vector_store_ids: stores(store.id) } },
    });
    const run = await client.beta.threads.createAndRunPoll({
      assistant_id,
      thread: { messages: [{ role: 'user', content: 'Does it?' }] },
    });
    assert.equal(run.status, 'completed');
    return sent[0]!;
  }

  it('is made ready by a run that may search, while its model answers', async () => {
    assert.deepEqual(await requestsOfRun((id) => [id]), ['warmUp']);
  });

  it('stays as it is if a run has nothing to search', async () => {
    assert.deepEqual(await requestsOfRun(() => []), []);
  });

  it('is made ready while the query is embedded', async () => {
    const sent: string[][] = [];
    let requests: string[] = [];
    const embed = (_: string, texts: readonly string[]): Promise<Float32Array[]> => {
      sent.push([...requests]);
      return Promise.resolve(texts.map((_, i) => vectorOf(i)));
    };
    const provider = Object.assign(new ScriptedModel([]), { embed });
    const { client } = openSearch({ provider, embeddings: () => 'test/small' });
    const { id } = await storeWith(client, { 'a.txt': 'The tide turns.' });
    requests = watchRequests();
    const { data } = await client.vectorStores.search(id, { query: 'tide' });
    assert.equal(data.length, 1);
    assert.deepEqual(sent.at(-1), ['readAhead']);
    assert.deepEqual(requests, ['readAhead', 'search']);
  });

  it('is made ready as an engine opens a folder with files to search, and only then', async () => {
    const dataDir = temporaryFolder();
    const first = openSearch({ dataDir });
    const requests = watchRequests();
    await first.engine.close();
    const second = openSearch({ dataDir });
    await storeWith(second.client, { 'a.txt': 'The tide turns.' });
    await second.engine.close();
    assert.deepEqual(requests, []);
    openSearch({ dataDir });
    assert.deepEqual(requests, ['rehearse']);
  });

  /** Two stores, of which the second was used last, and a third one, used later, without files to search. */
  function openTasks() {
    const dataDir = temporaryFolder();
    const store = new Store(dataDir);
    const index = new SearchIndex(store.database);
    for (const [id, last_active_at] of Object.entries({ vs_b: 2, vs_c: 3, vs_a: 1, vs_none: 4 }))
      store.database
        .prepare('INSERT INTO vector_stores (id, body) VALUES (?, ?)')
        .run(id, JSON.stringify({ id, last_active_at }));
    for (const id of ['vs_a', 'vs_b', 'vs_c']) addFiles(dataDir, id, fileIds);
    const samples: string[][] = [];
    index.search = ({ storeIds }) => {
      samples.push([...storeIds]);
      return [];
    };
    const tasks = new SearchTasks(dataOf(store), index, () => undefined);
    afterTest(async () => {
      await tasks.close();
      store.close();
    });
    return { tasks, samples };
  }

  it('is rehearsed in the store that was used last, of those with files', async () => {
    const { tasks, samples } = openTasks();
    await tasks.rehearsed();
    assert.deepEqual(samples, [['vs_c'], ['vs_c'], ['vs_c']]);
  });

  it('is not rehearsed if one comes meanwhile', async () => {
    const { tasks, samples } = openTasks();
    const ready = tasks.rehearsed();
    const asked = { storeIds: ['vs_c'], queries: ['number7'], limit: 1 };
    await Promise.all([ready, tasks.search(asked, new AbortController().signal)]);
    assert.deepEqual(samples, []);
  });

  it('reads the signs of all vectors, file by file, so that the search reads none', () => {
    const dataDir = temporaryFolder();
    const db = openDatabase(dataDir);
    afterTest(() => db.close());
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(dataDir, 'vs_a', fileIds);
    const query = {
      storeIds: ['vs_a'],
      text: 'number7',
      vector: { model: 'test/small', vector: vectorOf(7) },
      limit: 5,
    };
    const expected = new SearchIndex(db).search(query);
    const index = new SearchIndex(db);
    const signs = watchSigns();
    const steps = [...index.warmUp(['vs_a', 'vs_none'])];
    assert.equal(steps.length, fileIds.length);
    assert.equal(signs(), fileIds.length);
    assert.equal([...index.readSigns(['vs_a'])].length, 0);
    assert.deepEqual(index.search(query), expected);
    assert.equal(signs(), fileIds.length);
    assert.equal(expected[0]?.chunk.start, (7 % chunksPerFile) * 20);
  });

  it('does not read signs again that there is no room for', () => {
    const dataDir = temporaryFolder();
    const db = openDatabase(dataDir);
    afterTest(() => db.close());
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(dataDir, 'vs_a', fileIds);
    // 64 dimensions are 8 bytes: room for two files.
    const index = new SearchIndex(db, { cacheBytes: 2 * chunksPerFile * 8 });
    const signs = watchSigns();
    assert.equal([...index.readSigns(['vs_a'])].length, 2);
    assert.equal(signs(), 3);
  });
});
