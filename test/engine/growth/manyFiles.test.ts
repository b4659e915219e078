import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { openSearch, TestReader, upload } from '../fileSearchSupport';
import { afterTest, executeSql, openEngine, refused, temporaryFolder, until } from '../support';
import { countQueries, mostInOneTurn } from './queries';

/** Counts the statements that are prepared until the end of the test. */
function countPrepared(): { count: number } {
  const prepared = { count: 0 };
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
    prepared.count++;
    return prepare.call(this, sql);
  };
  afterTest(() => void (DatabaseSync.prototype.prepare = prepare));
  return prepared;
}

/** Copies the only file of a folder, as file-1, file-2 and so on, with these fields. */
function copyFiles(dataDir: string, count: number, fields: object = {}): void {
  executeSql(
    dataDir,
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO files (id, purpose, body) SELECT 'file-' || i, purpose,
       json_patch(json_set(body, '$.id', 'file-' || i), '${JSON.stringify(fields)}') FROM n, files`,
  );
}

describe('many files', () => {
  it('are added to a store by statements that are prepared once', async () => {
    const reader = new TestReader();
    const { client } = openSearch({ reader });
    reader.hold();
    const { id } = await client.vectorStores.create({});
    const file_ids: string[] = [];
    for (let i = 0; i < 60; i++) file_ids.push((await upload(client, `${i}.txt`, 'text')).id);
    await client.vectorStores.fileBatches.create(id, { file_ids: file_ids.slice(0, 30) });
    const prepared = countPrepared();
    const batch = await client.vectorStores.fileBatches.create(id, { file_ids: file_ids.slice(30) });
    assert.equal(batch.file_counts.total, 30);
    assert.ok(prepared.count < 15, `${prepared.count} statements were prepared`);
  });

  it('are added to a store as a batch bit by bit, or none of them', async () => {
    const reader = new TestReader();
    const { client, dataDir } = openSearch({ reader });
    reader.hold();
    const { id: first } = await upload(client, '0.txt', 'text');
    copyFiles(dataDir, 10_002);
    const store = await client.vectorStores.create({ file_ids: [first] });
    const ids = (from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, i) => `file-${from + i}`);
    const countOf = async (): Promise<number> =>
      (await client.vectorStores.retrieve(store.id)).file_counts.total;

    const file_ids = [first, ...ids(1, 1_999), 'file-10002'];
    const refusal = refused(client.vectorStores.fileBatches.create(store.id, { file_ids }), 404, /10002/);
    await until('some are added', async () => (await countOf()) > 1);
    await client.files.delete('file-10002');
    await refusal;
    assert.equal(await countOf(), 1);
    const left = await client.vectorStores.files.retrieve(first, { vector_store_id: store.id });
    assert.equal(left.status, 'in_progress');

    const queries = countQueries();
    let added = 0;
    const most = mostInOneTurn(() => {
      added += queries.sql
        .splice(0)
        .filter((sql) => sql.startsWith('INSERT INTO vector_store_files ')).length;
      return added;
    });
    const batch = await client.vectorStores.fileBatches.create(store.id, { file_ids: ids(1, 2_001) });
    assert.equal(batch.file_counts.total, 2_000);
    assert.ok(most() < 1_000, `${most()} at once`);

    const missing = [...ids(2_001, 2_500), 'file-missing'];
    await refused(client.vectorStores.fileBatches.create(store.id, { file_ids: missing }), 404, /missing/);
    assert.equal(await countOf(), 2_001);
    for (let from = 2_001; from < 9_900; from += 1_000) {
      const file_ids = ids(from, Math.min(from + 1_000, 9_900));
      await client.vectorStores.fileBatches.create(store.id, { file_ids });
    }
    // Of these, the store has the first.
    const full = ids(9_899, 10_001);
    await refused(client.vectorStores.fileBatches.create(store.id, { file_ids: full }), 400, /at most 10000/);
    assert.equal(await countOf(), 9_900);
    await client.vectorStores.fileBatches.create(store.id, { file_ids: ids(9_000, 10_000) });
    assert.equal(await countOf(), 10_000);
  });

  it('that have expired are deleted at several ticks', async () => {
    const dataDir = temporaryFolder();
    const { engine, client } = openEngine({ dataDir });
    await client.files.create({ file: new File(['text'], 'a.txt'), purpose: 'assistants' });
    await engine.close();
    copyFiles(dataDir, 3000, { expires_at: 1000 });
    const left = (): number => {
      const db = new DatabaseSync(`${dataDir}/assistants.db`, { readOnly: true });
      const count = db.prepare('SELECT count(*) AS count FROM files').get()?.['count'];
      db.close();
      return count as number;
    };
    openEngine({ dataDir, tickInterval: 5 });
    const seen = new Set<number>();
    await until('only the first is left', () => {
      seen.add(left());
      return seen.has(1);
    });
    assert.ok(seen.size > 3, `${seen.size} states were seen`);
  });
});
