import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Stream } from 'openai/streaming';
import { EngineRegistry } from '../../../src/engine/engineRegistry';
import { Store } from '../../../src/engine/store/store';
import {
  afterTest,
  ask,
  createTutor,
  executeSql,
  firstWords,
  openEngine,
  pausedTurn,
  ScriptedModel,
  temporaryFolder,
  until,
} from '../support';
import { countQueries } from './queries';

const interval = 20;

/** A registry of its own, whose ticks are counted. */
function openRegistry(dataDir: string): { registry: EngineRegistry; store: Store; ticks: () => number } {
  const store = new Store(dataDir);
  const registry = new EngineRegistry(store, () => undefined, interval);
  let ticks = 0;
  registry.onTick(() => ticks++);
  afterTest(() => {
    registry.leave();
    store.close();
  });
  return { registry, store, ticks: () => ticks };
}

/** Waits as long as an engine with work would take for so many ticks, or longer. */
async function intervals(count: number): Promise<void> {
  for (let passed = 0; passed < count; passed++)
    await new Promise((resolve) => setTimeout(resolve, interval));
}

describe('an idle engine', function () {
  this.timeout(30_000);

  it('wakes up five times a minute where a busy one does so each second, and writes nothing', async () => {
    const dataDir = temporaryFolder();
    const { ticks } = openRegistry(dataDir);
    await until('the first tick', () => ticks() > 0);
    const before = { ticks: ticks(), wal: statSync(join(dataDir, 'assistants.db-wal')) };
    const queries = countQueries();
    const started = performance.now();
    await intervals(60);
    // More than a minute if the machine is busy.
    const minutes = (performance.now() - started) / (60 * interval);
    const woken = ticks() - before.ticks;
    assert.ok(woken >= 1 && woken <= 5 * minutes + 1, `${woken} ticks in ${minutes.toFixed(1)} minutes`);
    assert.deepEqual(
      queries.sql.filter((sql) => /^\s*(INSERT|UPDATE|DELETE|REPLACE)/i.test(sql)),
      [],
    );
    const wal = statSync(join(dataDir, 'assistants.db-wal'));
    assert.deepEqual([wal.size, wal.mtimeMs], [before.wal.size, before.wal.mtimeMs]);
  });

  it('asks for no changes of other windows until there are some, and then reports them', async () => {
    const one = openEngine({ tickInterval: 600_000 });
    const other = openEngine({ dataDir: one.dataDir, tickInterval: 600_000 });
    const stream = await other.client.get<Stream<{ path: string }>>('/writes', { stream: true });
    const paths: string[] = [];
    void (async () => {
      for await (const { path } of stream) paths.push(path);
    })();
    await intervals(10);
    const queries = countQueries();
    await intervals(40);
    assert.deepEqual(queries.sql, []);
    await createTutor(one.client);
    await until('the write is reported', () => paths.length > 0);
    assert.deepEqual(paths, ['/v1/assistants']);
    stream.controller.abort();
  });

  it('is woken by a request, and by work of its own', async () => {
    const { registry, ticks } = openRegistry(temporaryFolder());
    await until('the first tick', () => ticks() > 0);
    const before = ticks();
    registry.wake();
    await until('a tick', () => ticks() > before);
    registry.beat();
    await until('another tick', () => ticks() > before + 1);
  });

  it('ends the run of an engine that has died, as soon as it is asked for it', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const one = openEngine({ provider: new ScriptedModel([turn]), tickInterval: 600_000 });
    // Its idle pause is longer than any test.
    const other = openEngine({ dataDir: one.dataDir, tickInterval: 2_000 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const run = await ask(one.client, await createTutor(one.client), 'Go');
    await firstWords(one.client, run);
    executeSql(one.dataDir, `UPDATE runs SET owner = 'engine_dead'`);
    const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.equal(ended.status, 'failed');
    go();
  });

  it('writes heartbeats as long as any engine works, so that none is taken for dead', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const dataDir = temporaryFolder();
    const { store, registry, ticks } = openRegistry(dataDir);
    const { client } = openEngine({ dataDir, provider: new ScriptedModel([turn]), tickInterval: interval });
    const run = await ask(client, await createTutor(client), 'Go');
    await firstWords(client, run);
    const beats = (): number => store.engines.all().find(({ id }) => id === registry.id)?.beats ?? 0;
    const [before, from] = [beats(), ticks()];
    await until('many ticks', () => ticks() > from + 40);
    assert.ok(beats() - before >= 30, `${beats() - before} heartbeats`);
    go();
    await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
    assert.ok(store.engines.has(registry.id));
  });
});
