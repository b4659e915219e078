import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseName, openDatabase } from '../../../src/engine/store/database';
import { migrations } from '../../../src/engine/store/migrations';
import { Store } from '../../../src/engine/store/store';
import { SearchIndex } from '../../../src/engine/tools/fileSearch/index/searchIndex';
import type { OnIndexUpdate } from '../../../src/engine/tools/fileSearch/stores/filesProgress';
import { WordsUpdate } from '../../../src/engine/tools/fileSearch/stores/wordsUpdate';
import { openSearch } from '../fileSearchSupport';
import { temporaryFolder, until } from '../support';

const texts = ['die Straße', 'l’hôtel أحمد', '数据库 ที่อยู่', 'RTX4090', 'plain words'];

/** A data folder with a store as version 0.1 has indexed it: FTS5 got the words much as they were in the text. */
function formerFolder(files = 1): string {
  const dataDir = temporaryFolder();
  const db = new DatabaseSync(join(dataDir, databaseName));
  const format = migrations.findIndex((sql) => sql.includes('outdated_from'));
  for (const sql of migrations.slice(0, format)) db.exec(sql);
  db.exec(`PRAGMA user_version = ${format}`);
  const body = (object: object) => JSON.stringify(object);
  const store = { id: 'vs_a', created_at: 1, last_active_at: 1, name: '', metadata: {} };
  db.prepare('INSERT INTO vector_stores (id, body) VALUES (?, ?)').run(store.id, body(store));
  db.exec("INSERT INTO search_stores (number, vector_store_id) VALUES (1, 'vs_a')");
  for (let file = 1; file <= files; file++) {
    const id = `file-${file}`;
    const stored = { id, object: 'file', bytes: 1, created_at: 1, filename: 'a.txt', purpose: 'assistants' };
    db.prepare('INSERT INTO files (id, purpose, body) VALUES (?, ?, ?)').run(id, 'assistants', body(stored));
    db.prepare(
      "INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES ('vs_a', ?, 'completed', ?)",
    ).run(
      id,
      body({ id, object: 'vector_store.file', vector_store_id: 'vs_a', status: 'completed', usage_bytes: 1 }),
    );
    db.prepare(
      "INSERT INTO search_files (number, store, vector_store_id, file_id, ready, chunks) VALUES (?, 1, 'vs_a', ?, 1, ?)",
    ).run(file, id, texts.length);
    texts.forEach((text, ordinal) => {
      const rowid = file * 2 ** 20 + ordinal;
      db.prepare(
        `INSERT INTO search_chunks (id, file, ordinal, start_offset, end_offset, line, text)
         VALUES (?, ?, ?, 0, ?, 1, ?)`,
      ).run(rowid, file, ordinal, text.length, text);
      const words = text.replace(/[\p{sc=Han}\p{sc=Thai}]+/gu, (run) =>
        [...run].map((character, i, all) => character + (all[i + 1] ?? '')).join(' '),
      );
      db.prepare("INSERT INTO search_words (rowid, store, words) VALUES (?, '1', ?)").run(rowid, words);
    });
  }
  db.close();
  return dataDir;
}

function find(index: SearchIndex, text: string): string[] {
  return index.search({ storeIds: ['vs_a'], text, limit: 10 }).map(({ chunk }) => chunk.text);
}

/** Queries that the words of before answer, and those that only today's do, each with the passage it finds. */
const known = { Straße: 0, 'l’hôtel': 1, أحمد: 1, 数据库: 2, ที่อยู่: 2, RTX4090: 3, plain: 4 };
const added = { STRASSE: 0, lhotel: 1, احمد: 1, 數據庫: 2, 'RTX 4090': 3 };

describe('file search: words of an index from before', () => {
  let db: DatabaseSync | undefined;
  let store: Store | undefined;
  afterEach(() => {
    db?.close();
    store?.close();
    db = store = undefined;
  });

  /** All steps of one passage, or the first `count`; returns how many were made. */
  function update(index: SearchIndex, count = Infinity): number {
    let steps = 0;
    while (steps < count && index.updateWords(0)) steps++;
    return steps;
  }

  it('are found as before until they are brought up to date, and by their other spellings then', () => {
    db = openDatabase(formerFolder());
    const index = new SearchIndex(db);
    for (const [query, at] of Object.entries(known)) assert.equal(find(index, query)[0], texts[at], query);
    for (const query of ['STRASSE', 'lhotel', 'احمد']) assert.deepEqual(find(index, query), [], query);
    update(index);
    for (const [query, at] of Object.entries({ ...known, ...added })) {
      assert.equal(find(index, query)[0], texts[at], query);
    }
    assert.equal(update(index), 0);
  });

  it('are found in each state of the update, once', () => {
    db = openDatabase(formerFolder());
    const index = new SearchIndex(db);
    do {
      for (const [query, at] of Object.entries(known)) {
        assert.equal(find(index, query).filter((text) => text === texts[at]).length, 1, query);
      }
    } while (index.updateWords(0));
    assert.equal(db.prepare('SELECT count(*) AS n FROM search_words').get()!['n'], texts.length);
  });

  it('are brought up to date from where the engine before was interrupted', () => {
    const dataDir = formerFolder(2);
    db = openDatabase(dataDir);
    const all = 2 * (texts.length + 1) - 1;
    const first = update(new SearchIndex(db), 3);
    db.close();
    db = openDatabase(dataDir);
    const index = new SearchIndex(db);
    assert.equal(first + update(index), all);
    assert.deepEqual(find(index, 'STRASSE'), ['die Straße', 'die Straße']);
  });

  it('are left as they are by a step that is rolled back', () => {
    db = openDatabase(formerFolder());
    const index = new SearchIndex(db);
    db.exec('BEGIN');
    update(index);
    db.exec('ROLLBACK');
    assert.deepEqual([find(index, 'STRASSE'), find(index, 'Straße')], [[], ['die Straße']]);
    assert.ok(update(index) > 0);
  });

  it('do not count for files that are indexed today', () => {
    db = openDatabase(formerFolder());
    const index = new SearchIndex(db);
    update(index);
    db.exec(
      "INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES ('vs_a', 'b', '', '{}')",
    );
    index.put('vs_a', 'b', [{ text: 'Straßenbahn', start: 0, end: 11, line: 1 }]);
    assert.equal(index.updateWords(0), false);
  });

  it('are brought up to date in the background, while the engine answers', async () => {
    const shares: number[] = [];
    const { client, engine, log } = openSearch({
      dataDir: formerFolder(3),
      onIndexUpdate: (what, done) => what === 'words' && shares.push(done),
    });
    const search = (query: string) => client.vectorStores.search('vs_a', { query });
    assert.equal((await search('Straße')).data.length, 3);
    await until('the words are up to date', async () => (await search('STRASSE')).data.length === 3);
    const what = 'Updating the words of the search index';
    await until('its end is reported', () => log.includes(`${what}: done.`));
    const start = new RegExp(`^${what}: \\d+ files?\\. Files can be searched meanwhile\\.$`);
    assert.ok(log.some((line) => start.test(line)));
    assert.deepEqual([shares[0], shares.at(-1)], [0, 1]);
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
    );
    await engine.close();
    assert.equal(shares.filter((done) => done === 1).length, 1);
  });

  it('have a progress that ends when the engine is closed before they are up to date', async () => {
    const opened = (store = new Store(formerFolder()));
    const shares: number[] = [];
    const index = { updateWords: () => true, filesToUpdate: () => 4 } as unknown as SearchIndex;
    const onIndexUpdate: OnIndexUpdate = (_, done) => shares.push(done);
    const update = new WordsUpdate({ store: opened, index, owner: 'a', log: () => undefined, onIndexUpdate });
    update.tick(new Set(['a']));
    await update.close();
    assert.deepEqual(shares, [0, 1]);
  });

  it('are brought up to date by one of the engines, and by the next when that is gone', async () => {
    const dataDir = formerFolder();
    const opened = (store = new Store(dataDir));
    const worked: string[] = [];
    const engine = (owner: string, isLast: boolean) => {
      const updateWords = () => worked.push(owner) > 0 && !isLast;
      const index = { updateWords, filesToUpdate: () => 0 } as unknown as SearchIndex;
      return new WordsUpdate({ store: opened, index, owner, log: assert.fail });
    };
    const [a, b] = [engine('a', false), engine('b', true)];
    for (const one of [b, a, b]) one.tick(new Set(['b', 'a']));
    await until('the first has worked', () => Promise.resolve(worked.length > 2));
    assert.deepEqual(new Set(worked), new Set(['a']));
    await a.close();
    b.tick(new Set(['b']));
    assert.equal(worked.at(-1), 'b');
    await b.close();
    const steps = worked.length;
    b.tick(new Set(['b']));
    assert.equal(worked.length, steps);
  });
});
