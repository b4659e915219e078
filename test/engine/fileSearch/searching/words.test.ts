import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { openDatabase } from '../../../../src/engine/store/database';
import { SearchIndex } from '../../../../src/engine/tools/fileSearch/index/searchIndex';
import { afterTest, temporaryFolder } from '../../support';
import { chunksOf } from '../support';

/** An index, and a function that adds a file of a store. */
function openIndex() {
  const db = openDatabase(temporaryFolder());
  afterTest(() => db.close());
  const index = new SearchIndex(db);
  const addFile = (storeId: string, fileId: string): void => {
    db.prepare("INSERT OR IGNORE INTO vector_stores (id, body) VALUES (?, '{}')").run(storeId);
    db.prepare(
      "INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES (?, ?, 'in_progress', '{}')",
    ).run(storeId, fileId);
  };
  return { db, index, addFile };
}

/** What FTS5's own ranking makes of a word in each chunk, without the word's rarity in the index. */
function ownRanking(db: DatabaseSync, word: string): number[] {
  const match = `words : "${word}"`;
  const count = (sql: string, ...values: string[]) => db.prepare(sql).get(...values)!['count'] as number;
  const all = count('SELECT count(*) AS count FROM search_chunks');
  const found = count('SELECT count(*) AS count FROM search_words WHERE search_words MATCH ?', match);
  const rarity = Math.max(1e-6, Math.log((all - found + 0.5) / (found + 0.5)));
  return db
    .prepare('SELECT bm25(search_words, 0.0, 1.0) AS score FROM search_words WHERE search_words MATCH ?')
    .all(match)
    .map(({ score }) => -(score as number) / rarity / 2.2);
}

describe('file search: the ranking of words', () => {
  it('counts their frequency and the length of a passage as FTS5 does', () => {
    const text = fc.array(fc.constantFrom('whale', 'sea', 'song', 'pond'), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 30, maxLength: 60 }), (texts) => {
        const { db, index, addFile } = openIndex();
        addFile('vs_a', 'file_a');
        index.put('vs_a', 'file_a', chunksOf(...texts.map((words) => words.join(' '))));
        const scores = index
          .search({ storeIds: ['vs_a'], text: 'whale', limit: 50 })
          .map(({ score }) => score.toFixed(9));
        const expected = ownRanking(db, 'whale').sort((a, b) => b - a);
        assert.deepEqual(
          scores,
          expected.map((score) => score.toFixed(9)),
        );
      }),
      { numRuns: 3 },
    );
  });

  it('is that of before for words that were searched before', () => {
    const { db, index, addFile } = openIndex();
    for (const fileId of ['file_a', 'file_b', 'file_c']) {
      addFile('vs_a', fileId);
      addFile('vs_b', fileId);
      index.put('vs_a', fileId, chunksOf(`whale song ${fileId}`, 'the sea', 'the whale, the whale'));
      index.put('vs_b', fileId, chunksOf('whale '.repeat(9), 'pond'));
    }
    const queries = [
      { storeIds: ['vs_a'], text: 'the whale', limit: 10 },
      { storeIds: ['vs_b'], text: 'the whale', limit: 10 },
      { storeIds: ['vs_a', 'vs_b'], text: 'whale pond', limit: 10 },
      { storeIds: ['vs_a'], text: 'the whale', limit: 10, fileIds: new Set(['file_b']) },
    ];
    const alone = queries.map((query) => new SearchIndex(db).search(query));
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(
        queries.map((query) => index.search(query)),
        alone,
      );
    }
    assert.ok(alone[3]!.length > 0 && alone[3]!.every(({ fileId }) => fileId === 'file_b'));
  });

  it('has the passages of a file as soon as that is complete, whatever was searched while it was written', () => {
    const { index, addFile } = openIndex();
    const find = () =>
      index.search({ storeIds: ['vs_a'], text: 'whale', limit: 10 }).map(({ fileId }) => fileId);
    addFile('vs_a', 'file_a');
    index.put('vs_a', 'file_a', chunksOf('whale'));
    addFile('vs_b', 'file_b');
    index.put('vs_b', 'file_b', chunksOf('whale'));
    addFile('vs_a', 'file_c');
    const writer = index.begin('vs_a', 'file_c');
    writer.add(chunksOf('whale'));
    assert.deepEqual(find(), ['file_a']);
    writer.finish();
    assert.deepEqual(find(), ['file_a', 'file_c']);
    index.remove('vs_a', 'file_a');
    assert.deepEqual(find(), ['file_c']);
  });

  it('of one word in very many passages has the best of the files asked for', function () {
    this.timeout(60_000);
    const { index, addFile } = openIndex();
    addFile('vs_a', 'file_a');
    addFile('vs_a', 'file_b');
    index.put('vs_a', 'file_a', chunksOf(...Array<string>(6_100).fill('whale whale')));
    index.put('vs_a', 'file_b', chunksOf('whale and other animals of the sea', 'whale'));
    const of = (fileId: string) =>
      index
        .search({ storeIds: ['vs_a'], text: 'whale', limit: 2, fileIds: new Set([fileId]) })
        .map(({ chunk }) => chunk.text);
    assert.deepEqual(of('file_b'), ['whale', 'whale and other animals of the sea']);
    assert.deepEqual(of('file_a'), ['whale whale', 'whale whale']);
  });
});
