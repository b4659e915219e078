import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../../src/engine/ids';
import { Store } from '../../../src/engine/store/store';
import { ask, createTutor, openEngine, says, ScriptedModel, until } from '../support';
import { askedIn, countQueries, mostInOneTurn } from './queries';

/** More than are ended at once. */
const manyRuns = 1_000;

/** A folder with many runs in progress, each of its own thread, whose engine has died, and the ids of one of them. */
async function deadRuns(): Promise<{ dataDir: string; thread_id: string; id: string }> {
  const { client, engine, dataDir } = openEngine();
  const { id, thread_id } = await ask(client, await createTutor(client), '2x = 4');
  const run = await client.beta.threads.runs.poll(id, { thread_id });
  const thread = await client.beta.threads.retrieve(thread_id);
  await engine.close();
  const store = new Store(dataDir);
  const last = { thread_id: '', id: '' };
  store.transaction(() => {
    for (let i = 0; i < manyRuns; i++) {
      Object.assign(last, { thread_id: newId('thread'), id: newId('run') });
      store.threads.insert({ ...thread, id: last.thread_id });
      store.runs.insert(
        { ...run, ...last, status: 'in_progress', completed_at: null, usage: null },
        { settings: '{}' },
      );
      store.runs.setOwner(last.id, 'engine_gone');
    }
  });
  store.close();
  return { dataDir, ...last };
}

describe('many runs of an engine that died', () => {
  it('are ended one after another, with other work in between', async () => {
    const { dataDir, thread_id, id } = await deadRuns();
    const queries = countQueries();
    let ends = 0;
    const most = mostInOneTurn(() => {
      ends += queries.sql.splice(0).filter((sql) => sql.startsWith('UPDATE runs SET owner')).length;
      return ends;
    });
    const { client } = openEngine({ dataDir });
    await until('the last one has ended', async () => {
      const run = await client.beta.threads.runs.retrieve(id, { thread_id });
      return run.status === 'failed';
    });
    assert.ok(most() < manyRuns / 2, `${most()} of ${ends} at once`);
    assert.equal(ends, manyRuns);
  });
});

describe('the creation of a run', () => {
  it('does not read a long thread to know that it has a question', async () => {
    const { client } = openEngine({ provider: new ScriptedModel([says('Yes.')]) });
    const { id: assistant_id } = await client.beta.assistants.create({ model: 'test/any' });
    const content = 'Is this long? '.repeat(10_000);
    const messages = Array.from({ length: 5 }, () => ({ role: 'user' as const, content }));
    const { id: thread_id } = await client.beta.threads.create({ messages });
    const queries = countQueries();
    let run = '';
    const { characters } = await askedIn(queries, async () => {
      run = (await client.beta.threads.runs.create(thread_id, { assistant_id })).id;
    });
    assert.ok(characters < content.length, `${characters} characters were read`);
    assert.equal((await client.beta.threads.runs.poll(run, { thread_id })).status, 'completed');
  });
});

/** Counts the turns of the event loop until it is stopped. */
function countTurns(): { turns: () => number; stop: () => number } {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  return {
    turns: () => turns,
    stop: () => {
      isOver = true;
      return turns;
    },
  };
}

describe('many requests', () => {
  it('leave turns to other work, if one comes after the other', async () => {
    const { client } = openEngine();
    const { id } = await createTutor(client);
    const counted = countTurns();
    for (let i = 0; i < 200; i++) await client.beta.assistants.retrieve(id);
    const turns = counted.stop();
    assert.ok(turns > 2, `${turns} turns`);
  });

  it('leave turns to other work, if they come at once, and begin in their order', async () => {
    const { engine } = openEngine();
    // Longer than the turn that a request may take.
    await sleep(20);
    const order: number[] = [];
    const counted = countTurns();
    const requests = Array.from({ length: 1_000 }, async (_, i) => {
      const { status } = await engine.fetch('http://engine/v1/assistants');
      order.push(i);
      return status;
    });
    const statuses = new Set(await Promise.all(requests));
    const turns = counted.stop();
    assert.deepEqual([...statuses], [200]);
    assert.deepEqual(
      order,
      order.map((_, i) => i),
    );
    assert.ok(turns > 4, `${turns} turns`);
  });

  it('leave turns to other work, if they come at once behind another', async () => {
    const { engine } = openEngine();
    const ask = () => engine.fetch('http://engine/v1/assistants');
    await sleep(20);
    await ask();
    const counted = countTurns();
    await new Promise((resolve) => setImmediate(resolve));
    const turns: number[] = [];
    const requests = Array.from({ length: 300 }, async () => {
      await ask();
      turns.push(counted.turns());
    });
    await Promise.all(requests);
    counted.stop();
    assert.notEqual(turns[0], turns.at(-1));
  });

  it('are answered, if they wait for their turns when the engine is closed', async () => {
    const { engine } = openEngine();
    await sleep(20);
    const answers = Array.from({ length: 300 }, () => engine.fetch('http://engine/v1/assistants'));
    const closed = engine.close();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    assert.deepEqual([...new Set(statuses)], [200]);
    await closed;
  });
});
