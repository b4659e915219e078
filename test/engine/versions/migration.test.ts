import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import OpenAI from 'openai';
import { isOutdated, openDatabase } from '../../../src/engine/store/database';
import {
  compactDatabase,
  databaseSizes,
  migrateDatabase,
} from '../../../src/engine/store/maintenance/databaseTasks';
import { migrations } from '../../../src/engine/store/migrations';
import { StoreError } from '../../../src/engine/store/storeErrors';
import { serve } from '../served';
import { afterTest, createTutor, executeSql, openEngine, temporaryFolder, until } from '../support';
import { folderOf } from './support';

const script = resolve('dist/databaseWorker.js');

function read(dataDir: string): DatabaseSync {
  const db = new DatabaseSync(join(dataDir, 'assistants.db'), { readOnly: true, timeout: 10_000 });
  afterTest(() => db.close());
  return db;
}

function one(db: DatabaseSync, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}

/** A folder of version 0.1 whose migration takes a while: with many messages, and steps that have searched. */
function largeFolder(): string {
  const dataDir = folderOf(1);
  executeSql(
    dataDir,
    `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 40000)
     INSERT INTO messages (id, thread_id, body)
       SELECT 'msg_' || n, (SELECT id FROM threads LIMIT 1), json_object('id', 'msg_' || n, 'text', hex(zeroblob(200)))
       FROM number;
     WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 20000)
     INSERT INTO run_steps (id, thread_id, run_id, turn, body)
       SELECT 'step_' || n, thread_id, id,
         json_object('searches', json_object('call_' || n, json_object('number', n, 'passages', json_array(
           json_object('file_id', 'file-a', 'file_name', 'a.txt'))))), '{}'
       FROM number, (SELECT id, thread_id FROM runs LIMIT 1);
     PRAGMA wal_checkpoint(TRUNCATE)`,
  );
  return dataDir;
}

describe('the migration of a database', function () {
  this.timeout(60_000);

  it('reports its progress, and leaves the engine nothing to do', async () => {
    const dataDir = folderOf(1);
    assert.equal(isOutdated(dataDir), true);
    const progress: number[] = [];
    await migrateDatabase({ dataDir, script }, (done) => progress.push(done));
    assert.ok(progress.length > 3, progress.join(' '));
    assert.deepEqual(
      [...progress].sort((a, b) => a - b),
      progress,
    );
    assert.ok(progress[0] === 0 && progress.at(-1)! < 1, progress.join(' '));
    assert.equal(isOutdated(dataDir), false);
    assert.equal(one(read(dataDir), 'PRAGMA user_version'), migrations.length);
    await migrateDatabase({ dataDir, script }, () => assert.fail('It was migrated again.'));
  });

  it('is not needed by a new folder, nor by one of today', async () => {
    const dataDir = temporaryFolder();
    await migrateDatabase({ dataDir, script: 'none' });
    openDatabase(dataDir).close();
    await migrateDatabase({ dataDir, script: 'none' });
  });

  it('does not hold up its caller', async () => {
    const dataDir = largeFolder();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await migrateDatabase({ dataDir, script });
    clearInterval(timer);
    assert.ok(turns > 10, `${turns} turns`);
    assert.equal(one(read(dataDir), 'SELECT count(*) FROM thread_searches'), 20_000);
  });

  it('resumes with its next step after its process was killed in the middle, and loses nothing', async () => {
    const dataDir = largeFolder();
    const tables = ['threads', 'messages', 'runs', 'run_steps', 'files'];
    const counts = () => tables.map((table) => one(read(dataDir), `SELECT count(*) FROM ${table}`));
    const before = counts();
    const program = (reports: number) => `const { Worker } = require('node:worker_threads');
      let left = ${reports};
      new Worker(${JSON.stringify(script)}, { workerData: { kind: 'migrate', dataDir: ${JSON.stringify(dataDir)} } })
        .on('message', () => { if (--left === 0) process.kill(process.pid, 'SIGKILL'); });`;
    let last = 1;
    // From the check to the last step. Each report but the first follows a step that is done.
    for (const wanted of [1, 2, 3, 3, 4]) {
      const reports = Math.min(wanted, migrations.length - last + 1);
      const child = spawn(process.execPath, ['-e', program(reports)], { stdio: 'inherit' });
      const [, signal] = (await once(child, 'exit')) as [unknown, string | null];
      assert.equal(signal, 'SIGKILL');
      const found = one(read(dataDir), 'PRAGMA user_version');
      assert.ok(
        Number(found) >= Math.min(last + reports - 2, migrations.length),
        `${String(found)} after ${last}`,
      );
      last = Number(found);
    }
    await migrateDatabase({ dataDir, script });
    assert.deepEqual(counts(), before);
    const db = read(dataDir);
    assert.equal(one(db, 'PRAGMA user_version'), migrations.length);
    assert.equal(one(db, 'PRAGMA integrity_check'), 'ok');
    assert.equal(one(db, 'SELECT count(*) FROM thread_searches'), 20_000);
  });

  it('waits for another window that migrates the same database', async () => {
    const dataDir = largeFolder();
    await Promise.all([1, 2, 3].map(() => migrateDatabase({ dataDir, script })));
    assert.equal(one(read(dataDir), 'SELECT count(*) FROM thread_searches'), 20_000);
  });

  it('can be interrupted', async () => {
    const dataDir = largeFolder();
    const stop = new AbortController();
    const migration = migrateDatabase({ dataDir, script, signal: stop.signal }, () => stop.abort());
    await assert.rejects(migration, { name: 'AbortError' });
    await migrateDatabase({ dataDir, script });
  });

  it('fails with the words for users if the database is damaged', async () => {
    const dataDir = folderOf(1);
    const file = join(dataDir, 'assistants.db');
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xff, 2 * 4096, 6 * 4096));
    await assert.rejects(
      migrateDatabase({ dataDir, script }),
      (error: Error) =>
        error instanceof StoreError && error.kind === 'damaged' && error.message.includes('is damaged'),
    );
  });
});

describe('the server over a database of an earlier version', function () {
  this.timeout(120_000);

  it('answers once that is up to date, and reports the progress', async () => {
    const dataDir = largeFolder();
    const { baseURL, stderr, end } = await serve('--data-dir', dataDir);
    // It listens before it can answer.
    const client = new OpenAI({ baseURL, apiKey: 'local' });
    assert.ok((await client.beta.assistants.list()).data.length > 0);
    assert.equal(one(read(dataDir), 'PRAGMA user_version'), migrations.length);
    const shares = [...stderr().matchAll(/^Updating the database of an earlier version: (\d+) %$/gm)];
    assert.deepEqual([shares.at(0)?.[1], shares.at(-1)?.[1], shares.length > 4], ['0', '100', true]);
    assert.equal(await end(), 0);
  });

  it('resumes where another one was killed between two steps', async () => {
    const dataDir = largeFolder();
    const messages = one(read(dataDir), 'SELECT count(*) FROM messages');
    const first = await serve('--data-dir', dataDir);
    const exited = once(first.child, 'exit');
    const version = (): number => Number(one(read(dataDir), 'PRAGMA user_version'));
    await until('some steps are done', () => version() > 1);
    first.child.kill('SIGKILL');
    await exited;
    const found = version();
    const second = await serve('--data-dir', dataDir);
    const client = new OpenAI({ baseURL: second.baseURL, apiKey: 'local' });
    await client.beta.assistants.list();
    assert.ok(version() === migrations.length && found > 1, `${found} before`);
    const db = read(dataDir);
    assert.equal(one(db, 'PRAGMA integrity_check'), 'ok');
    assert.equal(one(db, 'SELECT count(*) FROM thread_searches'), 20_000);
    assert.equal(one(db, 'SELECT count(*) FROM messages'), messages);
    assert.equal(await second.end(), 0);
  });

  it('ends with the reason if that fails, and so does a request that waited; what was done is kept', async () => {
    const dataDir = folderOf(1);
    // One of the steps creates it.
    executeSql(dataDir, 'CREATE TABLE writes (x)');
    const { baseURL, child, stderr } = await serve('--data-dir', dataDir);
    const exited = once(child, 'exit');
    const client = new OpenAI({ baseURL, apiKey: 'local', maxRetries: 0 });
    await assert.rejects(client.beta.assistants.list());
    assert.equal((await exited)[0], 1);
    assert.match(stderr(), /table writes already exists/);
    const found = Number(one(read(dataDir), 'PRAGMA user_version'));
    assert.ok(found > 1 && found < migrations.length, `${found} of ${migrations.length}`);
    executeSql(dataDir, 'DROP TABLE writes');
    const steps: number[] = [];
    await migrateDatabase({ dataDir, script }, (done) => steps.push(done));
    // One more for the check.
    assert.equal(steps.length, migrations.length - found + 1);
    assert.equal(one(read(dataDir), 'PRAGMA user_version'), migrations.length);
  });

  it('can be ended meanwhile', async () => {
    const { child } = await serve('--data-dir', largeFolder());
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    assert.equal((await exited)[0], 0);
  });
});

describe('compacting a database', function () {
  this.timeout(60_000);

  /** A folder as version 0.1 left it, from which much was deleted; migrated. */
  async function emptiedFolder(): Promise<string> {
    const dataDir = largeFolder();
    await migrateDatabase({ dataDir, script });
    executeSql(
      dataDir,
      `DELETE FROM messages WHERE body ->> '$.text' IS NOT NULL; DELETE FROM run_steps WHERE body = '{}';
       UPDATE runs SET status = 'completed' WHERE status <> 'requires_action'; PRAGMA wal_checkpoint(TRUNCATE)`,
    );
    return dataDir;
  }

  it('shrinks one of an earlier version, and lets later deletions shrink it', async () => {
    const dataDir = await emptiedFolder();
    const before = await databaseSizes({ dataDir, script });
    assert.equal(before.bytes, statSync(join(dataDir, 'assistants.db')).size);
    assert.ok(before.unused > before.bytes / 2, JSON.stringify(before));
    const after = await compactDatabase({ dataDir, script });
    assert.ok(after.bytes < before.bytes / 2 && after.unused < 64 * 4096, JSON.stringify({ before, after }));
    assert.equal(after.bytes, statSync(join(dataDir, 'assistants.db')).size);
    const db = read(dataDir);
    assert.equal(one(db, 'PRAGMA auto_vacuum'), 2);
    assert.equal(one(db, 'PRAGMA integrity_check'), 'ok');
  });

  it('is left out while a run is under way', async () => {
    const dataDir = await emptiedFolder();
    executeSql(dataDir, `UPDATE runs SET status = 'queued' WHERE seq = 1`);
    const { bytes } = await databaseSizes({ dataDir, script });
    const after = await compactDatabase({ dataDir, script });
    assert.deepEqual([after.isBusy, after.bytes], [true, bytes]);
  });

  it('lets an engine that has the database open continue', async () => {
    const dataDir = await emptiedFolder();
    const { client } = openEngine({ dataDir });
    await createTutor(client, { name: 'Before' });
    await compactDatabase({ dataDir, script });
    await createTutor(client, { name: 'After' });
    const names = (await client.beta.assistants.list()).data.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 2), ['After', 'Before']);
  });

  it('leaves the database as it was if its process is killed', async () => {
    const dataDir = await emptiedFolder();
    const copy = temporaryFolder();
    copyFileSync(join(dataDir, 'assistants.db'), join(copy, 'assistants.db'));
    const program = `const { Worker } = require('node:worker_threads');
      new Worker(${JSON.stringify(script)}, { workerData: { kind: 'compact', dataDir: ${JSON.stringify(dataDir)} } });
      const { statSync } = require('node:fs');
      setInterval(() => {
        if (statSync(${JSON.stringify(join(dataDir, 'assistants.db-wal'))}, { throwIfNoEntry: false })?.size > 0)
          process.kill(process.pid, 'SIGKILL');
      }, 1);`;
    await once(spawn(process.execPath, ['-e', program], { stdio: 'inherit' }), 'exit');
    const rows = (dir: string) => read(dir).prepare('SELECT id FROM runs ORDER BY seq').all();
    assert.equal(one(read(dataDir), 'PRAGMA integrity_check'), 'ok');
    assert.deepEqual(rows(dataDir), rows(copy));
    await compactDatabase({ dataDir, script });
  });
});
