import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { openSearch, TestReader, upload } from '../fileSearchSupport';
import { afterTest, executeSql, openEngine, temporaryFolder, until } from '../support';

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

  it('that have expired are deleted at several ticks', async () => {
    const dataDir = temporaryFolder();
    const { engine, client } = openEngine({ dataDir });
    await client.files.create({ file: new File(['text'], 'a.txt'), purpose: 'assistants' });
    await engine.close();
    executeSql(
      dataDir,
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
       INSERT INTO files (id, purpose, body) SELECT 'file-' || i, purpose,
         json_set(body, '$.id', 'file-' || i, '$.expires_at', 1000) FROM n, files`,
    );
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
