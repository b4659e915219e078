import { equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseName, restoreJournalName } from '../../src/engine/store/database';
import { DueWork } from '../../src/engine/dueWork';
import { processSpace } from '../../src/engine/process/processSpace';
import { Store } from '../../src/engine/store/store';
import { SearchIndexTables } from '../../src/engine/store/tables/searchIndexTables';
import { openSearch, storeWith } from './fileSearchSupport';
import {
  afterTest,
  ask,
  createTutor,
  executeSql,
  says,
  ScriptedModel,
  temporaryFolder,
  until,
} from './support';

const now = (): number => Math.floor(Date.now() / 1000);
const month = 30 * 24 * 60 * 60;

/** What an engine finds by itself: how it comes to be, and how the engine asks for it. */
const kinds: Record<string, { sql: string; isFound: (store: Store) => boolean }> = {
  'a run that a closed window has left': {
    sql: `UPDATE runs SET status = 'queued'`,
    isFound: ({ runs }) => runs.allActive().length > 0,
  },
  'a run that waits for outputs': {
    sql: `UPDATE runs SET status = 'requires_action'`,
    isFound: ({ runs }) => runs.allActive().length > 0,
  },
  'a message to index': {
    sql: `UPDATE messages SET body = json_set(body, '$.metadata.a', 'b')`,
    isFound: ({ threadWords }) => threadWords.hasQueued(),
  },
  'a thread that is being deleted': {
    sql: `UPDATE threads SET copied_by = 'deleted'`,
    isFound: ({ threads }) => threads.anyDeleted() !== undefined,
  },
  'a fork that was not completed': {
    sql: `UPDATE threads SET copied_by = 'engine_gone'`,
    isFound: ({ threads }) => threads.unfinished().length > 0,
  },
  'a thread that has been in the trash for 30 days': {
    sql: `UPDATE threads SET trashed_at = unixepoch() - ${month}`,
    isFound: ({ threads }) => threads.anyTrashed(now() - month) !== undefined,
  },
  'a file that has expired': {
    sql: `UPDATE files SET body = json_set(body, '$.expires_at', unixepoch())`,
    isFound: ({ files }) => files.expired().length > 0,
  },
  'a file to read': {
    sql: `UPDATE vector_store_files SET status = 'in_progress'`,
    isFound: ({ vectorStoreFiles }) => vectorStoreFiles.areToRead(),
  },
  'a vector store that is being deleted': {
    sql: 'UPDATE vector_stores SET emptied = 2',
    isFound: ({ vectorStores }) => vectorStores.hasEmptied(),
  },
  'a vector store that has expired': {
    sql: `UPDATE vector_stores
      SET body = json_set(body, '$.last_active_at', unixepoch() - 86400, '$.expires_after', json('{"days":1}'))`,
    isFound: ({ vectorStores }) => vectorStores.due(now()).length > 0,
  },
  'the index of a removed file': {
    sql: 'UPDATE search_files SET vector_store_id = NULL',
    isFound: ({ database }) => new SearchIndexTables(database).hasRemoved(),
  },
  'the words of an earlier version': {
    sql: 'UPDATE search_files SET outdated_from = 0',
    isFound: ({ database }) => new SearchIndexTables(database).hasOutdatedFiles(),
  },
  'the vectors of an earlier version': {
    sql: `INSERT INTO search_vectors (file, dimensions, vectors, scales) SELECT number, 1, x'00', x'00' FROM search_files`,
    isFound: ({ database }) => new SearchIndexTables(database).nextOldVectors() !== undefined,
  },
};

describe('the look for work in a data folder', () => {
  it('finds none where there is no database, and creates none', () => {
    const dataDir = join(temporaryFolder(), 'data');
    equal(new DueWork(dataDir).isThere(), false);
    equal(existsSync(dataDir), false);
  });

  it('finds none in a folder whose engine has done everything', async () => {
    const dataDir = await idleFolder();
    equal(new DueWork(dataDir).isThere(), false);
    executeSql(dataDir, `UPDATE threads SET trashed_at = unixepoch() - ${month - 60}`);
    equal(new DueWork(dataDir).isThere(), false);
  });

  for (const [kind, { sql, isFound }] of Object.entries(kinds)) {
    it(`finds ${kind}, as the engine does`, async () => {
      const dataDir = await idleFolder();
      executeSql(dataDir, sql);
      equal(new DueWork(dataDir).isThere(), true);
      const store = new Store(dataDir);
      equal(isFound(store), true);
      store.close();
    });
  }

  it('leaves what is to be done to an engine of this computer, until its process has ended', async () => {
    const dataDir = await idleFolder();
    executeSql(dataDir, `UPDATE runs SET status = 'queued'`);
    const program = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const ended = once(program, 'exit');
    afterTest(() => void program.kill('SIGKILL'));
    executeSql(
      dataDir,
      `INSERT INTO engines (id, host, pid, beats) VALUES ('engine_a', '${processSpace}', ${program.pid}, 0)`,
    );
    const work = new DueWork(dataDir);
    equal(work.isThere(), false);
    program.kill('SIGKILL');
    await ended;
    equal(work.isThere(), true);
    executeSql(dataDir, `UPDATE engines SET host = 'another computer', pid = ${process.pid}`);
    equal(work.isThere(), true);
  });

  it('finds what is written after an earlier look, by a process that has the database open', async () => {
    const dataDir = await idleFolder();
    const work = new DueWork(dataDir);
    const db = new DatabaseSync(join(dataDir, databaseName));
    equal(work.isThere(), false);
    db.exec('INSERT INTO thread_words_queue VALUES (1)');
    equal(work.isThere(), true);
    db.exec('DELETE FROM thread_words_queue');
    equal(work.isThere(), false);
    db.close();
  });

  it('leaves to the engine what it cannot read: another format, a damaged file, a restore that has not ended', async () => {
    const older = await idleFolder();
    executeSql(older, 'PRAGMA user_version = 1');
    equal(new DueWork(older).isThere(), true);
    const newer = await idleFolder();
    executeSql(newer, 'PRAGMA user_version = 10000');
    equal(new DueWork(newer).isThere(), true);
    const damaged = temporaryFolder();
    writeFileSync(join(damaged, databaseName), 'This is not a database.'.repeat(100));
    equal(new DueWork(damaged).isThere(), true);
    const restoring = temporaryFolder();
    writeFileSync(join(restoring, restoreJournalName), '{"step":"putAside"}');
    equal(new DueWork(restoring).isThere(), true);
  });
});

/** A data folder with an answered thread and a vector store, whose engine was closed when it had nothing more to do. */
async function idleFolder(): Promise<string> {
  const { client, engine, dataDir } = openSearch({ provider: new ScriptedModel([says('Hello')]) });
  const run = await ask(client, await createTutor(client), 'Hello?');
  await client.beta.threads.runs.poll(run.id, { thread_id: run.thread_id });
  await storeWith(client, { 'sea.txt': 'The tide turns twice a day.' });
  const store = new Store(dataDir);
  await until('all is done', () => !store.hasWork());
  store.close();
  await engine.close();
  return dataDir;
}
