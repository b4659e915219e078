import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { OpenAI } from 'openai';
import type { Stream } from 'openai/streaming';
import { ChangeLog } from '../../src/engine/changeLog';
import { EngineRegistry } from '../../src/engine/engineRegistry';
import { databaseName } from '../../src/engine/store/database';
import { Store } from '../../src/engine/store/store';
import { afterTest, createTutor, openEngine, ScriptedModel, says, temporaryFolder, until } from './support';

/** The paths of other engines' writes that an engine reports. */
async function reading(client: OpenAI): Promise<{ paths: string[]; end: Promise<void>; stop: () => void }> {
  const stream = await client.get<Stream<{ path: string }>>('/writes', { stream: true });
  const paths: string[] = [];
  const end = (async () => {
    for await (const { path } of stream) paths.push(path);
  })();
  return { paths, end, stop: () => stream.controller.abort() };
}

/** A change log over a store of its own. */
function openLog(dataDir: string): { store: Store; changeLog: ChangeLog; lines: string[] } {
  const store = new Store(dataDir);
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const registry = new EngineRegistry(store, log);
  const changeLog = new ChangeLog(store, registry, log);
  afterTest(() => {
    registry.leave();
    store.close();
  });
  return { store, changeLog, lines };
}

const request = (path: string): Request => new Request(`http://engine/v1/${path}`, { method: 'POST' });

describe('a write of one window', () => {
  it('is reported in the others, in order, and not in its own', async () => {
    const one = openEngine({ provider: new ScriptedModel([says('Hello.')]) });
    const other = openEngine({ dataDir: one.dataDir, provider: new ScriptedModel([]) });
    const [here, there] = [await reading(one.client), await reading(other.client)];

    const assistant = await createTutor(one.client);
    const thread = await one.client.beta.threads.create();
    await one.client.beta.threads.messages.create(thread.id, { role: 'user', content: 'Hi' });
    const run = await one.client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id });
    const path = `/v1/threads/${thread.id}`;
    const expected = ['/v1/assistants', '/v1/threads', `${path}/messages`, `${path}/runs`];
    await until('the other window knows', () => there.paths.length >= expected.length);
    assert.deepEqual(there.paths, expected);

    await other.client.beta.threads.runs.poll(run.id, { thread_id: thread.id });
    await other.client.beta.threads.delete(thread.id);
    await until('the first window knows', () => here.paths.length > 0);
    assert.deepEqual(here.paths, [path]);
    assert.equal(there.paths.length, expected.length);
    here.stop();
    there.stop();
  });

  it('that failed, or was only a read, is not reported', async () => {
    const one = openEngine();
    const other = openEngine({ dataDir: one.dataDir });
    const { paths, stop } = await reading(other.client);
    await assert.rejects(one.client.beta.threads.delete('thread_none'));
    await one.client.beta.assistants.list();
    await createTutor(one.client);
    await until('the assistant is reported', () => paths.length > 0);
    assert.deepEqual(paths, ['/v1/assistants']);
    stop();
  });

  it('from before is not reported, and the stream ends when its window closes', async () => {
    const one = openEngine();
    const other = openEngine({ dataDir: one.dataDir });
    await createTutor(one.client);
    const { paths, end } = await reading(other.client);
    await other.engine.close();
    await end;
    assert.deepEqual(paths, []);
  });
});

describe('writes that follow one another closely', () => {
  it('are recorded together, which a program that ends waits for', async () => {
    const { dataDir, client } = openEngine();
    const { paths, stop } = await reading(client);
    const { store, changeLog } = openLog(dataDir);
    let commits = 0;
    store.onCommit = () => commits++;
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

    changeLog.note(request('threads'), Response.json({}));
    const before = timers();
    for (let i = 0; i < 50; i++) changeLog.note(request(`threads/thread_${i}`), Response.json({}));
    assert.equal(timers(), before + 1);
    await until('all are reported', () => paths.length === 51);
    assert.ok(commits < 10, `${commits} transactions`);
    stop();
  });
});

describe('while another program writes', () => {
  /** A connection that has the database locked. */
  function lockedBy(dataDir: string): DatabaseSync {
    const db = new DatabaseSync(join(dataDir, databaseName));
    db.exec('BEGIN IMMEDIATE');
    afterTest(() => {
      if (db.isOpen) db.close();
    });
    return db;
  }

  it('an answer does not wait until its change is recorded, which it is afterwards, in order', async () => {
    const { dataDir, client } = openEngine();
    const { paths, stop } = await reading(client);
    const { changeLog, lines } = openLog(dataDir);
    const program = lockedBy(dataDir);
    for (const path of ['threads', 'assistants', 'files']) changeLog.note(request(path), Response.json({}));
    // It would have failed by then if it had waited.
    program.exec('COMMIT');
    await until('all are reported', () => paths.length === 3);
    assert.deepEqual(paths, ['/v1/threads', '/v1/assistants', '/v1/files']);
    changeLog.note(request('later'), Response.json({}));
    await until('the next one is, too', () => paths.length === 4);
    assert.deepEqual(lines, []);
    stop();
  });

  it('the last changes of a window that closes are recorded', async () => {
    const { dataDir, client } = openEngine();
    const { paths, stop } = await reading(client);
    const { changeLog } = openLog(dataDir);
    const program = lockedBy(dataDir);
    changeLog.note(request('threads'), Response.json({}));
    program.exec('COMMIT');
    changeLog.close();
    await until('the change is reported', () => paths.length > 0);
    assert.deepEqual(paths, ['/v1/threads']);
    stop();
  });

  it('a request goes on to its turn if that program commits now and then', async () => {
    const { store } = openLog(temporaryFolder());
    const program = lockedBy(store.dataDir);
    // Locked whenever the engine looks.
    const write = (): void =>
      program.exec('INSERT INTO writes (engine, path) VALUES (1, 1); COMMIT; BEGIN IMMEDIATE');
    const writing = setInterval(write, 1);
    afterTest(() => clearInterval(writing));
    await store.waitForLock();
    clearInterval(writing);
    assert.equal(store.canLock(), false);
    program.exec('COMMIT');
    assert.equal(store.canLock(), true);
  });
});
