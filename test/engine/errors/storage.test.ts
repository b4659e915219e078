import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APIError } from 'openai';
import { createEngine } from '../../../src/engine/engine';
import { StoreError } from '../../../src/engine/store/storeErrors';
import { folderOf } from '../versions/support';
import {
  ask,
  behindTheirBacks,
  createTutor,
  firstWords,
  openEngine,
  pausedTurn,
  refused,
  ScriptedModel,
  temporaryFolder,
  until,
} from '../support';

const name = 'assistants.db';

/** A data folder with some threads in it, closed cleanly. */
async function usedFolder(): Promise<string> {
  const { client, engine, dataDir } = openEngine();
  await createTutor(client);
  for (let i = 0; i < 40; i++) {
    await client.beta.threads.create({ messages: [{ role: 'user', content: `Message ${i}. `.repeat(200) }] });
  }
  await engine.close();
  return dataDir;
}

/** The same folder as it is while an engine has it open: a power cut leaves it so, its log not yet taken in. */
async function cutOffFolder(): Promise<string> {
  const { client, dataDir } = openEngine();
  await createTutor(client);
  const copy = temporaryFolder();
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

/** Fingerprints of a database and its log; an empty log is none. */
function bytesOf(dataDir: string): Record<string, string> {
  const files = [name, `${name}-wal`].filter(
    (file) => statSync(join(dataDir, file), { throwIfNoEntry: false })?.size,
  );
  return Object.fromEntries(files.map((file) => [file, hash('sha256', readFileSync(join(dataDir, file)))]));
}

/** The error that opening a folder ends with; the folder's database has to be left to the byte. */
function errorOf(dataDir: string): StoreError {
  const before = bytesOf(dataDir);
  try {
    void createEngine({ dataDir, models: () => [] }).close();
  } catch (error) {
    assert.deepEqual(bytesOf(dataDir), before, 'it was not left as it was');
    assert.ok(error instanceof StoreError, String(error));
    assert.ok(error.message.includes(error.path));
    return error;
  }
  throw new Error('It was opened.');
}

/** Overwrites some bytes of a file. */
function spoil(file: string, at: number, length: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, at, at + length);
  writeFileSync(file, bytes);
}

/** Overwrites the first page of a table whose database is open. */
function spoilTable(dataDir: string, table: string): void {
  const file = join(dataDir, name);
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const found = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table);
  db.close();
  spoil(file, (Number(found?.['rootpage']) - 1) * 4096, 4096);
}

describe('a database', () => {
  it('of a newer version is left as it is to the byte, and named', async () => {
    const dataDir = await usedFolder();
    const db = new DatabaseSync(join(dataDir, name));
    db.exec('PRAGMA user_version = 99');
    db.close();
    const error = errorOf(dataDir);
    assert.deepEqual([error.kind, error.path], ['newer', join(dataDir, name)]);
    assert.match(
      error.message,
      /newer version of Assistants Studio.*Update Assistants Studio, or move the file away/,
    );
  });

  it('of a newer version, whose last changes are in its log alone, is left as it is too', async () => {
    const dataDir = await usedFolder();
    const db = new DatabaseSync(join(dataDir, name));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 99');
    const copy = temporaryFolder();
    for (const file of [name, `${name}-wal`]) copyFileSync(join(dataDir, file), join(copy, file));
    db.close();
    assert.equal(errorOf(copy).kind, 'newer');
  });

  it('that was cut off opens with all that was acknowledged', async () => {
    const dataDir = await cutOffFolder();
    assert.ok(bytesOf(dataDir)[`${name}-wal`]);
    const { client } = openEngine({ dataDir });
    assert.equal((await client.beta.assistants.list()).data[0]?.name, 'Math Tutor');
  });

  for (const [where, harm] of [
    ['its head', (file: string) => spoil(file, 0, 100)],
    ['its first page', (file: string) => spoil(file, 100, 200)],
    [
      'a page in its middle',
      (file: string) => spoil(file, Math.floor(readFileSync(file).length / 8192) * 4096, 4096),
    ],
    ['its end, which is missing', (file: string) => truncateSync(file, readFileSync(file).length - 4096 * 3)],
    ['all but its first bytes', (file: string) => truncateSync(file, 50)],
  ] as const) {
    it(`that is damaged in ${where} is left as it is to the byte, and named`, async () => {
      const dataDir = await usedFolder();
      const file = join(dataDir, name);
      harm(file);
      const error = errorOf(dataDir);
      assert.deepEqual([error.kind, error.path], ['damaged', file]);
      assert.match(
        error.message,
        /is damaged \(.+\)\. It was left unchanged\. Restore a copy of it, or move it away/,
      );
    });
  }

  it('that is damaged, however large, is not brought up to date', () => {
    const dataDir = folderOf(1);
    const file = join(dataDir, name);
    const db = new DatabaseSync(file);
    db.exec("INSERT INTO assistants (id, body) VALUES ('asst_large', printf('%.*c', 20000000, 'x'))");
    db.close();
    spoil(file, 10_000 * 1024, 4096);
    assert.equal(errorOf(dataDir).kind, 'damaged');
  });

  it('that turns out to be damaged while it is used says so, and is not written to any more', async () => {
    const { client, engine, dataDir } = openEngine();
    await createTutor(client);
    for (let i = 0; i < 20; i++) {
      await client.beta.threads.create({ messages: [{ role: 'user', content: 'Words. '.repeat(400) }] });
    }
    spoilTable(dataDir, 'threads');
    const threads = client.get('/threads');
    await refused(threads, 500, /assistants\.db is damaged \(.+\)\. .*Put a copy of it back/);
    await refused(createTutor(client), 500, /./);
    await engine.close();
  });
});

describe('a database that is in use', () => {
  it('and turns out to be damaged while nobody asks for anything is not written to any more', async () => {
    const { client, dataDir, log } = openEngine({ tickInterval: 20 });
    await createTutor(client);
    spoilTable(dataDir, 'engines');
    await until('it is noticed', () => log.some((line) => line.includes('is damaged')));
    const before = bytesOf(dataDir);
    await refused(createTutor(client), 500, /assistants\.db is damaged \(.+\)\. .*Put a copy of it back/);
    assert.equal((await client.beta.assistants.list()).data.length, 1);
    assert.deepEqual(bytesOf(dataDir), before);
  });

  it('and becomes one of a newer version is not written to any more, and named as at its opening', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const test = openEngine({ provider: new ScriptedModel([turn]), tickInterval: 20 });
    const { client, dataDir, log } = test;
    const run = await ask(client, await createTutor(client), 'Go');
    await firstWords(client, run);
    const events = await test.engine.fetch(`http://engine/v1/threads/${run.thread_id}/runs/${run.id}/events`);
    behindTheirBacks(dataDir, 'PRAGMA user_version = 99');
    await until('it is noticed', () => log.length > 0);
    const { message } = errorOf(dataDir);
    assert.ok(log[0]?.endsWith(message), log[0]);
    await assert.rejects(createTutor(client), (error) => {
      assert.ok(error instanceof APIError);
      assert.deepEqual([error.status, error.code], [500, 'storage_newer']);
      assert.ok(error.message.endsWith(message));
      return true;
    });
    assert.equal((await client.beta.assistants.list()).data.length, 1);

    // A run under way is left as it is; those who read it are let go.
    go();
    assert.match(await events.text(), /event: done\n/);
    await until('the run gives up', () => log.some((line) => line.startsWith(`Run ${run.id}`)));
    assert.equal((await firstWords(client, run)).status, 'in_progress');
  });
});

describe('a data folder', () => {
  it('whose place is taken by a file is named', () => {
    const file = join(temporaryFolder(), 'taken');
    writeFileSync(file, '');
    assert.throws(
      () => createEngine({ dataDir: file, models: () => [] }),
      (error) => error instanceof StoreError && error.message.includes(file),
    );
  });

  it('whose database is a folder is named', () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, name));
    assert.throws(
      () => createEngine({ dataDir, models: () => [] }),
      (error) => error instanceof StoreError && error.message.includes(join(dataDir, name)),
    );
  });
});
