import assert from 'node:assert/strict';
import { newId } from '../../../src/engine/ids';
import { Store } from '../../../src/engine/store/store';
import { ask, createTutor, openEngine, until } from '../support';
import { countQueries, mostInOneTurn } from './queries';

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
