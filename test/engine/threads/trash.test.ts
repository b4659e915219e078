import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NotFoundError } from 'openai';
import type OpenAI from 'openai';
import { DeletedThreads } from '../../../src/engine/tools/codeInterpreter/deletedThreads';
import type { ActiveThread, TrashedThread } from '../../../src/engine/store/tables/threadTable';
import { assets } from '../codeInterpreter/support';
import { createTutor, executeSql, openEngine, until } from '../support';
import { passages, search, threadOf } from './support';

const trash = (client: OpenAI, id: string): Promise<TrashedThread> => client.post(`/threads/${id}/trash`);
const restore = (client: OpenAI, id: string) => client.post(`/threads/${id}/restore`);

async function inTrash(client: OpenAI, query: Record<string, string | number> = {}): Promise<string[]> {
  const { data } = await client.get<{ data: TrashedThread[] }>('/trash/threads', { query });
  return data.map(({ id }) => id);
}

async function byActivity(client: OpenAI, query: Record<string, string | number> = {}): Promise<string[]> {
  const sort = 'last_active_at';
  const { data } = await client.get<{ data: ActiveThread[] }>('/threads', { query: { sort, ...query } });
  return data.map(({ id }) => id);
}

describe('a thread in the trash', () => {
  it('is found nowhere until it is restored, with all that it had', async () => {
    const { client } = openEngine();
    const thread = await threadOf(client, 'keep me');
    const { trashed_at } = await trash(client, thread.id);
    assert.ok(Math.abs(trashed_at - Date.now() / 1000) < 60);
    await assert.rejects(client.beta.threads.retrieve(thread.id), NotFoundError);
    await assert.rejects(client.beta.threads.messages.list(thread.id), NotFoundError);
    await assert.rejects(client.beta.threads.delete(thread.id), NotFoundError);
    await assert.rejects(trash(client, thread.id), NotFoundError);
    await assert.rejects(
      client.beta.threads.messages.create(thread.id, { role: 'user', content: 'x' }),
      NotFoundError,
    );
    assert.deepEqual(await byActivity(client), []);
    assert.deepEqual((await client.get<{ data: unknown[] }>('/threads')).data, []);
    assert.deepEqual(await passages(client, 'keep'), []);
    assert.deepEqual(await inTrash(client), [thread.id]);

    await restore(client, thread.id);
    assert.deepEqual(await inTrash(client), []);
    assert.deepEqual(await client.beta.threads.retrieve(thread.id), thread);
    assert.equal((await client.beta.threads.messages.list(thread.id)).data.length, 1);
    assert.equal((await search(client, 'keep')).data.length, 1);
    await assert.rejects(restore(client, thread.id), NotFoundError);
  });

  it('is not a branch of its conversation', async () => {
    const { client } = openEngine();
    const thread = await threadOf(client, 'one', 'two');
    const [last] = (await client.beta.threads.messages.list(thread.id)).data;
    const body = { before: last?.id, branch: true };
    const branch: { id: string } = await client.post(`/threads/${thread.id}/fork`, { body });
    await client.beta.threads.messages.create(branch.id, { role: 'user', content: 'three' });
    const branches = () =>
      client.get<{ threads: unknown[]; points: unknown[] }>(`/threads/${thread.id}/branches`);
    assert.equal((await branches()).points.length, 1);
    await trash(client, branch.id);
    const left = await branches();
    assert.equal(left.threads.length, 1);
    assert.equal(left.points.length, 0);
  });

  it('is deleted with its folder when the trash is emptied, and alone when it is named', async () => {
    const { client, dataDir } = openEngine({ tools: { codeInterpreter: { assets } } });
    const [first, second, third] = [
      await threadOf(client, 'a'),
      await threadOf(client, 'b'),
      await threadOf(client),
    ];
    const folder = (id: string): string => join(dataDir, 'sandboxes', id);
    for (const { id } of [first, second]) {
      mkdirSync(folder(id), { recursive: true });
      await trash(client, id);
    }
    assert.ok(existsSync(folder(first.id)) && existsSync(folder(second.id)));
    assert.deepEqual(await inTrash(client, { limit: 1 }), [second.id]);
    assert.deepEqual(await inTrash(client, { limit: 1, after: second.id }), [first.id]);
    await client.delete(`/trash/threads/${first.id}`);
    await assert.rejects(client.delete(`/trash/threads/${third.id}`), NotFoundError);
    assert.deepEqual(await inTrash(client), [second.id]);
    const answer = await client.delete<{ ids: string[] }>('/trash/threads');
    assert.deepEqual(answer.ids, [second.id]);
    assert.deepEqual(await inTrash(client), []);
    await assert.rejects(restore(client, second.id), NotFoundError);
    await until(
      'the folders are gone',
      () => !existsSync(folder(first.id)) && !existsSync(folder(second.id)),
    );
    assert.ok(await client.beta.threads.retrieve(third.id));
  });

  it('keeps its folder when the engine starts again, and is deleted after 30 days', async () => {
    const tools = { codeInterpreter: { assets } };
    const { client, dataDir, engine } = openEngine({ tools });
    const [old, newer] = [await threadOf(client, 'old'), await threadOf(client, 'newer')];
    const folder = (id: string): string => join(dataDir, 'sandboxes', id);
    for (const { id } of [old, newer]) {
      mkdirSync(folder(id), { recursive: true });
      await trash(client, id);
    }
    await engine.close();
    // As if the process had died when it began to delete the folder.
    new DeletedThreads(join(dataDir, 'sandboxes')).mark(newer.id);
    const day = 24 * 60 * 60;
    executeSql(dataDir, `UPDATE threads SET trashed_at = trashed_at - ${30 * day} WHERE id = '${old.id}'`);
    executeSql(dataDir, `UPDATE threads SET trashed_at = trashed_at - ${29 * day} WHERE id = '${newer.id}'`);
    const again = openEngine({ dataDir, tools, tickInterval: 20 });
    await until('the old one is deleted', async () => (await inTrash(again.client)).length === 1);
    assert.deepEqual(await inTrash(again.client), [newer.id]);
    await until('its folder is gone', () => !existsSync(folder(old.id)));
    assert.ok(existsSync(folder(newer.id)));
  });

  it('has its run cancelled', async () => {
    let isAborted = false;
    const { client } = openEngine({
      provider: {
        listModels: () => Promise.resolve([]),
        async *generate(_request, signal) {
          yield { type: 'text', text: 'Well' };
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          isAborted = true;
          signal.throwIfAborted();
        },
      },
    });
    const tutor = await createTutor(client);
    const thread = await threadOf(client, 'Tell me');
    const run = await client.beta.threads.runs.create(thread.id, { assistant_id: tutor.id });
    await until(
      'it speaks',
      async () => (await client.beta.threads.messages.list(thread.id, { run_id: run.id })).data[0],
    );
    await trash(client, thread.id);
    await until('the model is stopped', () => isAborted);
    await restore(client, thread.id);
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: thread.id });
    assert.equal(ended.status, 'cancelled');
  });
});

describe('the list of threads by last activity', () => {
  it('begins with the thread that was written to last', async () => {
    const { client } = openEngine();
    const [one, two, three] = [await threadOf(client), await threadOf(client), await threadOf(client)];
    // Within one millisecond, the thread that was created last comes first.
    await sleep(5);
    await client.beta.threads.messages.create(one.id, { role: 'user', content: 'news' });
    const all = [one.id, three.id, two.id];
    assert.deepEqual(await byActivity(client), all);
    assert.deepEqual(await byActivity(client, { limit: 1, after: one.id }), [three.id]);
    assert.deepEqual(await byActivity(client, { after: three.id }), [two.id]);
    await assert.rejects(byActivity(client, { after: 'thread_none' }), NotFoundError);
    const { data } = await client.get<{ data: { id: string }[] }>('/threads');
    assert.deepEqual(
      data.map(({ id }) => id),
      [three.id, two.id, one.id],
    );
  });

  it('gives the pinned, the archived and the other ones apart', async () => {
    const { client } = openEngine();
    const [one, two, three] = [await threadOf(client), await threadOf(client), await threadOf(client)];
    await client.beta.threads.update(one.id, { metadata: { pinned: 'true' } });
    await client.beta.threads.update(two.id, { metadata: { pinned: 'true', archived: 'true' } });
    assert.deepEqual(await byActivity(client, { shelf: 'pinned' }), [one.id]);
    assert.deepEqual(await byActivity(client, { shelf: 'archived' }), [two.id]);
    assert.deepEqual(await byActivity(client, { shelf: 'none' }), [three.id]);
    await client.beta.threads.update(one.id, { metadata: {} });
    assert.deepEqual(await byActivity(client, { shelf: 'none' }), [three.id, one.id]);
  });
});
