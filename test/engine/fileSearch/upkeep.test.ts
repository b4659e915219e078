import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../../src/engine/store/database';
import { Store } from '../../../src/engine/store/store';
import { SearchIndex } from '../../../src/engine/tools/fileSearch/index/searchIndex';
import { openSearch, upload } from '../fileSearchSupport';
import { addFiles, chunksPerFile, count, fileIds, open, tables, toOldForm, vectorOf } from './indexedFiles';
import { afterTest, collect, refused, temporaryFolder, until } from '../support';

describe('what is left of a deleted vector store', () => {
  it('is hidden at once, and deleted in pieces', async () => {
    const { client, dataDir } = openSearch();
    const { id } = await client.vectorStores.create({});
    addFiles(dataDir, id, fileIds);
    const db = open(dataDir);
    await client.vectorStores.delete(id);
    assert.ok(count(db, 'search_chunks') > 0, 'nothing was left for later');
    await refused(client.vectorStores.retrieve(id), 404, /No vector store found/);
    await refused(client.vectorStores.search(id, { query: 'tide' }), 404, /No vector store found/);
    assert.deepEqual(await collect(client.vectorStores.list()), []);
    const seen = new Set<number>();
    await until('all is deleted', () => {
      seen.add(count(db, 'search_chunks'));
      return tables.every((table) => count(db, table) === 0) && count(db, 'vector_stores') === 0;
    });
    assert.ok(seen.size > 5, `${seen.size} states of it were seen`);
  });

  it('is deleted in pieces of the given size, each file and the store last', () => {
    const store = new Store(temporaryFolder());
    afterTest(() => store.close());
    const db = store.database;
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(store.dataDir, 'vs_a', fileIds.slice(0, 3));
    const index = new SearchIndex(db);
    index.removeStore('vs_a');
    store.vectorStores.delete('vs_a');
    const counts = () => ['vector_store_files', 'vector_stores'].map((table) => count(db, table));
    const left = [];
    while (store.transaction(() => store.vectorStores.deletePiece(2))) left.push(counts());
    assert.deepEqual(left, [
      [1, 1],
      [0, 1],
      [0, 0],
    ]);
    const chunks = [];
    while (index.deletePiece(400)) chunks.push([count(db, 'search_chunks'), count(db, 'search_files')]);
    assert.deepEqual(chunks, [
      [1_100, 3],
      [1_000, 2],
      [600, 2],
      [500, 1],
      [100, 1],
      [0, 0],
    ]);
  });

  it('is deleted by the next engine if the first one has ended', async () => {
    const first = openSearch();
    const { id } = await first.client.vectorStores.create({});
    addFiles(first.dataDir, id, fileIds);
    await first.client.vectorStores.delete(id);
    await first.engine.close();
    const db = open(first.dataDir);
    assert.ok(count(db, 'search_chunks') > 0, 'nothing was left for later');
    openSearch({ dataDir: first.dataDir });
    await until('all is deleted', () => tables.every((table) => count(db, table) === 0));
  });

  it('is not read into the index any more', async () => {
    const { client, reader, engine } = openSearch();
    const go = reader.hold();
    const file_ids: string[] = [];
    for (const name of ['a.txt', 'b.txt', 'c.txt']) file_ids.push((await upload(client, name, name)).id);
    const { id } = await client.vectorStores.create({ file_ids });
    await until('two are being read', () => reader.begun.length === 2);
    await client.vectorStores.delete(id);
    await until('both are aborted', () => reader.stopped.length === 2);
    go();
    await engine.close();
    assert.equal(reader.begun.length, 2);
  });

  it('leaves only a few of its words beside those of another store', async () => {
    const { client, dataDir, log } = openSearch();
    const kept = await client.vectorStores.create({});
    const removed = await client.vectorStores.create({});
    addFiles(dataDir, kept.id, ['file-x']);
    addFiles(dataDir, removed.id, fileIds);
    const db = open(dataDir);
    const words = () => count(db, 'search_word_counts');
    assert.ok(words() > 6 * chunksPerFile);
    await client.vectorStores.delete(removed.id);
    await until('most words are dropped', () => words() < 3 * chunksPerFile);
    assert.equal(count(db, 'search_chunks'), chunksPerFile);
    assert.deepEqual(log, []);
    db.exec(`INSERT INTO search_words (search_words) VALUES ('integrity-check')`);
  });

  it('leaves the file shorter', async () => {
    const { client, dataDir } = openSearch();
    const { id } = await client.vectorStores.create({});
    addFiles(
      dataDir,
      id,
      Array.from({ length: 12 }, (_, i) => `file-${i}`),
    );
    const db = open(dataDir);
    db.exec('PRAGMA wal_checkpoint');
    const size = () => statSync(join(dataDir, 'assistants.db')).size;
    const before = size();
    await client.vectorStores.delete(id);
    await until('the file is half as long', () => size() < before / 2);
    assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
  });
});

describe('an expired vector store', () => {
  it('has no files from then on', async () => {
    const { client, dataDir } = openSearch({ tickInterval: 3_600_000 });
    const { id } = await client.vectorStores.create({ expires_after: { anchor: 'last_active_at', days: 1 } });
    addFiles(dataDir, id, fileIds);
    const db = open(dataDir);
    db.exec(`UPDATE vector_stores SET body = json_set(body, '$.last_active_at', 1)`);
    const expired = await client.vectorStores.retrieve(id);
    assert.deepEqual([expired.status, expired.file_counts.total, expired.usage_bytes], ['expired', 0, 0]);
    assert.deepEqual(await collect(client.vectorStores.files.list(id)), []);
    await refused(
      client.vectorStores.files.retrieve('file-a', { vector_store_id: id }),
      404,
      /No vector store file found/,
    );
  });
});

describe('vectors that an earlier version wrote', () => {
  it('are found before, while and after they are converted', () => {
    const dataDir = temporaryFolder();
    const db = openDatabase(dataDir);
    afterTest(() => db.close());
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(dataDir, 'vs_a', fileIds);
    const query = (number: number) => {
      const vector = { model: 'test/small', vector: vectorOf(number) };
      return { storeIds: ['vs_a'], text: `number${number}`, vector, limit: 5 };
    };
    const numbers = [3, 700, 1_250, 2_999];
    const results = (of = new SearchIndex(db)) =>
      numbers.map((number) =>
        of.search(query(number)).map(({ chunk, score }) => [chunk.text, score.toFixed(5)]),
      );
    const now = results();
    assert.deepEqual(
      now.map(([best]) => best?.[0]),
      numbers.map((number) => `tide number${number}`),
    );
    toOldForm(db);
    const index = new SearchIndex(db);
    assert.deepEqual(results(index), now);
    for (let piece = 0; piece < 5; piece++) assert.equal(index.convertPiece(220), true);
    assert.ok(count(db, 'search_vectors') > 0 && count(db, 'search_signs') > 0);
    assert.deepEqual(results(index), now);
    // Another engine continues.
    const next = new SearchIndex(db);
    while (next.convertPiece(220)) /* the next piece */ ;
    assert.equal(count(db, 'search_vectors'), 0);
    assert.deepEqual(results(index), now);
    assert.deepEqual(results(next), now);
  });

  it('are converted in the background', async () => {
    const first = openSearch();
    const { id } = await first.client.vectorStores.create({});
    addFiles(first.dataDir, id, fileIds);
    await first.engine.close();
    const db = open(first.dataDir);
    toOldForm(db);
    const shares: number[] = [];
    const { log } = openSearch({
      dataDir: first.dataDir,
      onIndexUpdate: (what, done) => what === 'vectors' && shares.push(done),
    });
    await until('they are converted', () => count(db, 'search_vectors') === 0);
    assert.equal(count(db, 'search_signs'), fileIds.length);
    assert.equal(count(db, 'search_chunk_vectors'), fileIds.length * chunksPerFile);
    const what = 'Converting the vectors of an earlier version';
    await until('its end is reported', () => log.includes(`${what}: done.`));
    assert.deepEqual(shares, [0, 0.16, 0.33, 0.5, 0.66, 0.83, 1]);
    assert.deepEqual(
      log.filter((line) => line.startsWith(what)),
      [
        `${what}: 6 files. Files can be searched meanwhile.`,
        ...[10, 30, 50, 60, 80].map((percent) => `${what}: ${percent} %.`),
        `${what}: done.`,
      ],
    );
  });
});

describe('a search while the chunks of a removed file are being deleted', () => {
  it('finds the passages of the other files in their place', () => {
    const dataDir = temporaryFolder();
    const db = openDatabase(dataDir);
    afterTest(() => db.close());
    db.exec(`INSERT INTO vector_stores (id, body) VALUES ('vs_a', '{}')`);
    addFiles(dataDir, 'vs_a', ['file-a', 'file-b']);
    const index = new SearchIndex(db);
    index.remove('vs_a', 'file-a');
    const found = () =>
      index.search({ storeIds: ['vs_a'], text: 'tide', limit: 10 }).map(({ fileId }) => fileId);
    assert.deepEqual(found(), Array<string>(10).fill('file-b'));
    index.deletePiece(100);
    assert.deepEqual(found(), Array<string>(10).fill('file-b'));
  });
});
