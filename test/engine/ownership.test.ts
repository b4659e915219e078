import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  ask,
  executeSql,
  calls,
  createTutor,
  firstWords,
  openEngine,
  pausedTurn,
  says,
  ScriptedModel,
  type TestEngine,
  until,
} from './support';

/** Longer than any test: such an engine only does what it is asked to. */
const never = 600_000;

const weather = { type: 'function' as const, function: { name: 'get_weather' } };
const call = { id: 'call_1', name: 'get_weather', arguments: '{}' };

function rowOf(dataDir: string, sql: string): Record<string, unknown> {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { timeout: 5000 });
  const row = db.prepare(sql).get();
  db.close();
  return { ...row };
}

describe('a run that is cancelled in another window', () => {
  for (const [what, after] of [
    ['calls a function', { events: calls(call) }],
    ['says all it wanted', [' of it']],
  ] as const) {
    it(`ends as cancelled where it ${what} before its own window notices`, async () => {
      const { turn, go } = pausedTurn(['Half'], 'events' in after ? after : [...after]);
      const one = openEngine({ provider: new ScriptedModel([turn]), tickInterval: never });
      const other = openEngine({ dataDir: one.dataDir, tickInterval: never });
      const run = await ask(one.client, await createTutor(one.client, { tools: [weather] }), 'Weather?');
      await firstWords(one.client, run);
      const { id, thread_id } = run;
      assert.equal((await other.client.beta.threads.runs.cancel(id, { thread_id })).status, 'cancelling');
      go();
      const ended = await until('the run goes on', async () => {
        const now = await other.client.beta.threads.runs.retrieve(id, { thread_id });
        return now.status !== 'cancelling' && now;
      });
      assert.equal(ended.status, 'cancelled');
      assert.equal(ended.required_action, null);
      await other.client.beta.threads.messages.create(thread_id, { role: 'user', content: 'Again' });
    });
  }

  it('before it begins does not begin', async () => {
    const model = new ScriptedModel([says('Hello')]);
    const { client, dataDir } = openEngine({ provider: model, tickInterval: never });
    const assistant = await createTutor(client);
    executeSql(
      dataDir,
      `CREATE TRIGGER other_window AFTER INSERT ON runs BEGIN
         UPDATE runs SET status = 'cancelling', body = json_set(body, '$.status', 'cancelling') WHERE id = NEW.id;
       END`,
    );
    const run = await ask(client, assistant, 'Hello?');
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'cancelled');
    assert.equal(model.requests.length, 0);
  });
});

describe('a run that begins to wait for function outputs', () => {
  it('is not taken from another window that answers it at once', async () => {
    const one = openEngine({ provider: new ScriptedModel([calls(call)]), tickInterval: never });
    const assistant = await createTutor(one.client, { tools: [weather] });
    executeSql(
      one.dataDir,
      `CREATE TRIGGER other_window AFTER UPDATE OF status ON runs WHEN NEW.status = 'requires_action' BEGIN
         UPDATE runs SET status = 'in_progress', body = json_set(body, '$.status', 'in_progress'),
           owner = 'engine_other' WHERE id = NEW.id;
       END`,
    );
    await ask(one.client, assistant, 'Weather?');
    const ownerNow = (): unknown => rowOf(one.dataDir, 'SELECT owner FROM runs')['owner'];
    const mine = ownerNow();
    await until('the other window has it', () => ownerNow() !== mine);
    // By then the first one has made all of its writes.
    await one.engine.close();
    assert.equal(ownerNow(), 'engine_other');
  });
});

describe('a run under way', () => {
  it('that no engine executes is ended, and frees its thread', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const one = openEngine({ provider: new ScriptedModel([turn]), tickInterval: never });
    const run = await ask(one.client, await createTutor(one.client), 'Go');
    await firstWords(one.client, run);
    executeSql(one.dataDir, 'UPDATE runs SET owner = NULL');
    const other = openEngine({ dataDir: one.dataDir, tickInterval: 20 });
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'failed');
    assert.match(ended.last_error?.message ?? '', /ended unexpectedly/);
    await other.client.beta.threads.messages.create(run.thread_id, { role: 'user', content: 'Again' });
    go();
    await one.engine.close();
    assert.deepEqual(
      await other.client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id }),
      ended,
    );
  });

  /** A run of an engine, another that no engine executes, and a function that opens another engine, which checks both. */
  async function lookedAt(one: TestEngine, before: () => void = () => undefined) {
    const assistant = await createTutor(one.client);
    // Lets its first tick pass.
    await new Promise((resolve) => setImmediate(resolve));
    before();
    const [run, left] = [await ask(one.client, assistant, 'Go'), await ask(one.client, assistant, 'Go')];
    for (const each of [run, left]) await firstWords(one.client, each);
    executeSql(one.dataDir, `UPDATE runs SET owner = 'engine_gone' WHERE id = '${left.id}'`);
    return {
      run,
      look: async () => {
        const { client } = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
        // It checks the older one first.
        await client.beta.threads.runs.poll(left.id, { thread_id: left.thread_id });
        return client;
      },
    };
  }

  it('in a window that was taken for dead before, but is alive, continues', async () => {
    const [{ turn, go }, { turn: second }] = [pausedTurn(['Half'], [' of it']), pausedTurn(['Half'], [])];
    const one = openEngine({ provider: new ScriptedModel([turn, second]), tickInterval: never });
    const { run, look } = await lookedAt(one, () => executeSql(one.dataDir, 'DELETE FROM engines'));
    const client = await look();
    go();
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed', ended.last_error?.message);
  });

  it('continues if its window sends a heartbeat while another one looks for dead engines', async () => {
    const [{ turn, go }, { turn: second }] = [pausedTurn(['Half'], [' of it']), pausedTurn(['Half'], [])];
    const one = openEngine({ provider: new ScriptedModel([turn, second]), tickInterval: never });
    const { run, look } = await lookedAt(one);
    // The other one first determines the live engines, removes the dead ones, and then checks the runs.
    executeSql(
      one.dataDir,
      `CREATE TRIGGER shows_itself AFTER DELETE ON engines WHEN OLD.id = 'engine_dead' BEGIN
         INSERT INTO engines (id, host, pid, beats)
           SELECT owner, OLD.host, ${process.pid}, 0 FROM runs WHERE id = '${run.id}';
       END;
       INSERT INTO engines (id, host, pid, beats) SELECT 'engine_dead', host, 4194305, 0 FROM engines;
       DELETE FROM engines WHERE id <> 'engine_dead'`,
    );
    const client = await look();
    go();
    const ended = await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'completed', ended.last_error?.message);
  });
});
