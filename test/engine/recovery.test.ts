import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createEngine } from '../../src/engine/engine';
import {
  ask,
  clientOf,
  collect,
  createTutor,
  openEngine,
  pausedTurn,
  says,
  ScriptedModel,
  temporaryFolder,
  until,
} from './support';

describe('a data folder', () => {
  it('keeps everything between engines', async () => {
    const first = openEngine();
    const assistant = await createTutor(first.client);
    const run = await ask(first.client, assistant, '2x = 4');
    await first.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    const messages = await collect(first.client.beta.threads.messages.list(run.thread_id));
    await first.engine.close();

    const { client } = openEngine({ dataDir: first.dataDir });
    assert.deepEqual(await client.beta.assistants.retrieve(assistant.id), assistant);
    assert.deepEqual(await collect(client.beta.threads.messages.list(run.thread_id)), messages);
  });

  it('shows to one engine what another wrote', async () => {
    const one = openEngine();
    const other = openEngine({ dataDir: one.dataDir });
    const assistant = await createTutor(one.client);
    assert.deepEqual(await other.client.beta.assistants.retrieve(assistant.id), assistant);
  });

  it('of a newer version is left unchanged, and named in the error', () => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, 'assistants.db');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    assert.throws(
      () => createEngine({ dataDir, models: () => [] }),
      (error: Error) => error.message.includes(file) && error.message.includes('newer version'),
    );
  });

  it('whose database file is not a database is named in the error', () => {
    const dataDir = temporaryFolder();
    const file = join(dataDir, 'assistants.db');
    writeFileSync(file, 'This is not a database. '.repeat(100));
    assert.throws(
      () => createEngine({ dataDir, models: () => [] }),
      (error: Error) => error.message.includes(file),
    );
  });
});

describe('a run under way when its engine is closed', () => {
  it('is resumed by the next engine, and its message completed under the same id', async () => {
    const { turn } = pausedTurn(['Once'], []);
    const first = openEngine({ provider: new ScriptedModel([turn]) });
    const run = await ask(first.client, await createTutor(first.client), 'Tell me a story');
    const messageOf = async (client: typeof first.client) =>
      (await client.beta.threads.messages.list(run.thread_id, { run_id: run.id })).data[0];
    const before = await until('the run speaks', () => messageOf(first.client));
    await first.engine.close();

    const { client } = openEngine({
      dataDir: first.dataDir,
      provider: new ScriptedModel([says('Once', ' upon a time')]),
    });
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed');
    const after = await messageOf(client);
    assert.equal(after?.id, before.id);
    assert.equal(after.status, 'completed');
    assert.deepEqual(after.content, [{ type: 'text', text: { value: 'Once upon a time', annotations: [] } }]);
    const steps = await collect(client.beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id }));
    assert.deepEqual(
      steps.map((step) => step.status),
      ['completed'],
    );
  });

  it('is resumed by another engine that is open', async () => {
    const { turn } = pausedTurn(['Once'], []);
    const first = openEngine({ provider: new ScriptedModel([turn]) });
    const run = await ask(first.client, await createTutor(first.client), 'Tell me a story');
    const other = openEngine({ dataDir: first.dataDir, provider: new ScriptedModel([says('The end.')]) });
    await first.engine.close();
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed');
  });
});

describe('a run of another engine', () => {
  it('can be followed to its end', async () => {
    const { turn, go } = pausedTurn(['Once'], [' upon', ' a time']);
    const one = openEngine({ provider: new ScriptedModel([turn]) });
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    const run = await ask(one.client, await createTutor(one.client), 'Tell me a story');
    const events = other.client.get<Response>(`/threads/${run.thread_id}/runs/${run.id}/events`, {
      __binaryResponse: true,
    });
    await until(
      'the run speaks',
      async () => (await one.client.beta.threads.messages.list(run.thread_id, { run_id: run.id })).data[0],
    );
    go();
    const text = await (await events).text();
    assert.match(text, /event: thread\.message\.completed\ndata: .*Once upon a time/);
    assert.match(text, /event: thread\.run\.completed\n/);
  });

  it('can be cancelled', async () => {
    const { turn } = pausedTurn(['Once'], []);
    const one = openEngine({ provider: new ScriptedModel([turn]) });
    const other = openEngine({ dataDir: one.dataDir });
    const run = await ask(one.client, await createTutor(one.client), 'Tell me a story');
    await other.client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id });
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'cancelled');
  });

  it('is ended as failed when that engine died, and its thread is free', async () => {
    const { turn } = pausedTurn(['Half'], []);
    const one = openEngine({ provider: new ScriptedModel([turn]) });
    const run = await ask(one.client, await createTutor(one.client), 'Tell me a story');
    await until(
      'the run speaks',
      async () => (await one.client.beta.threads.messages.list(run.thread_id, { run_id: run.id })).data[0],
    );
    // As if its process were gone: no process has this id.
    const db = new DatabaseSync(join(one.dataDir, 'assistants.db'));
    db.exec('UPDATE engines SET pid = 4194305');
    db.close();

    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'failed');
    assert.match(ended.last_error?.message ?? '', /ended unexpectedly/);
    const [message] = (await other.client.beta.threads.messages.list(run.thread_id, { run_id: run.id })).data;
    assert.deepEqual(
      [message?.status, message?.incomplete_details],
      ['incomplete', { reason: 'run_failed' }],
    );
    await other.client.beta.threads.messages.create(run.thread_id, { role: 'user', content: 'Again' });
    // The engine taken for dead is still running, but must not write to the run any more.
    await one.engine.close();
    assert.equal(
      (await clientOf(other.engine).beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id })).status,
      'failed',
    );
  });
});
