import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import { toFile } from 'openai';
import { openSearch, storeWith, upload, whenRead } from './fileSearchSupport';
import { collect, refused, until } from './support';

const day = 24 * 60 * 60;

/** The rows of every table that file search fills. */
function rowsLeft(dataDir: string): Record<string, number> {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true });
  const tables = [
    'vector_stores',
    'vector_store_files',
    'vector_store_file_batches',
    'search_stores',
    'search_files',
    'search_chunks',
    'search_vectors',
    'search_words',
  ];
  const counts = tables.map((table) => {
    const row = db.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get();
    return [table, row?.['rows'] as number];
  });
  db.close();
  return Object.fromEntries(counts.filter(([, rows]) => rows !== 0)) as Record<string, number>;
}

describe('a vector store', () => {
  it('is created immediately, reads its files, and reports their status', async () => {
    const { client, reader } = openSearch();
    const go = reader.hold();
    const file = await upload(client, 'notes.txt', 'The tide turns twice a day.');
    const created = await client.vectorStores.create({
      name: 'Notes',
      description: 'About the sea',
      file_ids: [file.id],
      metadata: { of: 'me' },
    });
    equal(created.status, 'in_progress');
    deepEqual(created.file_counts, { in_progress: 1, completed: 0, failed: 0, cancelled: 0, total: 1 });
    go();
    const read = await whenRead(client, created.id);
    equal(read.status, 'completed');
    equal(read.name, 'Notes');
    deepEqual(read.metadata, { of: 'me' });
    deepEqual(read.file_counts, { in_progress: 0, completed: 1, failed: 0, cancelled: 0, total: 1 });
    ok(read.usage_bytes > 0);
    equal(read.expires_at, null);
    const entry = await client.vectorStores.files.retrieve(file.id, { vector_store_id: created.id });
    equal(entry.usage_bytes, read.usage_bytes);
    deepEqual(entry.chunking_strategy, {
      type: 'static',
      static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
    });
  });

  it('is changed, listed in pages and deleted', async () => {
    const { client, dataDir } = openSearch();
    const stores = [];
    for (const name of ['a', 'b', 'c']) stores.push(await client.vectorStores.create({ name }));
    const [first] = stores;
    const changed = await client.vectorStores.update(first!.id, {
      name: 'z',
      metadata: { k: 'v' },
      expires_after: { anchor: 'last_active_at', days: 3 },
    });
    equal(changed.name, 'z');
    equal(changed.expires_at, changed.last_active_at! + 3 * day);
    const kept = await client.vectorStores.update(first!.id, { expires_after: null });
    deepEqual([kept.name, kept.metadata, kept.expires_at], ['z', { k: 'v' }, null]);
    equal(kept.expires_after, null);

    deepEqual(
      (await collect(client.vectorStores.list({ limit: 2 }))).map(({ name }) => name),
      ['c', 'b', 'z'],
    );
    const oldest = await client.vectorStores.list({ limit: 2, order: 'asc' });
    deepEqual(
      oldest.data.map(({ name }) => name),
      ['z', 'b'],
    );
    equal(oldest.has_more, true);

    for (const { id } of stores) equal((await client.vectorStores.delete(id)).deleted, true);
    await refused(client.vectorStores.retrieve(first!.id), 404, /No vector store found with id/);
    await until('nothing is left', () => Object.keys(rowsLeft(dataDir)).length === 0);
  });

  it('rejects invalid requests, and names the parameter or the id', async () => {
    const { client } = openSearch();
    const { id } = await client.vectorStores.create({});
    await refused(
      client.vectorStores.create({ file_ids: ['file-none'] }),
      404,
      /No file found with id 'file-none'/,
    );
    await refused(client.vectorStores.search('vs_none', { query: 'x' }), 404, /No vector store found/);
    await refused(
      client.vectorStores.search(id, { query: 'x', max_num_results: 51 }),
      400,
      /<= 50/,
      'max_num_results',
    );
    await refused(
      client.vectorStores.create({ expires_after: { anchor: 'last_active_at', days: 366 } }),
      400,
      /<= 365/,
      'expires_after.days',
    );
    const file = await upload(client, 'a.txt', 'a');
    const sizes = { max_chunk_size_tokens: 100, chunk_overlap_tokens: 51 };
    await refused(
      client.vectorStores.files.create(id, {
        file_id: file.id,
        chunking_strategy: { type: 'static', static: sizes },
      }),
      400,
      /must not exceed half/,
      'chunking_strategy.static.chunk_overlap_tokens',
    );
    const tooMany = Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, at]));
    await refused(
      client.vectorStores.files.create(id, { file_id: file.id, attributes: tooMany }),
      400,
      /at most 16 properties/,
      'attributes',
    );
    await refused(
      client.vectorStores.files.retrieve(file.id, { vector_store_id: id }),
      404,
      /No vector store file found/,
    );
    await refused(
      client.vectorStores.fileBatches.retrieve('vsfb_none', { vector_store_id: id }),
      404,
      /No file batch found/,
    );
  });

  it('takes at most 10,000 files', async function () {
    this.timeout(60_000);
    const { client, dataDir, reader } = openSearch();
    reader.hold();
    const { id } = await client.vectorStores.create({});
    const { id: file_id } = await upload(client, 'a.txt', 'a');
    const db = new DatabaseSync(join(dataDir, 'assistants.db'));
    db.exec(`INSERT INTO vector_store_files (vector_store_id, id, status, body)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
      SELECT '${id}', 'file-' || i, 'completed', json_object('id', 'file-' || i, 'usage_bytes', 0) FROM n`);
    db.close();
    await refused(client.vectorStores.files.create(id, { file_id }), 400, /at most 10000 files/, 'file_id');
    equal((await client.vectorStores.retrieve(id)).file_counts.total, 10_000);
  });

  it('expires some time after its last use, and drops its files', async () => {
    const { client, dataDir, log } = openSearch();
    const { id } = await storeWith(client, { 'a.txt': 'The tide turns.' });
    const { id: file_id } = await upload(client, 'b.txt', 'b');
    await client.vectorStores.update(id, { expires_after: { anchor: 'last_active_at', days: 1 } });
    const db = new DatabaseSync(join(dataDir, 'assistants.db'));
    const age = (seconds: number) =>
      db.exec(`UPDATE vector_stores SET body = json_set(body, '$.last_active_at', unixepoch() - ${seconds})`);
    age(day - 60);
    const before = await client.vectorStores.retrieve(id);
    await client.vectorStores.search(id, { query: 'tide' });
    const used = await client.vectorStores.retrieve(id);
    ok(used.last_active_at! > before.last_active_at!, 'a search is a use');
    age(day + 1);
    const left = { vector_stores: 1 };
    await until('it expires without a request', () => isDeepStrictEqual(rowsLeft(dataDir), left));
    const expired = await client.vectorStores.retrieve(id);
    equal(expired.status, 'expired');
    equal(expired.file_counts.total, 0);
    db.close();
    await refused(client.vectorStores.search(id, { query: 'tide' }), 400, /has expired/);
    await refused(client.vectorStores.files.create(id, { file_id }), 400, /has expired/);
    deepEqual(log, []);
  });
});

describe('the files of a vector store', () => {
  it('are read one by one; a bad one has an error, and the others are still read', async () => {
    const { client, log } = openSearch();
    const { id: vector_store_id } = await client.vectorStores.create({});
    const names = {
      'good.txt': 'A good file.',
      'bad.txt': 'broken',
      'worse.txt': 'crash',
      'fine.txt': 'Fine.',
    };
    const files = await Promise.all(
      Object.entries(names).map(([name, text]) => toFile(Buffer.from(text), name)),
    );
    const batch = await client.vectorStores.fileBatches.uploadAndPoll(vector_store_id, { files });
    equal(batch.status, 'completed');
    deepEqual(batch.file_counts, { in_progress: 0, completed: 2, failed: 2, cancelled: 0, total: 4 });
    const failed = await collect(
      client.vectorStores.fileBatches.listFiles(batch.id, { vector_store_id, filter: 'failed' }),
    );
    deepEqual(failed.map(({ last_error }) => last_error?.code).sort(), ['invalid_file', 'server_error']);
    const bad = failed.find(({ last_error }) => last_error?.code === 'invalid_file');
    equal(bad?.last_error?.message, 'bad.txt is damaged.');
    ok(
      log.some((line) => line.includes('The reader has a fault.')),
      'unexpected errors are logged',
    );
    const completed = await collect(
      client.vectorStores.files.list(vector_store_id, { filter: 'completed', limit: 1 }),
    );
    equal(completed.length, 2);
    equal((await client.vectorStores.retrieve(vector_store_id)).status, 'completed');
  });

  it('make a failed batch if none could be read', async () => {
    const { client } = openSearch();
    const { id } = await client.vectorStores.create({});
    const file = await upload(client, 'bad.txt', 'broken');
    const batch = await client.vectorStores.fileBatches.createAndPoll(id, { file_ids: [file.id] });
    equal(batch.status, 'failed');
  });

  it('are uploaded and read in one call, and return their text', async () => {
    const { client } = openSearch();
    const { id } = await client.vectorStores.create({});
    const text = Array.from({ length: 400 }, (_, at) => `Sentence number ${at} stands here.`).join('\n');
    const whole = await client.vectorStores.files.uploadAndPoll(
      id,
      await toFile(Buffer.from(text), 'long.txt'),
    );
    const strategy = { max_chunk_size_tokens: 100, chunk_overlap_tokens: 20 };
    const file = await client.vectorStores.files.createAndPoll(id, {
      file_id: whole.id,
      chunking_strategy: { type: 'static', static: strategy },
    });
    deepEqual(file.chunking_strategy, { type: 'static', static: strategy });
    equal(file.status, 'completed');
    const content = await collect(client.vectorStores.files.content(file.id, { vector_store_id: id }));
    deepEqual(content, [{ type: 'text', text }]);
  });

  it('are read in the encoding that their attributes say', async () => {
    const { client, reader } = openSearch();
    const { id: vector_store_id } = await client.vectorStores.create({});
    const [a, b] = [await upload(client, 'a.txt', 'a'), await upload(client, 'b.txt', 'b')];
    await client.vectorStores.files.createAndPoll(vector_store_id, {
      file_id: a.id,
      attributes: { encoding: 'gbk' },
    });
    await client.vectorStores.files.createAndPoll(vector_store_id, { file_id: b.id });
    deepEqual(reader.encodings, ['gbk', undefined]);
  });

  it('have attributes of their own in a batch', async () => {
    const { client } = openSearch();
    const { id: vector_store_id } = await client.vectorStores.create({});
    const [a, b] = [await upload(client, 'a.txt', 'a'), await upload(client, 'b.txt', 'b')];
    await client.vectorStores.fileBatches.createAndPoll(vector_store_id, {
      files: [{ file_id: a.id, attributes: { year: 2024 } }, { file_id: b.id }],
    });
    const { files } = client.vectorStores;
    deepEqual((await files.retrieve(a.id, { vector_store_id })).attributes, { year: 2024 });
    deepEqual((await files.update(b.id, { vector_store_id, attributes: { draft: true } })).attributes, {
      draft: true,
    });
    deepEqual((await files.retrieve(b.id, { vector_store_id })).attributes, { draft: true });
    await refused(
      client.vectorStores.fileBatches.create(vector_store_id, {
        file_ids: [a.id],
        files: [{ file_id: b.id }],
      }),
      400,
      /not both/,
    );
  });

  it('that are queued in a batch are not read once it is cancelled, and current reads are aborted', async () => {
    const { client, reader } = openSearch();
    const go = reader.hold();
    const { id: vector_store_id } = await client.vectorStores.create({});
    const file_ids: string[] = [];
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt'])
      file_ids.push((await upload(client, name, name)).id);
    const batch = await client.vectorStores.fileBatches.create(vector_store_id, { file_ids });
    await until('two are being read', () => reader.begun.length === 2);
    const cancelled = await client.vectorStores.fileBatches.cancel(batch.id, { vector_store_id });
    equal(cancelled.status, 'cancelled');
    equal(cancelled.file_counts.cancelled, 4);
    await until('both are aborted', () => reader.stopped.length === 2);
    go();
    equal((await client.vectorStores.retrieve(vector_store_id)).file_counts.cancelled, 4);
    equal(reader.begun.length, 2);
  });

  it('leave nothing behind when they are deleted or removed, or their store is', async () => {
    const { client, dataDir } = openSearch();
    const store = await storeWith(client, {
      'a.txt': 'One two.',
      'b.txt': 'Three four.',
      'c.txt': 'Five six.',
    });
    const [c, b, a] = await collect(client.vectorStores.files.list(store.id));
    await client.vectorStores.files.delete(a!.id, { vector_store_id: store.id });
    equal((await client.vectorStores.retrieve(store.id)).file_counts.total, 2);
    await until('its chunk is deleted', () => rowsLeft(dataDir)['search_chunks'] === 2);
    equal((await client.files.retrieve(a!.id)).id, a!.id);
    await client.files.delete(b!.id);
    deepEqual(
      (await collect(client.vectorStores.files.list(store.id))).map(({ id }) => id),
      [c!.id],
    );
    await until('its words are deleted', () => rowsLeft(dataDir)['search_words'] === 1);
    await client.vectorStores.delete(store.id);
    await until('nothing is left', () => Object.keys(rowsLeft(dataDir)).length === 0);
  });

  it('may be deleted while they are read', async () => {
    const { client, dataDir, reader } = openSearch();
    const go = reader.hold();
    const file = await upload(client, 'a.txt', 'a');
    const { id } = await client.vectorStores.create({ file_ids: [file.id] });
    await until('it is being read', () => reader.begun.length === 1);
    await client.files.delete(file.id);
    await until('it is aborted', () => reader.stopped.length === 1);
    go();
    equal((await client.vectorStores.retrieve(id)).file_counts.total, 0);
    deepEqual(rowsLeft(dataDir), { vector_stores: 1 });
  });

  it('that a store already has are read again', async () => {
    const { client } = openSearch();
    const file = await upload(client, 'a.txt', 'The tide turns.');
    const { id } = await client.vectorStores.create({ file_ids: [file.id] });
    await whenRead(client, id);
    await client.vectorStores.files.createAndPoll(id, { file_id: file.id, attributes: { again: true } });
    const { file_counts } = await client.vectorStores.retrieve(id);
    equal(file_counts.total, 1);
    const { data } = await client.vectorStores.search(id, { query: 'tide' });
    equal(data.length, 1);
    deepEqual(data[0]?.attributes, { again: true });
    match(data[0]?.content[0]?.text ?? '', /tide turns/);
  });
});
