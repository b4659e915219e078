import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { createTutor, says, ScriptedModel, until } from '../support';
import { openSearch, upload } from '../fileSearchSupport';
import { askedIn, countQueries } from './queries';

/** Tables whose rows are few, whatever people keep: the engines that are open, and what they wrote last. */
const small = ['engines', 'writes', 'model_requests'];

/** Indexes of those rows alone that are to be worked on. */
const partial =
  /USING (COVERING )?INDEX (vector_store_files_to_read|runs_active|search_files_outdated|vector_stores_emptied|threads_being_copied)$/;

/** The rows that SQLite walks for a statement, as `EXPLAIN QUERY PLAN` says. */
function planOf(db: DatabaseSync, sql: string): string[] {
  return db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map((row) => row['detail'] as string);
}

/** What is wrong with the plan of a statement: it walks rows that are not its own, or sorts them. */
function faultsOf(db: DatabaseSync, sql: string): string[] {
  const plan = planOf(db, sql);
  const filters = [...sql.matchAll(/ (\w+) = \?/g)].map(([, column]) => column);
  // Of a run's messages the thread is implied.
  const sought = filters.filter((column) => !(column === 'thread_id' && filters.includes('run_id')));
  const isList = /ORDER BY (activity DESC, )?seq (ASC|DESC) LIMIT/.test(sql);
  const missed = sought.filter((column) => isList && !plan.some((step) => step.includes(`${column}=?`)));
  const scans = plan.filter((step) => {
    const [, table = ''] = /^SCAN (\w+)/.exec(step) ?? [];
    // A list without a filter is read in the order of its table, as far as its page goes.
    const isPage = isList && sought.length === 0 && !step.includes('TEMP');
    const isFirst = sql.endsWith(' ORDER BY id LIMIT 1') && !step.includes('TEMP');
    // Some items of the queue, in the order of its key; and one row of a full-text index, by its number.
    const isQueue = /FROM thread_words_queue .*LIMIT/.test(sql) && !step.includes('TEMP');
    const isRow = /VIRTUAL TABLE INDEX \d+:=$/.test(step);
    return (
      (table !== '' &&
        !isPage &&
        !isFirst &&
        !isQueue &&
        !isRow &&
        !partial.test(step) &&
        !/^(json_each|CONSTANT|passage)/.test(table) &&
        !small.includes(table)) ||
      (step.includes('TEMP B-TREE') && !small.some((name) => sql.includes(name)))
    );
  });
  return [...missed.map((column) => `does not seek ${column}`), ...scans].map((fault) => `${fault}: ${sql}`);
}

describe('the queries of the store', function () {
  this.timeout(60_000);

  it('seek what they are asked for: none walks other rows or sorts, for a list, a change, a run or a tick', async () => {
    const model = new ScriptedModel([says('One.'), says('Two.')]);
    const { client, engine, dataDir } = openSearch({ provider: model, tickInterval: 20 });
    const queries = countQueries();
    const get = async (path: string): Promise<void> => {
      const response = await engine.fetch(`http://engine/v1${path}`);
      assert.equal(response.status, 200, path);
    };
    const used = await askedIn(queries, async () => {
      const file = await upload(client, 'sea.txt', 'The tide turns.');
      const other = await upload(client, 'hill.txt', 'The hill is high.');
      const store = await client.vectorStores.create({ name: 'Sea' });
      await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 5 });
      const batch = await client.vectorStores.fileBatches.createAndPoll(
        store.id,
        { file_ids: [other.id] },
        { pollIntervalMs: 5 },
      );
      const assistant = await createTutor(client, {
        tools: [{ type: 'file_search' }],
        tool_resources: { file_search: { vector_store_ids: [store.id] } },
      });
      const thread = await client.beta.threads.create({
        messages: [{ role: 'user', content: 'How often?' }],
      });
      const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
      const paths = ['/assistants', '/threads', '/files', '/files?purpose=assistants', '/vector_stores'];
      paths.push(`/threads/${thread.id}/messages`, `/threads/${thread.id}/messages?run_id=${run.id}`);
      paths.push(`/threads/${thread.id}/runs`, `/threads/${thread.id}/runs/${run.id}/steps`);
      const files = [
        `/vector_stores/${store.id}/files`,
        `/vector_stores/${store.id}/file_batches/${batch.id}/files`,
      ];
      for (const path of files)
        paths.push(path, ...['in_progress', 'completed'].map((is) => `${path}?filter=${is}`));
      for (const path of ['?sort=last_active_at', '?sort=last_active_at&shelf=none']) {
        await get(`/threads${path}`);
        await get(`/threads${path}&after=${thread.id}`);
      }
      await get('/trash/threads');
      for (const path of paths) {
        const first = (await (await engine.fetch(`http://engine/v1${path}`)).json()) as {
          first_id: string | null;
        };
        const and = path.includes('?') ? '&' : '?';
        for (const order of ['asc', 'desc']) {
          await get(`${path}${and}order=${order}&limit=100`);
          if (first.first_id === null) continue;
          await get(`${path}${and}order=${order}&after=${first.first_id}`);
          await get(`${path}${and}order=${order}&before=${first.first_id}`);
        }
      }
      await client.vectorStores.files.delete(other.id, { vector_store_id: store.id });
      await client.files.delete(file.id);
      let ticks = 0;
      await until('some ticks have passed', () => (ticks += 1) > 10);
      await client.beta.threads.delete(thread.id);
    });
    const db = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true });
    const faults = [...new Set(used.sql)]
      .filter((sql) => /^\s*(SELECT|UPDATE|DELETE)/.test(sql))
      .flatMap((sql) => faultsOf(db, sql));
    db.close();
    assert.deepEqual(faults, []);
    assert.ok(new Set(used.sql).size > 60);
  });

  it('are answered as they are stored: a page is not parsed, and the same as its objects one by one', async () => {
    const { client, engine } = openSearch({ provider: new ScriptedModel([says('One.')]) });
    const thread = await client.beta.threads.create({
      messages: Array.from({ length: 30 }, (_, at) => ({
        role: 'user' as const,
        content: `Is "${at}" — 数?`,
      })),
    });
    const assistant = await createTutor(client);
    const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
    const store = await client.vectorStores.create({});
    for (const name of ['one.txt', 'two.txt']) {
      const { id } = await upload(client, name, 'The tide turns.');
      await client.vectorStores.files.createAndPoll(store.id, { file_id: id }, { pollIntervalMs: 5 });
    }
    const get = async (path: string): Promise<{ text: string; parsed: number }> => {
      const { parse } = JSON;
      let parsed = 0;
      JSON.parse = (...given) => {
        parsed++;
        return parse(...given) as unknown;
      };
      try {
        const response = await engine.fetch(`http://engine/v1${path}`);
        assert.equal(response.status, 200, path);
        assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
        return { text: await response.text(), parsed };
      } finally {
        JSON.parse = parse;
      }
    };
    for (const path of [
      `/threads/${thread.id}/messages`,
      `/threads/${thread.id}/runs`,
      `/threads/${thread.id}/runs/${run.id}/model_requests`,
      `/vector_stores/${store.id}/files`,
    ]) {
      const { text, parsed } = await get(`${path}?limit=25`);
      // The thread, the run or the store.
      assert.ok(parsed <= 3, `${path}: ${parsed} parsed`);
      const list = JSON.parse(text) as { data: { id: string }[] } & Record<string, unknown>;
      const { data, ...rest } = list;
      assert.deepEqual(rest, {
        object: 'list',
        first_id: data[0]?.id,
        last_id: data.at(-1)?.id,
        has_more: path.endsWith('/messages'),
      });
      assert.equal(
        data.length,
        { messages: 25, runs: 1, model_requests: 1, files: 2 }[path.split('/').at(-1) ?? ''],
      );
      for (const one of data) {
        const found = JSON.parse((await get(`${path}/${one.id}`)).text) as Record<string, unknown>;
        // A single request comes with its contents, which may be large.
        if (path.endsWith('model_requests')) for (const name of ['request', 'response']) delete found[name];
        assert.deepEqual(one, found);
      }
    }
    const empty = await get(`/threads/${thread.id}/messages?run_id=run_none`);
    assert.deepEqual(JSON.parse(empty.text), {
      object: 'list',
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
    });
  });
});
