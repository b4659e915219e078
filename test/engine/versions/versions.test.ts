import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import { migrations } from '../../../src/engine/store/migrations';
import { ask, collect, openEngine, says, ScriptedModel, until } from '../support';
import { folderOf, upload } from './support';

/** The released versions of the format, each with a dump of a data folder: `version-N.sql`. */
const released = [1];

/** The objects of a table, as stored in the database. */
function written(dataDir: string, table: string): Record<string, unknown>[] {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true });
  const rows = db.prepare(`SELECT body FROM ${table} ORDER BY seq`).all();
  db.close();
  return rows.map((row) => JSON.parse(String(row['body'])) as Record<string, unknown>);
}

/** What the API answers today for a stored object: it says more than version 0.1 did. */
function answered(stored: Record<string, unknown>): Record<string, unknown> {
  const { object, tool_resources, tools = [] } = stored;
  if (object === 'thread.run.step') return { ...stored, expires_at: stored['expires_at'] ?? null };
  if (object === 'file') return { ...stored, status_details: stored['status_details'] ?? null };
  if (object !== 'assistant' && object !== 'thread') return stored;
  const types = (tools as { type: string }[]).map(({ type }) => type);
  const empty = {
    ...(types.includes('code_interpreter') && { code_interpreter: { file_ids: [] } }),
    ...(types.includes('file_search') && { file_search: { vector_store_ids: [] } }),
  };
  return { ...stored, tool_resources: { ...empty, ...(tool_resources as object | null) } };
}

for (const version of released) {
  describe(`a data folder of version ${version}`, () => {
    it('is migrated with all of its data', async () => {
      const dataDir = folderOf(version);
      const kinds = ['assistants', 'threads', 'files'];
      const before = kinds.map((table) => written(dataDir, table).map(answered));
      const { client, engine } = openEngine({ dataDir, provider: new ScriptedModel([]) });
      assert.deepEqual(await collect(client.beta.assistants.list({ order: 'asc' })), before[0]);
      const threads = await client.get<{ data: unknown[] }>('/threads', { query: { order: 'asc' } });
      assert.deepEqual(threads.data, before[1]);
      assert.deepEqual(await collect(client.files.list({ order: 'asc' })), before[2]);
      assert.equal(await (await client.files.content(upload.id)).text(), upload.content);
      await engine.close();

      const db = new DatabaseSync(join(dataDir, 'assistants.db'));
      assert.deepEqual({ ...db.prepare('PRAGMA user_version').get() }, { user_version: migrations.length });
      assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
      assert.deepEqual(db.prepare('PRAGMA foreign_key_check').all(), []);
      db.close();
    });

    it('shows each thread as it was, its messages, runs and steps', async () => {
      const dataDir = folderOf(version);
      const [messages, runs, steps] = ['messages', 'runs', 'run_steps'].map((table) =>
        written(dataDir, table),
      ) as [Record<string, unknown>[], Record<string, unknown>[], Record<string, unknown>[]];
      const ended = runs.filter((run) => run['status'] !== 'in_progress');
      assert.ok(ended.length >= 4);
      const { client } = openEngine({ dataDir, provider: new ScriptedModel([]) });
      for (const run of ended) {
        const thread_id = String(run['thread_id']);
        const of = (objects: Record<string, unknown>[], field: string) =>
          objects.filter((object) => object[field] === run[field === 'run_id' ? 'id' : field]);
        assert.deepEqual(
          await client.beta.threads.runs.retrieve(String(run['id']), { thread_id }),
          run,
          String(run['status']),
        );
        assert.deepEqual(
          await collect(client.beta.threads.messages.list(thread_id, { order: 'asc' })),
          of(messages, 'thread_id'),
        );
        assert.deepEqual(
          await collect(client.beta.threads.runs.steps.list(String(run['id']), { thread_id, order: 'asc' })),
          of(steps, 'run_id').map(answered),
        );
      }
    });

    it('can be used: its waiting run is answered, its interrupted run ended, and new ones start', async () => {
      const dataDir = folderOf(version);
      const runs = written(dataDir, 'runs') as unknown as Run[];
      const waiting = runs.find((run) => run.status === 'requires_action') as Run;
      const broken = runs.find((run) => run.status === 'in_progress') as Run;
      const provider = new ScriptedModel([says('Thank you.'), says('Here again.')]);
      const { client } = openEngine({ dataDir, provider });

      const answered = await client.beta.threads.runs.submitToolOutputsAndPoll(waiting.id, {
        thread_id: waiting.thread_id,
        tool_outputs: [{ tool_call_id: 'call_1', output: '["Blue"]' }],
      });
      assert.equal(answered.status, 'completed');

      const ended = await until('the broken run is ended', async () => {
        const run = await client.beta.threads.runs.retrieve(broken.id, { thread_id: broken.thread_id });
        return run.status !== 'in_progress' && run;
      });
      assert.equal(ended.status, 'failed');
      const [partial] = (await client.beta.threads.messages.list(broken.thread_id, { run_id: broken.id }))
        .data;
      assert.equal(partial?.status, 'incomplete');
      assert.match(JSON.stringify(partial.content), /Half an answer/);

      const [assistant] = (await client.beta.assistants.list()).data;
      assert.ok(assistant);
      const run = await ask(client, assistant, 'Hello again');
      assert.equal(
        (await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id })).status,
        'completed',
      );
    });
  });
}
