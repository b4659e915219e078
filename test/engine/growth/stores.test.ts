import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { migrations } from '../../../src/engine/store/migrations';
import { Store } from '../../../src/engine/store/store';
import type { StoredSearch } from '../../../src/engine/store/tables/runTables';
import { Random } from '../crashes/random';
import { openSearch, TestReader, upload } from '../fileSearchSupport';
import { afterTest, clientOf, executeSql, openEngine, temporaryFolder, until } from '../support';
import { askedIn, countQueries } from './queries';

/** The stores and batches whose stored numbers are not those of their files. */
const wrongCounts = ['vector_store_id', 'batch_id'].map((column) => {
  const table = column === 'batch_id' ? 'vector_store_file_batches' : 'vector_stores';
  const count = (what: string): string =>
    `(SELECT ${what} FROM vector_store_files AS f WHERE f.${column} = ${table}.id)`;
  const wrong = ['in_progress', 'completed', 'failed', 'cancelled'].map(
    (status) => `files_${status} <> ${count(`COUNT(CASE f.status WHEN '${status}' THEN 1 END)`)}`,
  );
  return `SELECT * FROM ${table} WHERE ${wrong.join(' OR ')}
    OR file_bytes <> ${count(`COALESCE(SUM(f.body ->> '$.usage_bytes'), 0)`)}`;
});

function assertCounts(dataDir: string): void {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true });
  for (const sql of wrongCounts) assert.deepEqual(db.prepare(sql).all(), []);
  db.close();
}

describe('the numbers of the files of a store', function () {
  this.timeout(60_000);

  it('are kept right by whatever adds, reads, fails, cancels and removes files in two windows', async () => {
    const dataDir = temporaryFolder();
    const reader = new TestReader();
    const { client, engine } = openSearch({ dataDir, reader, tickInterval: 30 });
    const windows = [client, clientOf(openSearch({ dataDir, reader, tickInterval: 30 }).engine)];
    const files: string[] = [];
    for (let count = 0; count < 12; count++) {
      const text = count % 4 === 0 ? 'broken' : `Text ${count} `.repeat(count * 20);
      files.push((await upload(client, `${count}.txt`, text)).id);
    }
    const stores = [
      await client.vectorStores.create({}),
      await client.vectorStores.create({ file_ids: files.slice(0, 3) }),
    ];
    const batches: [store: string, batch: string][] = [];
    const random = new Random(2);
    let go: () => void = () => undefined;
    for (let step = 0; step < 150; step++) {
      const { vectorStores } = random.pick(windows) ?? client;
      const id = random.pick(stores)?.id ?? '';
      const file_id = random.pick(files) ?? '';
      const [of, batch] = random.pick(batches) ?? [];
      const steps: (() => Promise<unknown>)[] = [
        () => vectorStores.files.create(id, { file_id }),
        () => vectorStores.files.create(id, { file_id }),
        () => vectorStores.files.delete(file_id, { vector_store_id: id }).catch(() => undefined),
        async () => {
          const file_ids = files.filter(() => random.below(3) === 0);
          if (file_ids.length === 0) return;
          batches.push([id, (await vectorStores.fileBatches.create(id, { file_ids })).id]);
        },
        async () => batch && (await vectorStores.fileBatches.cancel(batch, { vector_store_id: of ?? '' })),
        () => engine.fetch(`http://engine/v1/vector_stores/${id}/rebuild`, { method: 'POST' }),
        () => new Promise((resolve) => setTimeout(resolve, 10)),
        () => Promise.resolve((go(), (go = random.below(2) === 0 ? reader.hold() : () => undefined))),
      ];
      await random.pick(steps)?.();
      assertCounts(dataDir);
    }
    go();
    await client.files.delete(files[5] ?? '');
    assertCounts(dataDir);
    const [first, second] = stores;
    executeSql(
      dataDir,
      `UPDATE vector_stores SET body = json_set(body, '$.expires_after', json('{"anchor":"last_active_at","days":1}'), '$.last_active_at', 1)
       WHERE id = '${first?.id}'`,
    );
    assert.equal((await client.vectorStores.retrieve(first?.id ?? '')).file_counts.total, 0);
    assertCounts(dataDir);
    const read = await until('all files are read', async () => {
      const store = await client.vectorStores.retrieve(second?.id ?? '');
      return store.file_counts.in_progress === 0 && store;
    });
    const listed = await client.vectorStores.files.list(read.id, { limit: 100 });
    assert.equal(read.file_counts.total, listed.data.length);
    await client.vectorStores.delete(read.id);
    assertCounts(dataDir);
  });

  it('are not counted again when a file is added', async () => {
    const { client } = openSearch({ tickInterval: 60_000 });
    const file = await upload(client, 'sea.txt', 'The tide turns.');
    const store = await client.vectorStores.create({});
    const queries = countQueries();
    const { sql } = await askedIn(queries, async () => {
      await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 5 });
      await client.vectorStores.retrieve(store.id);
    });
    assert.deepEqual(
      sql.filter((one) => /(COUNT|SUM)\(|GROUP BY/i.test(one) && one.includes('vector_store_files')),
      [],
    );
  });
});

describe('a database of the format before', () => {
  /** The format that counted files and read searches at each use. */
  const before = 9;

  it('is given the numbers of its files, its searches and the files that tools wrote', async () => {
    const dataDir = temporaryFolder();
    const db = new DatabaseSync(join(dataDir, 'assistants.db'));
    for (const sql of migrations.slice(0, before)) db.exec(sql);
    const passages = ['sea', 'hill'].map((name) => ({
      file_id: `file_${name}`,
      file_name: `${name}.txt`,
      score: 1,
      text: name,
    }));
    const search = (number: number, found: StoredSearch['passages']): StoredSearch => ({
      number,
      arguments: '{}',
      passages: found,
    });
    const turns = [
      { searches: { 'call "1"': search(0, passages) }, files: { 'plot.png': 'file_old' } },
      { files: { 'plot.png': 'file_new' } },
      { searches: { call_2: search(1, []), call_3: search(2, passages.slice(1)) } },
      {},
    ];
    db.exec(`
      INSERT INTO threads (id, body) VALUES ('thread_1', '{"id":"thread_1"}');
      INSERT INTO runs (id, thread_id, status, settings, body) VALUES ('run_1', 'thread_1', 'completed', '{}', '{}');
      INSERT INTO vector_stores (id, body) VALUES ('vs_1', '{}'), ('vs_2', '{}');
      INSERT INTO vector_store_file_batches (id, vector_store_id, body) VALUES ('vsfb_1', 'vs_1', '{}');
      INSERT INTO vector_store_files (vector_store_id, id, batch_id, status, body) VALUES
        ('vs_1', 'file_1', 'vsfb_1', 'completed', '{"usage_bytes":7}'), ('vs_1', 'file_2', 'vsfb_1', 'failed', '{"usage_bytes":0}'),
        ('vs_1', 'file_3', NULL, 'completed', '{"usage_bytes":5}');
      PRAGMA user_version = ${before}`);
    for (const [at, turn] of turns.entries()) {
      const step = { id: `step_${at}`, thread_id: 'thread_1', run_id: 'run_1', status: 'completed' };
      db.prepare('INSERT INTO run_steps (id, thread_id, run_id, turn, body) VALUES (?, ?, ?, ?, ?)').run(
        step.id,
        step.thread_id,
        step.run_id,
        JSON.stringify(turn),
        JSON.stringify(step),
      );
    }
    db.close();
    const store = new Store(dataDir);
    afterTest(() => store.close());
    assertCounts(dataDir);
    const { counts, bytes } = store.vectorStoreFiles.counts('vector_store_id', 'vs_1');
    assert.deepEqual(
      { ...counts, bytes },
      { in_progress: 0, completed: 2, failed: 1, cancelled: 0, total: 3, bytes: 12 },
    );
    const { steps } = store;
    assert.equal(steps.nextSearchNumber('thread_1'), 3);
    assert.deepEqual(steps.search('thread_1', 0)?.passages, passages);
    assert.equal(steps.citedFile('thread_1', 0, 1), 'file_hill');
    assert.equal(steps.citedFile('thread_1', 0, 2), undefined);
    assert.equal(steps.citedFile('thread_1', 1, 0), undefined);
    assert.deepEqual(steps.newestPassage('thread_1', 'file_hill'), {
      search: 2,
      passage: 0,
      fileName: 'hill.txt',
    });
    assert.deepEqual(steps.writtenFiles('thread_1'), new Map([['plot.png', 'file_new']]));
    const { client } = openEngine({ dataDir });
    await client.beta.threads.delete('thread_1').catch(() => undefined);
    const left = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true });
    assert.deepEqual(left.prepare('SELECT number FROM thread_searches').all(), []);
    assert.deepEqual(left.prepare('SELECT name FROM thread_files').all(), []);
    left.close();
  });
});
