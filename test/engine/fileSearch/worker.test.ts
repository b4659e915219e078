import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../../src/engine/store/database';
import { Store } from '../../../src/engine/store/store';
import { SearchIndex } from '../../../src/engine/tools/fileSearch/index/searchIndex';
import { SearchTasks, type TaskData } from '../../../src/engine/tools/fileSearch/service/searchTasks';
import { WorkerService } from '../../../src/engine/tools/fileSearch/service/workerService';
import { Upkeep } from '../../../src/engine/tools/fileSearch/stores/upkeep';
import { defaultChunking } from '../../../src/engine/tools/fileSearch/searchTypes';
import { WorkerEndedError } from '../../../src/engine/worker/workerThread';
import { openSearch, searchWorker, storeWith } from '../fileSearchSupport';
import { afterTest, temporaryFolder, until } from '../support';
import { endingWorker } from './endingWorker';
import { addFiles, count, dataOf, fileIds, open, tables, toOldForm, vectorOf } from './indexedFiles';

/** A worker's service, with a data folder of its own. */
function openService({ script = searchWorker, idleMs }: { script?: string; idleMs?: number } = {}) {
  const dataDir = temporaryFolder();
  openDatabase(dataDir).close();
  const store = new Store(dataDir);
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  const local = new SearchTasks(dataOf(store), new SearchIndex(store.database), log);
  const service = new WorkerService({ script, store, local, log, idleMs });
  afterTest(async () => {
    await service.close();
    store.close();
  });
  return { service, store, dataDir, logged };
}

const asked = { storeIds: ['vs_none'], queries: ['tide'], limit: 3 };
const never = new AbortController().signal;

describe('the writing of a document', () => {
  it('is cut into transactions of few characters', async () => {
    const store = new Store(temporaryFolder());
    afterTest(() => store.close());
    const db = store.database;
    const body = { id: 'file_a', vector_store_id: 'vs_a', status: 'in_progress', created_at: 1 };
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    db.prepare(
      `INSERT INTO vector_store_files (seq, vector_store_id, id, status, owner, body)
       VALUES (7, 'vs_a', 'file_a', 'in_progress', 'engine_a', ?)`,
    ).run(JSON.stringify(body));
    const written: number[] = [];
    const transaction: TaskData['transaction'] = (work) => {
      const size = () =>
        Number(db.prepare('SELECT coalesce(sum(length(text)), 0) AS n FROM search_chunks').get()?.['n']);
      const before = size();
      const result = store.transaction(work);
      written.push(size() - before);
      return result;
    };
    const tasks = new SearchTasks({ ...dataOf(store), transaction }, new SearchIndex(db), () => {});
    const text = 'The tide turns, and turns again. '.repeat(30_000);
    for (const maxTokens of [100, 800, 4_096]) {
      const { session } = await tasks.cut({ text }, { maxTokens, overlapTokens: maxTokens / 2 }, never);
      const file = { storeId: 'vs_a', fileId: 'file_a', job: 7, owner: 'engine_a', currentModel: undefined };
      await tasks.write(session, file, never);
      db.exec(`UPDATE vector_store_files SET status = 'in_progress'`);
    }
    assert.ok(written.length > 40);
    assert.ok(Math.max(...written) <= 128 * 1024, `${Math.max(...written)} characters at once`);
    await tasks.close();
  });
});

describe('the search worker', () => {
  it('is replaced when it ends during a search, which is then answered', async () => {
    const { service } = openService();
    const answer = service.search(asked, never);
    const first = service.thread.worker!;
    void first.terminate();
    assert.deepEqual(await answer, []);
    assert.ok(service.thread.worker);
    assert.notEqual(service.thread.worker, first);
  });

  it('is replaced after it was ended because it had nothing to do', async () => {
    const { service } = openService({ idleMs: 1 });
    assert.deepEqual(await service.search(asked, never), []);
    const first = service.thread.worker;
    for (let i = 0; i < 20; i++) {
      const { session, chunks } = await service.cut({ text: 'The tide turns.' }, defaultChunking, never);
      assert.equal(chunks, 1);
      service.end(session);
      await until('it is ended', () => service.thread.worker === undefined);
    }
    assert.ok(first);
  });

  it('leaves its work to the thread of the engine if it cannot be started', async () => {
    const { client, dataDir } = openSearch({ worker: '/no/such/worker.js' });
    const { id, file_counts } = await storeWith(client, { 'a.txt': 'The tide turns.' });
    assert.equal(file_counts.completed, 1);
    const { data } = await client.vectorStores.search(id, { query: 'tide' });
    assert.deepEqual(data[0]?.content, [{ type: 'text', text: 'The tide turns.' }]);
    await client.vectorStores.delete(id);
    const db = open(dataDir);
    await until('all is deleted', () => tables.every((table) => count(db, table) === 0));
  });

  it('does not create a database in place of one that was moved away', async () => {
    const { service, dataDir, logged } = openService();
    const file = join(dataDir, 'assistants.db');
    renameSync(file, `${file}.moved`);
    assert.deepEqual(await service.search(asked, never), []);
    assert.equal(existsSync(file), false);
    assert.match(logged.join(), /could not be started.*was moved, deleted or replaced/);
    renameSync(`${file}.moved`, file);
  });

  it('rejects what is under way when it is closed, and what comes later', async () => {
    const { service } = openService();
    const text = 'The tide turns. '.repeat(200_000);
    const cut = service.cut({ text }, defaultChunking, never);
    const refused = assert.rejects(cut, /aborted|ended before/);
    await service.close();
    await refused;
    await assert.rejects(service.search(asked, never), WorkerEndedError);
  });

  it('does not write to a database that its engine has sealed', async () => {
    const { service, store, dataDir } = openService();
    store.database.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(dataDir, 'vs_a', fileIds);
    new SearchIndex(store.database).removeStore('vs_a');
    store.database.exec('DELETE FROM vector_store_files');
    const corrupt = Object.assign(new Error('malformed'), { code: 'ERR_SQLITE_ERROR', errcode: 11 });
    assert.equal(store.storeErrorOf(corrupt)?.kind, 'damaged');
    const before = count(store.database, 'search_chunks');
    service.cleanUp();
    await service.search(asked, never);
    await service.close();
    assert.equal(count(store.database, 'search_chunks'), before);
  });
});

describe('the end of the search worker', () => {
  it('in a transaction, again and again, gives the turn back to the engine', async () => {
    const worker = endingWorker({ at: 'COMMIT', times: [1, 1, 1] });
    const { service, store, dataDir } = openService({ script: worker.script });
    store.database.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(dataDir, 'vs_a', fileIds.slice(0, 1));
    new SearchIndex(store.database).removeStore('vs_a');
    service.cleanUp();
    await until('the worker has ended for good', () => worker.ends() === 3 && !service.thread.worker);
    // The place that says whether the worker writes: the engine waits for its end.
    assert.equal(new Int32Array(store.turns.buffer)[0], 0);
  });

  it('in a search leaves its results right', async () => {
    const first = openSearch({ worker: null });
    const { id } = await first.client.vectorStores.create({});
    const db = open(first.dataDir);
    const addFile = db.prepare(`INSERT INTO files (id, purpose, body) VALUES (?, 'assistants', ?)`);
    for (const file of fileIds) addFile.run(file, JSON.stringify({ id: file, filename: `${file}.txt` }));
    addFiles(first.dataDir, id, fileIds);
    const expected = (await first.client.vectorStores.search(id, { query: 'tide number1250' })).data;
    assert.equal(expected[0]?.content[0]?.text, 'tide number1250');
    const worker = endingWorker({ at: 'bm25', times: [1, 1] });
    const { client } = openSearch({ dataDir: first.dataDir, worker: worker.script });
    const found = (await client.vectorStores.search(id, { query: 'tide number1250' })).data;
    assert.deepEqual(found, expected);
    assert.equal(worker.ends(), 2);
  });

  for (const [when, ends] of Object.entries({
    'before its first chunks': { at: 'COMMIT', times: [1] },
    'between its chunks, twice': { at: 'COMMIT', times: [4, 6] },
    'in the transaction that completes it': { at: 'UPDATE vector_store_files', times: [1] },
    'after it was completed': { at: 'COMMIT', times: [-1], isAfter: true },
  })) {
    it(`in the writing of a file, ${when}, leaves each of its chunks once`, async () => {
      const words = Array.from({ length: 30_000 }, (_, i) => `word${i}`);
      const text = words.join(' ');
      const expected = openSearch({ worker: null });
      await storeWith(expected.client, { 'long.txt': text });
      const chunks = (dataDir: string) =>
        open(dataDir)
          .prepare(
            `SELECT ordinal, start_offset, text FROM search_chunks c JOIN search_files f ON f.number = c.file
             WHERE f.ready AND f.vector_store_id IS NOT NULL ORDER BY ordinal`,
          )
          .all();
      const all = chunks(expected.dataDir);
      const commits = Math.ceil(all.length / 32) + 2;
      const times = ends.times.map((time) => (time < 0 ? commits : time));
      const worker = endingWorker({ ...ends, times });
      const { client, dataDir } = openSearch({ worker: worker.script });
      const { id, file_counts } = await storeWith(client, { 'long.txt': text });
      assert.equal(worker.ends(), times.length);
      assert.equal(file_counts.completed, 1);
      assert.deepEqual(chunks(dataDir), all);
      const db = open(dataDir);
      await until(
        'the rest is deleted',
        () => count(db, 'search_chunks') === all.length && count(db, 'search_files') === 1,
      );
      assert.equal(count(db, 'search_words_docsize'), all.length);
      db.exec(`INSERT INTO search_words (search_words) VALUES ('integrity-check')`);
      for (const word of ['word0', 'word15000', 'word29999']) {
        const { data } = await client.vectorStores.search(id, { query: word });
        assert.ok(data[0]?.content[0]?.text.split(' ').includes(word), word);
      }
    });
  }

  it('in the deletion of a store leaves the rest to the next one', async () => {
    const worker = endingWorker({ at: 'COMMIT', times: [2, 5] });
    const { client, dataDir } = openSearch({ worker: worker.script });
    const kept = await client.vectorStores.create({});
    const removed = await client.vectorStores.create({});
    addFiles(dataDir, kept.id, ['file-x']);
    addFiles(dataDir, removed.id, fileIds);
    await client.vectorStores.delete(removed.id);
    const db = open(dataDir);
    const rows = () => tables.map((table) => count(db, table));
    await until('the worker has ended', () => worker.ends() === 2);
    await until(
      'all is deleted',
      () => count(db, 'search_chunks') === 500 && count(db, 'search_files') === 1,
    );
    assert.deepEqual(rows(), [1, 500, 500, 1, 500]);
    db.exec(`INSERT INTO search_words (search_words) VALUES ('integrity-check')`);
    assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  });

  it('in the conversion of old vectors leaves them as they were', async () => {
    const first = openSearch({ worker: null });
    const { id } = await first.client.vectorStores.create({});
    addFiles(first.dataDir, id, fileIds);
    await first.engine.close();
    const db = open(first.dataDir);
    const digest = () => {
      const hash = createHash('sha256');
      const rows = db.prepare('SELECT chunk, scale, vector FROM search_chunk_vectors ORDER BY chunk').all();
      for (const { chunk, scale, vector } of rows)
        hash.update(`${String(chunk)} ${Math.fround(Number(scale))} `).update(vector as Uint8Array);
      const signs = db.prepare('SELECT file, dimensions, signs FROM search_signs ORDER BY file').all();
      for (const { file, dimensions, signs: bits } of signs)
        hash.update(`${String(file)} ${String(dimensions)} `).update(bits as Uint8Array);
      return hash.digest('hex');
    };
    const before = digest();
    toOldForm(db);
    const worker = endingWorker({ at: 'COMMIT', times: [3, 7] });
    openSearch({ dataDir: first.dataDir, worker: worker.script });
    await until('they are converted', () => count(db, 'search_vectors') === 0);
    assert.equal(worker.ends(), 2);
    assert.equal(digest(), before);
  });
});

describe('a conversion of old vectors', () => {
  it('loses none when a piece cannot be committed', async () => {
    const dataDir = temporaryFolder();
    openDatabase(dataDir).close();
    const store = new Store(dataDir);
    afterTest(() => store.close());
    const db = store.database;
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(dataDir, 'vs_a', ['file-a']);
    toOldForm(db);
    let pieces = 0;
    const transaction = <R>(work: () => R): R =>
      store.transaction(() => {
        const result = work();
        if (count(db, 'search_chunk_vectors') > 0 && pieces++ === 2) throw new Error('The disk is full.');
        return result;
      });
    const upkeep = new Upkeep({ ...dataOf(store), transaction, index: new SearchIndex(db) }, () => undefined);
    afterTest(() => upkeep.close());
    for (let round = 0; round < 3; round++) {
      upkeep.wake();
      await upkeep.idle();
    }
    assert.ok(pieces > 3);
    assert.equal(count(db, 'search_vectors'), 0);
    assert.equal(count(db, 'search_chunk_vectors'), 500);
    const vector = { model: 'test/small', vector: vectorOf(100) };
    const [best] = new SearchIndex(db).search({ storeIds: ['vs_a'], text: 'none', vector, limit: 1 });
    assert.equal(best?.chunk.text, 'tide number100');
  });
});
