import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type OpenAI from 'openai';
import type { Message } from 'openai/resources/beta/threads/messages';
import { databaseName } from '../../../src/engine/store/database';
import { createTutor, openEngine, refused, until } from '../support';
import { countQueries, mostInOneTurn } from './queries';

/** More than are written at once. */
const manyMessages = 3_000;

const messages = Array.from({ length: manyMessages }, (_, i) => ({
  role: i % 2 ? ('assistant' as const) : ('user' as const),
  content: `Message ${i}: ${'some words '.repeat(20)}`,
}));

async function threadsOf(client: OpenAI): Promise<{ id: string }[]> {
  return (await client.get<{ data: { id: string }[] }>('/threads')).data;
}

function textOf({ content: [part] }: Message): string | undefined {
  return part?.type === 'text' ? part.text.value : undefined;
}

async function newestOf(client: OpenAI, thread: string): Promise<string | undefined> {
  const { data } = await client.beta.threads.messages.list(thread, { limit: 1 });
  return data[0] && textOf(data[0]);
}

function countIn(dataDir: string, table: string): number {
  const db = new DatabaseSync(join(dataDir, databaseName), { readOnly: true, timeout: 5_000 });
  try {
    return db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count'] as number;
  } finally {
    db.close();
  }
}

/** Counts the messages that were inserted at most in one turn of the event loop. */
function insertedInOneTurn(): () => number {
  const queries = countQueries();
  let inserted = 0;
  return mostInOneTurn(() => {
    inserted += queries.sql.splice(0).filter((sql) => sql.startsWith('INSERT INTO messages ')).length;
    return inserted;
  });
}

describe('a thread that is created with many messages', () => {
  it('is written with other work in between, and not seen until all are there', async () => {
    const { client } = openEngine();
    const most = insertedInOneTurn();
    let isCreated = false;
    const created = client.beta.threads.create({ messages }).finally(() => (isCreated = true));
    let lists = 0;
    for (; !isCreated; lists++) {
      const [seen] = await threadsOf(client);
      if (seen) assert.equal(await newestOf(client, seen.id), messages.at(-1)!.content);
      await nextTurn();
    }
    assert.ok(most() < manyMessages / 2, `${most()} at once`);
    assert.ok(lists > 1, `${lists} lists while it was written`);
    const { id } = await created;
    const { data } = await client.beta.threads.messages.list(id, { order: 'asc', limit: 2 });
    assert.deepEqual(data.map(textOf), [messages[0]!.content, messages[1]!.content]);
    assert.equal(await newestOf(client, id), messages.at(-1)!.content);
  });

  it('and run at once is the same', async () => {
    const { client } = openEngine();
    const { id: assistant_id } = await createTutor(client);
    const most = insertedInOneTurn();
    const run = await client.beta.threads.createAndRun({ assistant_id, thread: { messages } });
    assert.ok(most() < manyMessages / 2, `${most()} at once`);
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed');
  });

  it('is not created at all if the last one is refused', async () => {
    const { client, dataDir } = openEngine();
    const { id: assistant_id } = await createTutor(client);
    const attachments = [{ file_id: 'file-missing', tools: [{ type: 'code_interpreter' as const }] }];
    const thread = { messages: [...messages, { role: 'user' as const, content: 'This file', attachments }] };
    await refused(client.beta.threads.create(thread), 404, /file-missing/);
    await refused(client.beta.threads.createAndRun({ assistant_id, thread }), 404, /file-missing/);
    assert.deepEqual(await threadsOf(client), []);
    await until('what was written is deleted', () => countIn(dataDir, 'messages') === 0);
    assert.equal(countIn(dataDir, 'threads'), 0);
  });

  it('is not created at all if the engine is closed meanwhile', async () => {
    const { client, engine, dataDir } = openEngine();
    const refusal = refused(client.beta.threads.create({ messages }), 503, /closing/);
    await until('some are written', () => countIn(dataDir, 'messages') > 0);
    await engine.close();
    await refusal;
    assert.ok(countIn(dataDir, 'messages') > 0);
    const next = openEngine({ dataDir });
    await until('what was written is deleted', () => countIn(dataDir, 'messages') === 0);
    assert.deepEqual(await threadsOf(next.client), []);
  });
});
