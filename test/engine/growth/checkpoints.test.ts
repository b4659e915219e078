import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Checkpointer } from '../../../src/engine/store/checkpoints/checkpointer';
import { checkpointLog } from '../../../src/engine/store/checkpoints/checkpointLog';
import { databaseName } from '../../../src/engine/store/database';
import { Store } from '../../../src/engine/store/store';
import { afterTest, createTutor, openEngine, temporaryFolder, until } from '../support';

const script = resolve('dist/databaseWorker.js');

/** A store whose checkpoints a worker makes. */
function openStore({ path = script, commits = 200, quietMs = 60_000 } = {}): { store: Store; log: string[] } {
  const store = new Store(temporaryFolder());
  const log: string[] = [];
  const checkpointer = new Checkpointer(store, path, (line) => log.push(line), { commits, quietMs });
  afterTest(async () => {
    await checkpointer.close();
    store.close();
  });
  return { store, log };
}

function write(store: Store, transactions: number, length = 4000): void {
  for (let i = 0; i < transactions; i++)
    store.transaction(() => store.changes.add('engine_test', `/v1/${'x'.repeat(length)}`));
}

function logLength({ dataDir }: Store): number {
  return statSync(join(dataDir, `${databaseName}-wal`)).size;
}

/** The number of the last write that is in the database file itself, not in its log. */
function lastInFile(store: Store): number {
  const copy = join(temporaryFolder(), databaseName);
  copyFileSync(join(store.dataDir, databaseName), copy);
  const db = new DatabaseSync(copy);
  try {
    return Number(db.prepare('SELECT MAX(seq) AS last FROM writes').get()?.['last'] ?? 0);
  } catch {
    // Copied while it was written.
    return 0;
  } finally {
    db.close();
  }
}

function autoCheckpoint(store: Store): unknown {
  return Object.values(store.database.prepare('PRAGMA wal_autocheckpoint').get() ?? {})[0];
}

describe('the checkpoints of the database', () => {
  it('are made by a worker once there were many writes, and never by these', async () => {
    const { store, log } = openStore();
    write(store, 150);
    assert.equal(autoCheckpoint(store), 0);
    write(store, 150);
    assert.equal(lastInFile(store), 0);
    await until('the writes are in the file', () => lastInFile(store) >= 200);
    write(store, 300);
    await until('the next ones are, too', () => lastInFile(store) >= 400);
    assert.deepEqual(log, []);
  });

  it('are asked for again if there were many writes in the meantime', async () => {
    const folder = temporaryFolder();
    const [stub, asked] = [join(folder, 'worker.js'), join(folder, 'asked')];
    writeFileSync(
      stub,
      `const { appendFileSync } = require('node:fs');
       const { parentPort } = require('node:worker_threads');
       parentPort.on('message', ({ type, id }) => {
         if (type === 'close') return parentPort.close();
         appendFileSync(${JSON.stringify(asked)}, 'x');
         parentPort.postMessage({ type: 'answer', id });
       });
       parentPort.postMessage({ type: 'ready' });`,
    );
    const { store } = openStore({ path: stub });
    write(store, 450);
    await until('it is asked twice', () => existsSync(asked) && readFileSync(asked, 'utf8') === 'xx');
  });

  it('are made after few writes if these are large', async () => {
    const { store } = openStore({ commits: 1_000_000 });
    write(store, 50, 1_000_000);
    await until('the writes are in the file', () => lastInFile(store) >= 20);
  });

  it('empty a long log once nothing is written any more, and leave a short one', async () => {
    const { store } = openStore({ commits: 1_000_000, quietMs: 20 });
    write(store, 1, 1_000_000);
    await until('the writes are seen', () => logLength(store) > 1_000_000);
    write(store, 1, 5_000_000);
    await until('the log is empty', () => logLength(store) === 0);
    assert.equal(lastInFile(store), 2);
  });

  it('wake nothing up after writes while the log is short', () => {
    const { store } = openStore();
    let timers = 0;
    const hook = createHook({ init: (_, type) => void (type === 'Timeout' && timers++) }).enable();
    afterTest(() => void hook.disable());
    write(store, 100);
    assert.equal(timers, 0);
    write(store, 100, 50_000);
    assert.ok(timers > 0);
  });

  it('empty it also if a checkpoint is under way by then', async () => {
    // The worker starts later than that.
    const { store } = openStore({ commits: 1, quietMs: 1 });
    write(store, 1, 5_000_000);
    await until('the log is empty', () => logLength(store) === 0);
  });

  it('are made by the writes if no worker can be started', async () => {
    const { store, log } = openStore({ path: resolve('dist/none.js') });
    write(store, 250);
    await until('that is logged', () => log.length > 0);
    assert.match(log.join('\n'), /^Checkpoints are made without a worker from now on: .*checkpoint worker/);
    assert.notEqual(autoCheckpoint(store), 0);
    write(store, 800);
    assert.ok(lastInFile(store) > 250);
    assert.equal(log.length, 1);
  });

  it('stay with the search worker while it writes, whoever makes the others', () => {
    const { store } = openStore();
    store.leaveCheckpoints(true);
    store.leaveAllCheckpoints(false);
    assert.equal(autoCheckpoint(store), 0);
    store.leaveCheckpoints(false);
    assert.notEqual(autoCheckpoint(store), 0);
    store.leaveAllCheckpoints(true);
    store.leaveCheckpoints(false);
    assert.equal(autoCheckpoint(store), 0);
  });

  it('empty a log that has become too long, and leave others as they are', () => {
    const file = join(temporaryFolder(), 'long.db');
    const db = new DatabaseSync(file);
    afterTest(() => db.close());
    db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (x)');
    const size = (): number => statSync(`${file}-wal`).size;
    db.exec('INSERT INTO t VALUES (zeroblob(1000000))');
    const short = size();
    checkpointLog(db);
    assert.equal(size(), short);
    db.exec('INSERT INTO t VALUES (zeroblob(80000000))');
    checkpointLog(db);
    assert.equal(size(), 0);
  });

  it('end with the engine, which leaves no log behind', async () => {
    const { engine, client, dataDir } = openEngine({ databaseWorker: script });
    const tutor = await createTutor(client);
    for (let i = 0; i < 2010; i++) await client.beta.assistants.update(tutor.id, { metadata: { i: `${i}` } });
    await engine.close();
    assert.ok(!existsSync(join(dataDir, `${databaseName}-wal`)));
  });
});
