import { deepEqual, equal, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSearch, upload, whenRead } from './fileSearchSupport';
import { until } from './support';

describe('files that are being read', () => {
  it('when their engine is closed are read by the next one', async () => {
    const first = openSearch();
    first.reader.hold();
    const file = await upload(first.client, 'a.txt', 'The tide turns.');
    const { id } = await first.client.vectorStores.create({ file_ids: [file.id] });
    await until('it is being read', () => first.reader.begun.length === 1);
    await first.engine.close();
    deepEqual(first.reader.stopped, ['a.txt']);

    const { client, reader } = openSearch({ dataDir: first.dataDir });
    equal((await whenRead(client, id)).file_counts.completed, 1);
    deepEqual(reader.begun, ['a.txt']);
  });

  it('when their engine died are read by another, and the dead one’s late result is ignored', async () => {
    const dead = openSearch();
    const wake = dead.reader.hold();
    const file = await upload(dead.client, 'a.txt', 'The tide turns.');
    const { id } = await dead.client.vectorStores.create({ file_ids: [file.id] });
    await until('it is being read', () => dead.reader.begun.length === 1);
    // As if its process had died: no process has this id.
    const db = new DatabaseSync(join(dead.dataDir, 'assistants.db'));
    db.exec('UPDATE engines SET pid = 4194305');

    const { client, reader } = openSearch({ dataDir: dead.dataDir });
    const read = await whenRead(client, id);
    equal(read.file_counts.completed, 1);
    deepEqual(reader.begun, ['a.txt']);
    const chunksNow = () => db.prepare('SELECT COUNT(*) AS chunks FROM search_chunks').get()?.['chunks'];
    equal(chunksNow(), 1);
    wake();
    await dead.engine.close();
    equal(chunksNow(), 1);
    db.close();
    deepEqual(await client.vectorStores.retrieve(id), read);
  });

  it('are shared out among the engines of a folder, each file to one of them', async () => {
    const one = openSearch();
    const other = openSearch({ dataDir: one.dataDir });
    const go = [one.reader.hold(), other.reader.hold()];
    const file_ids: string[] = [];
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((letter) => `${letter}.txt`);
    for (const name of names) file_ids.push((await upload(one.client, name, `This is ${name}.`)).id);
    const { id } = await one.client.vectorStores.create({ file_ids });
    await until('both read', () => one.reader.begun.length > 0 && other.reader.begun.length > 0);
    for (const release of go) release();
    equal((await whenRead(other.client, id)).file_counts.completed, names.length);
    deepEqual([...one.reader.begun, ...other.reader.begun].sort(), names);
  });

  it('by another engine are aborted when they are removed here', async () => {
    const one = openSearch();
    one.reader.hold();
    const file = await upload(one.client, 'a.txt', 'The tide turns.');
    const { id } = await one.client.vectorStores.create({ file_ids: [file.id] });
    await until('it is being read', () => one.reader.begun.length === 1);
    const other = openSearch({ dataDir: one.dataDir });
    await other.client.vectorStores.delete(id);
    await until('it is aborted', () => one.reader.stopped.length === 1);
  });

  it('do not block the engine while a long one is written', async () => {
    const { client, reader, dataDir } = openSearch();
    const go = reader.hold();
    const line = 'The tide turns, and the ships go out with it before the morning. ';
    const file = await upload(client, 'long.txt', line.repeat(60_000));
    const { id } = await client.vectorStores.create({ file_ids: [file.id] });
    await until('it is being read', () => reader.begun.length === 1);
    const db = new DatabaseSync(join(dataDir, 'assistants.db'));
    const written = () => Number(db.prepare('SELECT COUNT(*) AS n FROM search_chunks').get()?.['n']);
    const seen = new Set<number>();
    go();
    await until('it is written', async () => {
      seen.add(written());
      return (await client.vectorStores.retrieve(id)).status === 'completed';
    });
    seen.add(written());
    db.close();
    ok(seen.size > 5, `${seen.size} states of it were seen between the first chunk and the last`);
  });

  it('leave nothing behind when another engine cancels them while they are written', async () => {
    // With this interval the engine does not notice changes of others before it has written the file.
    const one = openSearch({ tickInterval: 3_600_000 });
    const file = await upload(one.client, 'long.txt', 'The tide turns. '.repeat(600_000));
    const go = one.reader.hold();
    const { id } = await one.client.vectorStores.create({});
    const batch = await one.client.vectorStores.fileBatches.create(id, { file_ids: [file.id] });
    await until('it is being read', () => one.reader.begun.length === 1);
    const other = openSearch({ dataDir: one.dataDir });
    const db = new DatabaseSync(join(one.dataDir, 'assistants.db'));
    const count = (table: string) => Number(db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n']);
    go();
    await until('its first chunks are written', () => count('search_chunks') > 0);
    const cancelled = await other.client.vectorStores.fileBatches.cancel(batch.id, { vector_store_id: id });
    equal(cancelled.file_counts.cancelled, 1);
    await until('nothing is left', () => count('search_files') === 0);
    equal(count('search_chunks'), 0);
    deepEqual(one.reader.stopped, [], 'it was written completely');
    db.close();
  });

  it('leave nothing behind when they are removed while they are written', async () => {
    const { client, reader, dataDir } = openSearch();
    const go = reader.hold();
    const file = await upload(client, 'long.txt', 'The tide turns. '.repeat(400_000));
    const { id } = await client.vectorStores.create({ file_ids: [file.id] });
    const db = new DatabaseSync(join(dataDir, 'assistants.db'));
    const count = (table: string) => Number(db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n']);
    go();
    await until('its first chunks are written', () => count('search_chunks') > 0);
    await client.vectorStores.files.delete(file.id, { vector_store_id: id });
    await until('it is aborted', () => reader.stopped.length === 1);
    await until('nothing is left', () => count('search_chunks') === 0 && count('search_words') === 0);
    db.close();
  });
});
