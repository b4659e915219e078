import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { NotFoundError } from 'openai';
import type OpenAI from 'openai';
import { databaseName } from '../../../src/engine/store/database';
import { Store } from '../../../src/engine/store/store';
import { newId } from '../../../src/engine/ids';
import { openSearch } from '../fileSearchSupport';
import { afterTest, clientOf, executeSql, openEngine, refused, temporaryFolder, until } from '../support';
import { passages, threadOf } from '../threads/support';

/** More than are deleted at once. */
const manyMessages = 30_000;

/** A folder with a thread of many messages. */
async function longThread(
  text = 'the first',
  length = manyMessages,
): Promise<{ dataDir: string; id: string }> {
  const dataDir = temporaryFolder();
  const { engine } = openEngine({ dataDir });
  const { id } = await threadOf(clientOf(engine), text);
  await engine.close();
  const store = new Store(dataDir);
  const [message] = store.messages.all({ thread_id: id });
  assert.ok(message);
  store.transaction(() => {
    for (let i = 1; i < length; i++) store.messages.insert({ ...message, id: newId('msg') });
  });
  // They need not be found by a search.
  store.database.exec('DELETE FROM thread_words_queue');
  store.close();
  return { dataDir, id };
}

/** Rows of a thread, itself included. */
function rowsOf(dataDir: string, id: string): number {
  const db = new DatabaseSync(join(dataDir, databaseName), { readOnly: true });
  try {
    const sql = `SELECT (SELECT count(*) FROM messages WHERE thread_id = ?1)
      + (SELECT count(*) FROM threads WHERE id = ?1) AS count`;
    return db.prepare(sql).get(id)?.['count'] as number;
  } finally {
    db.close();
  }
}

async function assertGone(client: OpenAI, id: string): Promise<void> {
  await assert.rejects(client.beta.threads.retrieve(id), NotFoundError);
  await assert.rejects(client.beta.threads.messages.list(id), NotFoundError);
  await assert.rejects(client.post(`/threads/${id}/restore`), NotFoundError);
  for (const path of ['/threads', '/trash/threads'])
    assert.deepEqual((await client.get<{ data: unknown[] }>(path)).data, []);
}

describe('deleting a long thread', () => {
  it('hides it at once, and deletes its messages between other work', async () => {
    const { dataDir, id } = await longThread();
    const { client } = openEngine({ dataDir });
    await client.beta.threads.delete(id);
    const left = rowsOf(dataDir, id);
    assert.ok(left > 0 && left < manyMessages, `${left} rows are left`);
    await assertGone(client, id);
    assert.deepEqual(await passages(client, 'first'), []);
    await until('its rows are deleted', () => rowsOf(dataDir, id) === 0);
  });

  it('is continued by the next engine, also of one that was in the trash', async () => {
    const { dataDir, id } = await longThread();
    const first = openEngine({ dataDir });
    await first.client.post(`/threads/${id}/trash`);
    await first.client.delete(`/trash/threads/${id}`);
    await first.engine.close();
    assert.ok(rowsOf(dataDir, id) > 0);
    const { client } = openEngine({ dataDir });
    await assertGone(client, id);
    await until('its rows are deleted', () => rowsOf(dataDir, id) === 0);
  });

  it('does not stand in the way of importing it again', async () => {
    const { dataDir, id } = await longThread();
    const { client, engine } = openEngine({ dataDir });
    const { data } = await client.beta.threads.messages.list(id, { order: 'asc', limit: 1 });
    const thread = await client.beta.threads.retrieve(id);
    // As if another engine had begun.
    executeSql(dataDir, `UPDATE threads SET copied_by = 'deleted'`);
    const body = [thread, ...data].map((one) => JSON.stringify(one)).join('\n');
    let answer: Response | undefined;
    const importing = engine
      .fetch('http://engine/v1/imports', { method: 'POST', body })
      .then((answered) => (answer = answered));
    for (let before = rowsOf(dataDir, id); before > 1;) {
      await nextTurn();
      const now = rowsOf(dataDir, id);
      assert.ok(before - now < manyMessages / 3, `${before - now} rows were deleted at once`);
      before = answer ? 0 : now;
    }
    await importing;
    assert.equal(answer?.status, 200);
    assert.deepEqual((await client.beta.threads.messages.list(id)).data, data);
  });

  it('deletes what its tools have found and written bit by bit, too', async () => {
    const { dataDir, id } = await longThread('the first', 1);
    const store = new Store(dataDir);
    afterTest(() => store.close());
    const db = store.database;
    for (let i = 0; i < 100; i++) {
      db.prepare(`INSERT INTO thread_searches VALUES (?, ?, 'step_a', 'call_a', '[]')`).run(id, i);
      db.prepare(`INSERT INTO thread_files VALUES (?, ?, 'file-a')`).run(id, `${i}.txt`);
    }
    const left = (): number =>
      Number(
        db
          .prepare('SELECT (SELECT count(*) FROM thread_searches) + (SELECT count(*) FROM thread_files) AS c')
          .get()?.['c'],
      );
    for (let before = left(), isDeleted = false; !isDeleted; before = left()) {
      isDeleted = store.threads.deletePiece(id, 30);
      assert.ok(before - left() <= 30, `${before - left()} rows were deleted at once`);
    }
    assert.equal(left(), 0);
  });

  it('leaves alone what other engines are copying', async () => {
    const { dataDir, id } = await longThread();
    const { client } = openEngine({ dataDir });
    const store = new Store(dataDir);
    const other = openEngine({ dataDir: store.dataDir });
    const fork = other.client.post<{ id: string }>(`/threads/${id}/fork`, { body: {} });
    await until('the copy has begun', () => store.threads.unfinished().length > 0);
    const { id: small } = await threadOf(client, 'another');
    await client.beta.threads.delete(small);
    await client.beta.threads.delete(id).catch(() => undefined);
    await assert.rejects(fork, NotFoundError);
    await until(
      'both are deleted',
      () => store.threads.unfinished().length === 0 && store.threads.anyDeleted() === undefined,
    );
    store.close();
  });

  it('takes back what an engine was writing that was taken for dead, and tells it', async () => {
    const { dataDir, id } = await longThread();
    const { client, engine } = openEngine({ dataDir });
    const store = new Store(dataDir);
    afterTest(() => store.close());
    const deleteCopy = async (): Promise<void> => {
      await until('it has begun', () => store.threads.unfinished().length > 0);
      // As another engine does.
      store.transaction(() =>
        store.threads.unfinished().forEach((copy) => store.threads.markDeleted(copy.id)),
      );
    };
    const lost = /suspended for too long to complete the thread/;
    const fork = refused(client.post(`/threads/${id}/fork`, { body: {} }), 503, lost);
    await deleteCopy();
    await fork;

    const thread = { object: 'thread', id: 'thread_importedLater', created_at: 1_700_000_000, metadata: {} };
    const [message] = (await client.beta.threads.messages.list(id, { limit: 1 })).data;
    const more = new PassThrough();
    const importing = engine.fetch('http://engine/v1/imports', {
      method: 'POST',
      body: Readable.toWeb(more) as ReadableStream,
      duplex: 'half',
    });
    const line = (number: number, text: string): string => {
      const content = [{ type: 'text', text: { value: text, annotations: [] } }];
      return `${JSON.stringify({ ...message, id: `msg_importedLater${number}`, thread_id: thread.id, content })}\n`;
    };
    // More than is read before it is written.
    more.write(`${JSON.stringify(thread)}\n${line(1, 'Some words. '.repeat(10_000))}`);
    await deleteCopy();
    more.end(line(2, 'The rest'));
    const answer = await importing;
    assert.equal(answer.status, 503);
    assert.match(await answer.text(), lost);
    assert.deepEqual(
      (await client.get<{ data: { id: string }[] }>('/threads')).data.map((one) => one.id),
      [id],
    );
  });

  it('shrinks the database file', async () => {
    const { dataDir, id } = await longThread('A long text. '.repeat(200), 6_000);
    const size = (): number => statSync(join(dataDir, databaseName)).size;
    const { client } = openSearch({ dataDir, tickInterval: 50 });
    await client.beta.threads.delete(id);
    const before = size();
    assert.ok(before > 12e6, `it has ${before} bytes`);
    await until('the file is small', () => size() < before / 4);
  });
});
