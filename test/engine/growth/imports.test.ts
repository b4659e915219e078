import { deepEqual, equal, ok } from 'node:assert/strict';
import type OpenAI from 'openai';
import { importObjects } from '../doors/support';
import { collect, openEngine } from '../support';
import { askedIn, countQueries, mostInOneTurn } from './queries';

const count = 1500;

/** The objects of a thread with many messages. `letter` makes their ids. */
function threadOf(
  letter: string,
  more: object = {},
): [thread: { id: string }, ...messages: { id: string }[]] {
  const idOf = (prefix: string, number: number) => `${prefix}_${letter}${String(number).padStart(23, '0')}`;
  const thread = { object: 'thread', id: idOf('thread', 0), created_at: 1_700_000_000, ...more };
  const messages = Array.from({ length: count }, (_, at) => ({
    object: 'thread.message',
    id: idOf('msg', at),
    thread_id: thread.id,
    created_at: 1_700_000_000 + at,
    role: 'user',
    content: `Message ${at}`,
  }));
  return [thread, ...messages];
}

/** Imports objects line by line, as the extension does. */
async function importLines(client: OpenAI, objects: readonly unknown[]): Promise<void> {
  const lines = objects.map((object) => Buffer.from(`${JSON.stringify(object)}\n`)).values();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const { value } = lines.next();
      if (value) controller.enqueue(value);
      else controller.close();
    },
  });
  await client.post('/imports', { body, headers: { 'content-type': 'application/x-ndjson' } });
}

describe('long imports', () => {
  it('leave turns to other work, however their lines come, and write many lines at once', async () => {
    const { client } = openEngine();
    const queries = countQueries();
    const most = mostInOneTurn(() => queries.sql.length);
    const { sql } = await askedIn(queries, () => importLines(client, threadOf('a')));
    ok(most() < sql.length / 2, `${most()} of ${sql.length} statements ran in one turn`);
    const transactions = sql.filter((one) => one === 'COMMIT').length;
    ok(transactions < count / 5, `${transactions} transactions`);
  });

  it('of a branch write each message once, with the one that it is a copy of', async () => {
    const { client } = openEngine();
    const conversation = `thread_a${'0'.repeat(23)}`;
    const [source, ...messages] = threadOf('a', { conversation });
    await importObjects(client, [source, ...messages]);
    const forked_from = { thread_id: source.id, message_id: messages[count - 3]!.id };
    const branch = threadOf('b', { forked_from, conversation });
    const { sql } = await askedIn(countQueries(), () => importObjects(client, branch));
    equal(sql.filter((one) => /^(INSERT INTO|UPDATE) messages/.test(one)).length, count);
    const { points } = await client.get<{ points: { message_id: string; branches: unknown[] }[] }>(
      `/threads/${source.id}/branches`,
    );
    deepEqual(
      points.map(({ message_id }) => message_id),
      [messages[count - 2]!.id],
    );
    equal(points[0]?.branches.length, 2);
    equal((await collect(client.beta.threads.messages.list(branch[0].id, { limit: 100 }))).length, count);
  });

  it('take what has come when the rest does not come', async () => {
    const { engine, client } = openEngine();
    const [thread, message] = threadOf('a');
    const [other] = threadOf('b');
    const lines = [thread, message, other].map((object) => `${JSON.stringify(object)}\n`).join('');
    let isSent = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (isSent) controller.error(new Error('cut'));
        else controller.enqueue(Buffer.from(lines));
        isSent = true;
      },
    });
    await engine.fetch('http://engine/v1/imports', { method: 'POST', body, duplex: 'half' });
    const { data } = await client.get<{ data: { id: string }[] }>('/threads');
    deepEqual(
      data.map(({ id }) => id),
      [thread.id],
    );
  });
});
