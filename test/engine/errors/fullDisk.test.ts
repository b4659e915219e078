import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import OpenAI, { APIError, toFile } from 'openai';
import type { Assistant } from 'openai/resources/beta/assistants';
import { createEngine } from '../../../src/engine/engine';
import { storeErrorOf, StoreError } from '../../../src/engine/store/storeErrors';
import { serve, type Served, serveThrough } from '../served';
import {
  afterTest,
  collect,
  createTutor,
  executeSql,
  openEngine,
  refused,
  temporaryFolder,
  until,
} from '../support';

/** Whether an error is the API's answer for a full disk. */
function isStorageError(error: unknown): boolean {
  return error instanceof APIError && error.status! >= 500 && String(error.code).startsWith('storage_');
}

function clientAt(baseURL: string): OpenAI {
  return new OpenAI({ apiKey: 'any', baseURL, maxRetries: 0 });
}

/** Adds assistants until the disk is full. Returns those that were acknowledged. */
async function fill(client: OpenAI, instructions = 'Be kind. '.repeat(2000)): Promise<Assistant[]> {
  const made: Assistant[] = [];
  for (;;) {
    try {
      made.push(await createTutor(client, { instructions }));
    } catch (error) {
      assert.ok(isStorageError(error), String(error));
      return made;
    }
  }
}

describe('an error of SQLite', () => {
  it('for a full disk is reported as such', () => {
    const db = new DatabaseSync(join(temporaryFolder(), 'small.db'));
    db.exec('CREATE TABLE t (body TEXT); PRAGMA max_page_count = 4');
    const write = () => db.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000));
    assert.throws(write, (error) => {
      const storeError = storeErrorOf(error, '/data/assistants.db');
      assert.equal(storeError?.kind, 'full');
      assert.equal(
        storeError.message,
        'There is no space left on the disk of /data/assistants.db. Free up some space and try again.',
      );
      return true;
    });
    db.close();
  });

  it('for a read-only file is reported as such', () => {
    const file = join(temporaryFolder(), 'fixed.db');
    new DatabaseSync(file).close();
    const db = new DatabaseSync(file, { readOnly: true });
    assert.throws(
      () => db.exec('CREATE TABLE t (body TEXT)'),
      (error) => storeErrorOf(error, file)?.kind === 'readonly',
    );
    db.close();
  });

  it('about the statement is not an error of the disk', () => {
    const db = new DatabaseSync(':memory:');
    assert.throws(
      () => db.exec('SELECT nothing'),
      (error) => storeErrorOf(error, 'x') === undefined,
    );
    db.close();
  });
});

/** Starts a server that finds little disk space. */
function serveLimited(dataDir: string): Promise<Served> {
  return serveThrough(['sh', '-c', 'ulimit -S -f 1200; exec "$0" "$@"'], '--data-dir', dataDir);
}

/** Frees the disk space that a server was started without. */
function freeSpace({ child }: Served): void {
  execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited']);
}

// Only there can the disk space of a process be limited, and the limit raised again.
if (process.platform === 'linux') {
  describe('a server on a disk that is full', () => {
    it('says so, loses nothing, and continues once there is space', async () => {
      const dataDir = temporaryFolder();
      const limited = await serveLimited(dataDir);
      const client = clientAt(limited.baseURL);
      const made = await fill(client);
      assert.ok(made.length > 0);
      const upload = client.files.create({
        purpose: 'assistants',
        file: await toFile(Buffer.alloc(2_000_000), 'large.bin'),
      });
      await assert.rejects(upload, isStorageError);
      // Existing data can still be read.
      assert.equal((await collect(client.beta.assistants.list())).length, made.length);
      assert.deepEqual(await collect(client.files.list()), []);

      freeSpace(limited);
      const later = await createTutor(client);
      const thread = await client.beta.threads.create({
        messages: [{ role: 'user', content: 'Solve 3x + 11 = 14' }],
      });
      const run = await client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: later.id });
      assert.equal(run.status, 'completed');
      await limited.end();

      const db = new DatabaseSync(join(dataDir, 'assistants.db'));
      assert.deepEqual({ ...db.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
      db.close();
      const again = await serve('--data-dir', dataDir);
      const kept = await collect(clientAt(again.baseURL).beta.assistants.list({ order: 'asc' }));
      assert.deepEqual(kept, [...made, later]);
    });

    it('still finds passages', async () => {
      const dataDir = temporaryFolder();
      const limited = await serveLimited(dataDir);
      const client = clientAt(limited.baseURL);
      const file = await client.files.create({
        purpose: 'assistants',
        file: await toFile(Buffer.from('The ships go out with the tide.'), 'tide.txt'),
      });
      const { id } = await client.vectorStores.create({ file_ids: [file.id] });
      await until(
        'it is indexed',
        async () => (await client.vectorStores.retrieve(id)).status === 'completed',
      );
      // A use that was recorded in this second would not be written again.
      executeSql(dataDir, `UPDATE vector_stores SET body = json_set(body, '$.last_active_at', 1000)`);
      await fill(client);
      await fill(client, '');
      const { data } = await client.vectorStores.search(id, { query: 'ships' });
      assert.equal(data[0]?.filename, 'tide.txt');
      assert.equal((await client.vectorStores.retrieve(id)).last_active_at, 1000);
    });

    it('indexes a file later for which there is no space now', async () => {
      const dataDir = temporaryFolder();
      const limited = await serveLimited(dataDir);
      const client = clientAt(limited.baseURL);
      const text = 'The tide turns, and the ships go out with it before the morning. '.repeat(6_000);
      const file = await client.files.create({
        purpose: 'assistants',
        file: await toFile(Buffer.from(text), 'long.txt'),
      });
      const { id } = await client.vectorStores.create({ file_ids: [file.id] });
      await until('it is put off', () => limited.stderr().includes('is postponed'));
      const { file_counts } = await client.vectorStores.retrieve(id);
      assert.deepEqual([file_counts.in_progress, file_counts.failed], [1, 0]);

      freeSpace(limited);
      await until('it is indexed', async () => {
        const { status } = await client.vectorStores.files.retrieve(file.id, { vector_store_id: id });
        assert.notEqual(status, 'failed');
        return status === 'completed';
      });
      const { data } = await client.vectorStores.search(id, { query: 'ships' });
      assert.equal(data[0]?.filename, 'long.txt');
    });
  });
}

// Root may write anywhere, so the test runs as another user.
function asSomebodyElse<R>(work: () => R): R {
  const own = process.geteuid?.();
  if (own === 0) process.seteuid?.(65534);
  try {
    return work();
  } finally {
    if (own === 0) process.seteuid?.(own);
  }
}

it('a data folder that is a file, or has a path that is too long, is refused with the reason', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  for (const [dataDir, reason] of [
    [file, /is a file and not a folder\.$/],
    [join(file, 'data'), /is a file and not a folder\.$/],
    [join(temporaryFolder(), 'long'.repeat(100)), /its path is too long\.$/],
  ] as const)
    assert.throws(
      () => createEngine({ dataDir, models: () => [] }),
      (error) => error instanceof StoreError && error.path === dataDir && reason.test(error.message),
    );
});

// Windows has no folders that their owner may not write to.
if (process.platform !== 'win32') {
  describe('a data folder that cannot be written to', () => {
    it('is named, with what to do', () => {
      const dataDir = temporaryFolder();
      chmodSync(dataDir, 0o555);
      asSomebodyElse(() => {
        assert.throws(
          () => createEngine({ dataDir, models: () => [] }),
          (error) =>
            error instanceof StoreError &&
            error.kind === 'readonly' &&
            error.message === `${dataDir} cannot be written to. Allow writing to it and try again.`,
        );
      });
    });

    /** The folder of an engine that was closed, with modes for it and for its database. */
    async function usedFolder(folder: number, file: number): Promise<string> {
      const { client, engine, dataDir } = openEngine();
      await createTutor(client);
      await engine.close();
      afterTest(() => chmodSync(dataDir, 0o700));
      chmodSync(join(dataDir, 'assistants.db'), file);
      chmodSync(dataDir, folder);
      return dataDir;
    }

    it('with a database in it is named, and the database left unchanged', async () => {
      const dataDir = await usedFolder(0o555, 0o666);
      const before = readFileSync(join(dataDir, 'assistants.db'));
      asSomebodyElse(() => {
        assert.throws(
          () => createEngine({ dataDir, models: () => [] }),
          (error) =>
            error instanceof StoreError &&
            error.kind === 'readonly' &&
            error.message === `${dataDir} cannot be written to. Allow writing to it and try again.`,
        );
      });
      assert.ok(readFileSync(join(dataDir, 'assistants.db')).equals(before));
    });

    it('because its database is read-only can still be read, and says so when it is to be written', async () => {
      const dataDir = await usedFolder(0o777, 0o444);
      const before = readFileSync(join(dataDir, 'assistants.db'));
      // Its file stays open as it was opened.
      const { client, engine } = asSomebodyElse(() => openEngine({ dataDir }));
      assert.equal((await client.beta.assistants.list()).data.length, 1);
      await refused(createTutor(client), 500, /assistants\.db cannot be written to\. Allow writing to it/);
      await engine.close();
      assert.ok(readFileSync(join(dataDir, 'assistants.db')).equals(before));
    });

    it('is named if it cannot even be created', () => {
      const parent = temporaryFolder();
      chmodSync(parent, 0o555);
      asSomebodyElse(() => {
        assert.throws(
          () => createEngine({ dataDir: join(parent, 'data'), models: () => [] }),
          (error) => error instanceof StoreError && error.kind === 'readonly',
        );
      });
    });
  });
}
