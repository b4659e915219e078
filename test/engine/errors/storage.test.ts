import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTick, setTimeout as delay } from 'node:timers/promises';
import { APIError } from 'openai';
import { createEngine } from '../../../src/engine/engine';
import { StoreError } from '../../../src/engine/store/storeErrors';
import { folderOf } from '../versions/support';
import {
  afterTest,
  ask,
  executeSql,
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

/** A copy of a folder that an engine has open, as after a power cut: with a write-ahead log not yet checkpointed. */
async function cutOffFolder(): Promise<string> {
  const { client, dataDir } = openEngine();
  await createTutor(client);
  const copy = temporaryFolder();
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

/** Hashes of a database and its write-ahead log, if that is not empty. */
function bytesOf(dataDir: string): Record<string, string> {
  const files = [name, `${name}-wal`].filter(
    (file) => statSync(join(dataDir, file), { throwIfNoEntry: false })?.size,
  );
  return Object.fromEntries(files.map((file) => [file, hash('sha256', readFileSync(join(dataDir, file)))]));
}

/** The error of opening a folder. Asserts that its database is not changed by a byte. */
function errorOf(dataDir: string): StoreError {
  const before = bytesOf(dataDir);
  try {
    void createEngine({ dataDir, models: () => [] }).close();
  } catch (error) {
    assert.deepEqual(bytesOf(dataDir), before, 'it was changed');
    assert.ok(error instanceof StoreError, String(error));
    assert.ok(error.message.includes(error.path));
    return error;
  }
  throw new Error('It was opened.');
}

/** Overwrites some bytes of a file. */
function corrupt(file: string, at: number, length: number): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, at, at + length);
  writeFileSync(file, bytes);
}

/** Overwrites the first page of a table whose database is open. */
function corruptTable(dataDir: string, table: string): void {
  const file = join(dataDir, name);
  const db = new DatabaseSync(file, { timeout: 5000 });
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const found = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table);
  db.close();
  corrupt(file, (Number(found?.['rootpage']) - 1) * 4096, 4096);
}

describe('a database', () => {
  it('of a newer version is not changed by a byte, and named in the error', async () => {
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

  it('of a newer version, whose last changes are only in its write-ahead log, is left unchanged too', async () => {
    const dataDir = await usedFolder();
    const db = new DatabaseSync(join(dataDir, name));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 99');
    const copy = temporaryFolder();
    for (const file of [name, `${name}-wal`]) copyFileSync(join(dataDir, file), join(copy, file));
    db.close();
    assert.equal(errorOf(copy).kind, 'newer');
  });

  it('that was cut off by a power failure opens with all acknowledged data', async () => {
    const dataDir = await cutOffFolder();
    assert.ok(bytesOf(dataDir)[`${name}-wal`]);
    const { client } = openEngine({ dataDir });
    assert.equal((await client.beta.assistants.list()).data[0]?.name, 'Math Tutor');
  });

  for (const [where, harm] of [
    ['its head', (file: string) => corrupt(file, 0, 100)],
    ['its first page', (file: string) => corrupt(file, 100, 200)],
    [
      'a page in its middle',
      (file: string) => corrupt(file, Math.floor(readFileSync(file).length / 8192) * 4096, 4096),
    ],
    ['its end, which is missing', (file: string) => truncateSync(file, readFileSync(file).length - 4096 * 3)],
    ['all but its first bytes', (file: string) => truncateSync(file, 50)],
  ] as const) {
    it(`that is damaged in ${where} is not changed by a byte, and named in the error`, async () => {
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

  it('that is damaged is not migrated, however large it is', () => {
    const dataDir = folderOf(1);
    const file = join(dataDir, name);
    const db = new DatabaseSync(file);
    db.exec("INSERT INTO assistants (id, body) VALUES ('asst_large', printf('%.*c', 20000000, 'x'))");
    db.close();
    corrupt(file, 10_000 * 1024, 4096);
    assert.equal(errorOf(dataDir).kind, 'damaged');
  });

  it('that is found damaged while it is used says so, and is not written to any more', async () => {
    const { client, engine, dataDir } = openEngine();
    await createTutor(client);
    for (let i = 0; i < 20; i++) {
      await client.beta.threads.create({ messages: [{ role: 'user', content: 'Words. '.repeat(400) }] });
    }
    corruptTable(dataDir, 'threads');
    const threads = client.get('/threads');
    await refused(threads, 500, /assistants\.db is damaged \(.+\)\. .*Restore a copy of it/);
    await refused(createTutor(client), 500, /./);
    await engine.close();
  });
});

describe('a database that is in use', () => {
  it('and is found damaged while the engine is idle is not written to any more', async () => {
    const { client, dataDir, log } = openEngine({ tickInterval: 20 });
    await createTutor(client);
    corruptTable(dataDir, 'engines');
    await until('it is noticed', () => log.some((line) => line.includes('is damaged')));
    const before = bytesOf(dataDir);
    await refused(createTutor(client), 500, /assistants\.db is damaged \(.+\)\. .*Restore a copy of it/);
    assert.equal((await client.beta.assistants.list()).data.length, 1);
    assert.deepEqual(bytesOf(dataDir), before);
  });

  it('and is migrated by a newer version is not written to any more, with the same error as when it is opened', async () => {
    const { turn, go } = pausedTurn(['Half'], [' of it']);
    const test = openEngine({ provider: new ScriptedModel([turn]), tickInterval: 20 });
    const { client, dataDir, log } = test;
    const run = await ask(client, await createTutor(client), 'Go');
    await firstWords(client, run);
    const events = await test.engine.fetch(`http://engine/v1/threads/${run.thread_id}/runs/${run.id}/events`);
    executeSql(dataDir, 'PRAGMA user_version = 99');
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

    // The active run is left as it is, and its event streams end.
    go();
    assert.match(await events.text(), /event: done\n/);
    await until('the run stops', () => log.some((line) => line.startsWith(`Run ${run.id}`)));
    assert.equal((await firstWords(client, run)).status, 'in_progress');
  });
});

describe('a data folder', () => {
  it('whose path is a file is named in the error', () => {
    const file = join(temporaryFolder(), 'taken');
    writeFileSync(file, '');
    assert.throws(
      () => createEngine({ dataDir: file, models: () => [] }),
      (error) => error instanceof StoreError && error.message.includes(file),
    );
  });

  it('whose database is a folder is named in the error', () => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, name));
    assert.throws(
      () => createEngine({ dataDir, models: () => [] }),
      (error) => error instanceof StoreError && error.message.includes(join(dataDir, name)),
    );
  });
});

// Windows does not let files be moved or deleted that are open.
if (process.platform !== 'win32') {
  describe('a data folder that is open', () => {
    it('and is deleted is still read, but answers 503 to what it could not store', async () => {
      const { client, dataDir } = openEngine();
      const tutor = await createTutor(client);
      rmSync(dataDir, { recursive: true });
      const message = /assistants\.db was moved, deleted or replaced while it was open, .* restart/;
      await refused(createTutor(client), 503, message);
      await refused(client.beta.assistants.delete(tutor.id), 503, message);
      const file = new File(['x'], 'x.txt');
      await refused(client.files.create({ purpose: 'assistants', file }), 503, message);
      assert.deepEqual((await client.beta.assistants.list()).data, [tutor]);
      assert.ok(!existsSync(dataDir));
    });

    it('and is moved away is written to again when it is back', async () => {
      const { client, dataDir } = openEngine();
      const away = `${dataDir}-away`;
      renameSync(dataDir, away);
      await refused(createTutor(client), 503, /was moved/);
      renameSync(away, dataDir);
      const tutor = await createTutor(client);
      assert.deepEqual((await client.beta.assistants.list()).data, [tutor]);
    });

    it('and loses its folder of files takes new files', async () => {
      const { client, dataDir } = openEngine();
      rmSync(join(dataDir, 'files'), { recursive: true });
      const file = await client.files.create({ purpose: 'assistants', file: new File(['new'], 'x.txt') });
      assert.equal(await (await client.files.content(file.id)).text(), 'new');
    });
  });
}

describe('a database that another program has locked', () => {
  /** Locks the database of an engine. Returns a function that unlocks it. */
  function lock(dataDir: string): () => void {
    const db = new DatabaseSync(join(dataDir, name));
    db.exec('BEGIN IMMEDIATE');
    let isOpen = true;
    const unlock = () => {
      if (isOpen) db.close();
      isOpen = false;
    };
    afterTest(unlock);
    return unlock;
  }

  it('is read meanwhile, and answers 503 to writes after one wait for all of them', async () => {
    const { client, dataDir } = openEngine({ tickInterval: 50 });
    const tutor = await createTutor(client);
    const unlock = lock(dataDir);
    let refusals = 0;
    const writes = Promise.all(
      Array.from({ length: 5 }, async () => {
        await refused(createTutor(client), 503, /has been locked by another window or program/);
        refusals++;
      }),
    );
    let reads = 0;
    while (refusals === 0) {
      assert.deepEqual((await client.beta.assistants.list()).data, [tutor]);
      reads++;
      await nextTick();
    }
    await writes;
    assert.ok(reads > 20, `${reads} reads`);
    unlock();
    await createTutor(client);
  });

  it('keeps a program alive that waits for nothing else', async () => {
    const dataDir = temporaryFolder();
    await createEngine({ dataDir, models: () => [] }).close();
    const unlock = lock(dataDir);
    const child = spawn(process.execPath, [join(__dirname, 'lockedProgram.js'), dataDir]);
    afterTest(() => void child.kill());
    let output = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
      // The request has found the database locked by then.
      if (output === 'ready\n') setTimeout(unlock, 200);
    });
    await once(child, 'close');
    assert.equal(output, 'ready\n200\nclosed\n');
  });

  it('for the moment of a write does not fail requests that have begun', async () => {
    const { engine, dataDir, client } = openEngine();
    const { id } = await client.beta.threads.create();
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const response = engine.fetch(`http://engine/v1/threads/${id}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body.readable,
      duplex: 'half',
    });
    const writer = body.writable.getWriter();
    await writer.write(Buffer.from('{"role":"user",'));
    const program = `const db = new (require('node:sqlite').DatabaseSync)(${JSON.stringify(join(dataDir, name))});
      db.exec('BEGIN IMMEDIATE');
      console.log('locked');
      setTimeout(() => db.exec('ROLLBACK'), 400);`;
    const child = spawn(process.execPath, ['-e', program]);
    afterTest(() => void child.kill());
    await once(child.stdout, 'data');
    // This request finds it locked, and waits.
    const other = client.beta.threads.create();
    await delay(50);
    await writer.write(Buffer.from('"content":"Hi"}'));
    await writer.close();
    assert.equal((await response).status, 200);
    await other;
  });

  it('for a moment answers writes when it is unlocked', async () => {
    const { client, dataDir } = openEngine();
    const unlock = lock(dataDir);
    const write = createTutor(client);
    assert.deepEqual((await client.beta.assistants.list()).data, []);
    unlock();
    const tutor = await write;
    assert.deepEqual((await client.beta.assistants.list()).data, [tutor]);
  });
});
