import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openDatabase } from '../../../src/engine/store/database';
import { SearchIndex } from '../../../src/engine/tools/fileSearch/index/searchIndex';
import type { Chunk } from '../../../src/engine/store/chunk';
import type { SearchHit, SearchQuery } from '../../../src/engine/tools/fileSearch/searchTypes';
import { chunksOf } from './support';

/** A vector that points mostly in one of four directions. */
function towards(direction: number, stray = 0): Float32Array {
  return Float32Array.from({ length: 4 }, (_, i) => (i === direction ? 1 : stray));
}

describe('file search: the index', () => {
  let folder: string;
  let db: DatabaseSync;
  let index: SearchIndex;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'search-index-'));
    db = openDatabase(folder);
    index = new SearchIndex(db);
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  function addFile(storeId: string, fileId: string): void {
    db.prepare("INSERT OR IGNORE INTO vector_stores (id, body) VALUES (?, '{}')").run(storeId);
    db.prepare(
      "INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES (?, ?, 'in_progress', '{}')",
    ).run(storeId, fileId);
  }

  /** Adds a file with these passages to a store. */
  function add(storeId: string, fileId: string, ...texts: string[]): void {
    addFile(storeId, fileId);
    index.put(storeId, fileId, chunksOf(...texts));
  }

  function find(text: string, query: Partial<SearchQuery> = {}): SearchHit[] {
    return index.search({ storeIds: ['vs_a'], text, limit: 10, ...query });
  }

  const textsOf = (hits: readonly SearchHit[]) => hits.map(({ chunk }) => chunk.text);

  /** Deletes what is left of removed files. */
  function deleteAll(): void {
    while (index.deletePiece(2)) /* the next piece */ ;
  }

  /** Row counts of the index's tables, including FTS5's own. */
  function rows(): Record<string, number> {
    const tables = [
      ...['search_stores', 'search_files', 'search_chunks', 'search_vectors'],
      ...['search_chunk_vectors', 'search_signs'],
      ...['search_words', 'search_words_docsize', 'search_word_counts'],
    ];
    return Object.fromEntries(
      tables.map((table) => [table, db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!['n'] as number]),
    );
  }

  describe('words', () => {
    it('finds the passage with the words of the query, with its position and a score', () => {
      addFile('vs_a', 'file_a');
      const chunks: Chunk[] = [
        { text: 'Whales sing.', start: 0, end: 12, line: 1, page: 3 },
        { text: 'Cats purr.', start: 14, end: 24, line: 3 },
      ];
      index.put('vs_a', 'file_a', chunks);
      const [hit, ...others] = find('why do whales sing');
      assert.deepEqual(hit?.chunk, { ...chunks[0], ordinal: 0 });
      assert.deepEqual([hit.storeId, hit.fileId, others.length], ['vs_a', 'file_a', 0]);
      assert.ok(hit.score > 0 && hit.score <= 1);
    });

    it('ranks rare words above common ones', () => {
      add('vs_a', 'file_a', 'the cat and the dog', 'the dog', 'the bird', 'the axolotl', 'the fish');
      assert.equal(textsOf(find('the axolotl'))[0], 'the axolotl');
      assert.equal(textsOf(find('the the dog cat'))[0], 'the cat and the dog');
    });

    it('finds other forms of a word, and letters without their accents', () => {
      add('vs_a', 'file_a', 'Databases were connected at the café.', 'Nothing of that.');
      for (const query of ['connecting', 'database connection', 'Cafe', 'CAFÉ']) {
        assert.equal(find(query).length, 1, query);
      }
    });

    it('finds names in code by their parts, and parts by the names', () => {
      add('vs_a', 'file_a', 'call createThreadAndRun() with max_prompt_tokens', 'HTTPServer', 'other');
      for (const query of ['createThreadAndRun', 'how to create a thread', 'max_prompt_tokens', 'prompt']) {
        assert.deepEqual(textsOf(find(query)).slice(0, 1), [
          'call createThreadAndRun() with max_prompt_tokens',
        ]);
      }
      assert.deepEqual(textsOf(find('http server')), ['HTTPServer']);
    });

    it('finds Chinese, Japanese, Korean and Thai by words and by single characters', () => {
      add(
        'vs_a',
        'file_a',
        '数据库连接失败时，请检查网络设置。',
        'データベースの接続に失敗しました。猫',
        '데이터베이스를 다시 시작하십시오.',
        'ฐานข้อมูลไม่พร้อมใช้งาน',
        '天气很好，我们去公园。',
      );
      for (const [query, expected] of [
        ['连接', '数据库连接'],
        ['怎样检查网络？', '数据库连接'],
        ['接続', 'データベースの'],
        ['ﾃﾞｰﾀﾍﾞｰｽ', 'データベースの'],
        ['猫', 'データベースの'],
        ['데이터베이스', '데이터베이스를'],
        ['시작', '데이터베이스를'],
        ['ข้อมูล', 'ฐานข้อมูล'],
        ['园', '天气很好'],
        ['公园天气', '天气很好'],
      ] as const) {
        assert.ok(textsOf(find(query))[0]?.startsWith(expected), query);
      }
    });

    it('finds a Chinese word that a line break splits', () => {
      add('vs_a', 'file_a', '请先启动数据\n库服务', '其他内容');
      assert.deepEqual(
        find('据库').map(({ chunk }) => chunk.ordinal),
        [0],
      );
    });

    describe('of a word that is divided at the end of a line', () => {
      const divided: [string, string, string][] = [
        ['by a hyphen', 'The desalina-\ntion plant', 'desalination'],
        ['by U+2010', 'The desalina‐\n   tion plant', 'desalination'],
        ['by a soft hyphen', 'The de\u00adsalina\u00ad\ntion plant', 'desalination'],
        ['by a soft hyphen that was copied as ¬', 'The desalina¬\ntion plant', 'desalination'],
        ['with a space behind the hyphen', 'The desalina- \ntion plant', 'desalination'],
        ['twice', 'Donaudampf-\nschifffahrts-\ngesellschaft', 'Donaudampfschifffahrtsgesellschaft'],
        ['in capitals', 'THE DESALINA-\nTION PLANT', 'desalination'],
        ['in Cyrillic', 'ведётся опрес-\nнение воды', 'опреснение'],
        ['in a quotation', '> the desalina-\n> tion plant', 'desalination'],
        ['at the end of a page', 'the desalina-\n\ntion plant', 'desalination'],
        ['with an accent of its own', 'la re\u0301cep-\ntion', 'réception'],
      ];
      for (const [how, text, word] of divided) {
        it(`finds the whole word, divided ${how}`, () => {
          add('vs_a', 'file_a', text, 'Cats purr.');
          assert.deepEqual(textsOf(find(word)), [text]);
        });
      }

      it('finds the parts too, since the hyphen may belong to the word', () => {
        add('vs_a', 'file_a', 'It is self-\nevident.', 'Cats purr.');
        for (const query of ['self-evident', 'selfevident', 'evident']) {
          assert.deepEqual(textsOf(find(query)), ['It is self-\nevident.'], query);
        }
      });

      it('finds the word when the query divides it', () => {
        add('vs_a', 'file_a', 'The desalination plant', 'Cats purr.');
        assert.deepEqual(textsOf(find('desalina-\ntion')), ['The desalination plant']);
      });

      it('joins no words of which the second has a name’s capital', () => {
        add('vs_a', 'file_a', 'near Baden-\nWürttemberg', 'a list -\nof things');
        assert.deepEqual(find('badenwürttemberg'), []);
        assert.deepEqual(find('listof'), []);
      });
    });

    it('never parses a query as FTS5 syntax', () => {
      add('vs_a', 'file_a', 'plain words');
      const hostile = [
        '"',
        '" OR 1',
        'NEAR(a b)',
        'words:*',
        '-plain',
        '^plain',
        '(((',
        'a AND',
        '{x}:y',
        "'; --",
        '\0',
        '*',
      ];
      for (const query of [...hostile, '']) assert.doesNotThrow(() => find(query), query);
      assert.equal(find('plain" NOT "words').length, 1);
      fc.assert(fc.property(fc.string({ unit: 'binary' }), (query) => find(query).length <= 1));
    });

    it('accepts a query of 10,000 characters, and uses the words at its start', () => {
      add('vs_a', 'file_a', 'the needle', 'other text');
      const query = `needle ${Array.from({ length: 2_000 }, (_, i) => `w${i}`).join(' ')}`;
      assert.ok(query.length > 10_000);
      assert.deepEqual(textsOf(find(query)), ['the needle']);
    });
  });

  describe('vectors', () => {
    const embedded = (model: string, ...vectors: Float32Array[]) => ({ model, vectors });

    beforeEach(() => {
      addFile('vs_a', 'file_a');
      index.put(
        'vs_a',
        'file_a',
        chunksOf('Whales sing.', 'Cats purr.'),
        embedded('small', towards(0, 0.1), towards(1, 0.1)),
      );
    });

    it('finds a passage by its meaning alone', () => {
      const [hit] = find('unrelated', { vector: { model: 'small', vector: towards(1) } });
      assert.equal(hit?.chunk.text, 'Cats purr.');
    });

    it('ranks what matches by words and by meaning first', () => {
      const hits = find('whales cats', { vector: { model: 'small', vector: towards(0) } });
      assert.deepEqual(textsOf(hits), ['Whales sing.', 'Cats purr.']);
      assert.ok(hits[0]!.score > hits[1]!.score && hits[0]!.score <= 1);
    });

    it('uses words only if the query is from another model, or has other dimensions', () => {
      const byWords = find('purr');
      const other = new Float32Array(3).fill(1);
      assert.deepEqual(find('purr', { vector: { model: 'large', vector: towards(0) } }), byWords);
      assert.deepEqual(find('purr', { vector: { model: 'small', vector: other } }), byWords);
      assert.deepEqual(find('purr', { vector: { model: 'small', vector: new Float32Array(4) } }), byWords);
    });

    it('keeps the vectors of one model in a store', () => {
      addFile('vs_a', 'file_b');
      index.put('vs_a', 'file_b', chunksOf('Dogs bark.'), embedded('large', towards(2)));
      assert.equal(index.embeddingModel('vs_a'), 'small');
      assert.deepEqual(find('x', { vector: { model: 'large', vector: towards(2) } }), []);
      assert.deepEqual(textsOf(find('bark')), ['Dogs bark.']);
    });

    it('accepts those of another model once the first ones are removed', () => {
      index.removeVectors('vs_a');
      assert.equal(index.embeddingModel('vs_a'), undefined);
      index.putVectors('vs_a', 'file_a', embedded('large', towards(2), towards(3)));
      assert.equal(index.embeddingModel('vs_a'), 'large');
      const [hit] = find('x', { vector: { model: 'large', vector: towards(3) } });
      assert.equal(hit?.chunk.text, 'Cats purr.');
    });

    it('forgets the model with the last of its vectors', () => {
      index.remove('vs_a', 'file_a');
      assert.equal(index.embeddingModel('vs_a'), undefined);
    });

    it('rejects vectors that are not one for each passage', () => {
      addFile('vs_a', 'file_b');
      assert.throws(
        () => index.put('vs_a', 'file_b', chunksOf('one', 'two'), embedded('small', towards(0))),
        /1 vectors for 2 chunks/,
      );
      assert.deepEqual(index.chunksOf('vs_a', 'file_b'), []);
      assert.deepEqual(find('two'), []);
    });

    it('finds the nearest of many, with or without room to cache them in memory', () => {
      const count = 3_000;
      const random = (seed: number) => {
        let state = seed + 1;
        return Float32Array.from({ length: 64 }, () => {
          state = (state * 48_271) % 2_147_483_647;
          return state / 2_147_483_647 - 0.5;
        });
      };
      addFile('vs_b', 'file_many');
      index.put(
        'vs_b',
        'file_many',
        chunksOf(...Array.from({ length: count }, (_, i) => `passage ${i}`)),
        embedded('small', ...Array.from({ length: count }, (_, i) => random(i * 7))),
      );
      const forgetful = new SearchIndex(db, { cacheBytes: 0 });
      for (const wanted of [0, 1_499, 2_999]) {
        const vector = { model: 'small', vector: random(wanted * 7) };
        const query = { storeIds: ['vs_b'], text: '', vector, limit: 3 };
        const hits = index.search(query);
        assert.equal(hits[0]?.chunk.ordinal, wanted);
        assert.deepEqual(forgetful.search(query), hits);
      }
    });
  });

  describe('the rarity of words', () => {
    const scoresOf = (hits: readonly SearchHit[]) =>
      hits.map(({ chunk, score }) => [chunk.text, score.toFixed(9)]);
    const passages = [...Array<string>(24).fill('whale song'), ...Array<string>(16).fill('green sea')];

    it('is not that of deleted passages', () => {
      add('vs_a', 'file_a', ...passages, 'axolotl pond');
      const before = find('whale axolotl');
      assert.equal(before[0]?.chunk.text, 'axolotl pond');
      add('vs_b', 'file_b', ...Array<string>(60).fill('red paint'));
      db.exec('DELETE FROM vector_stores');
      deleteAll();
      addFile('vs_c', 'file_c');
      index.put('vs_c', 'file_c', chunksOf(...passages, 'axolotl pond'));
      assert.deepEqual(scoresOf(find('whale axolotl', { storeIds: ['vs_c'] })), scoresOf(before));
    });

    it('is that of the searched stores, with files of others between theirs', () => {
      add('vs_a', 'file_a', ...passages);
      add('vs_a', 'file_b', 'axolotl pond', 'whale pond');
      const before = find('whale axolotl pond', { limit: 50 });
      db.exec('DELETE FROM vector_stores');
      deleteAll();
      add('vs_b', 'file_a', ...passages);
      add('vs_c', 'file_c', ...Array<string>(90).fill('axolotl sea'));
      add('vs_b', 'file_b', 'axolotl pond', 'whale pond');
      add('vs_c', 'file_d', ...Array<string>(9).fill('axolotl pond'));
      const found = find('whale axolotl pond', { storeIds: ['vs_b'], limit: 50 });
      assert.deepEqual(scoresOf(found), scoresOf(before));
    });

    it('changes with the passages that are added and deleted, also by another window', () => {
      add('vs_a', 'file_a', 'axolotl pond', 'whale pond', 'green sea');
      const other = openDatabase(folder);
      const others = new SearchIndex(other);
      const compare = () => {
        const query = { storeIds: ['vs_a'], text: 'axolotl pond whale', limit: 10 };
        assert.deepEqual(scoresOf(index.search(query)), scoresOf(new SearchIndex(db).search(query)));
        return index.search(query)[0]?.score;
      };
      const first = compare();
      add('vs_a', 'file_b', ...Array<string>(30).fill('axolotl sea'));
      const more = compare();
      others.remove('vs_a', 'file_b');
      while (others.deletePiece(100)) /* the next piece */ ;
      const last = compare();
      other.close();
      assert.notEqual(more, first);
      assert.notEqual(last, more);
    });

    it('of a word that is in very many passages is nearly exact', function () {
      this.timeout(60_000);
      addFile('vs_a', 'file_a');
      addFile('vs_a', 'file_b');
      const half = Array.from({ length: 7_000 }, (_, i) => (i % 2 === 0 ? 'whale song' : 'green sea'));
      index.put('vs_a', 'file_a', chunksOf(...half));
      index.put('vs_a', 'file_b', chunksOf(...half, 'axolotl pond'));
      // Of 14,001 passages, 7,000 have the one word and one has the other.
      const rarity = (chunks: number) => Math.log(1 + (14_001 - chunks + 0.5) / (chunks + 0.5));
      const expected = rarity(1) / (2.2 * (rarity(1) + rarity(7_000)));
      const [best] = find('whale axolotl');
      assert.equal(best?.chunk.text, 'axolotl pond');
      assert.ok(Math.abs(best.score / expected - 1) < 0.01, `${best.score}, expected ${expected}`);
    });
  });

  describe('what is searched', () => {
    beforeEach(() => {
      add('vs_a', 'file_a', 'whale one', 'whale two');
      add('vs_a', 'file_b', 'whale three');
      add('vs_b', 'file_a', 'whale four');
    });

    it('is the stores asked for', () => {
      assert.deepEqual(textsOf(find('whale')).sort(), ['whale one', 'whale three', 'whale two']);
      assert.equal(find('whale', { storeIds: ['vs_a', 'vs_b', 'vs_a', 'vs_none'] }).length, 4);
      assert.deepEqual(find('whale', { storeIds: ['vs_none'] }), []);
      assert.deepEqual(find('whale', { storeIds: [] }), []);
    });

    it('is the files asked for', () => {
      assert.deepEqual(textsOf(find('whale', { fileIds: new Set(['file_b']) })), ['whale three']);
      assert.deepEqual(
        textsOf(find('whale', { storeIds: ['vs_a', 'vs_b'], fileIds: (_file, store) => store === 'vs_b' })),
        ['whale four'],
      );
      assert.deepEqual(find('whale', { fileIds: new Set<string>() }), []);
    });

    it('has no more hits than asked for, equal scores in the order they were added', () => {
      assert.deepEqual(textsOf(find('whale', { limit: 2 })), ['whale one', 'whale two']);
    });

    it('has no hits below the threshold', () => {
      add('vs_c', 'file_c', 'red whale song', 'red paint', 'blue sea', 'green sea');
      const all = find('red whale song', { storeIds: ['vs_c'] });
      assert.deepEqual(textsOf(all), ['red whale song', 'red paint']);
      const [best, second] = all as [SearchHit, SearchHit];
      const scoreThreshold = (best.score + second.score) / 2;
      assert.deepEqual(find('red whale song', { storeIds: ['vs_c'], ranking: { scoreThreshold } }), [best]);
    });

    it('is ranked by the words of the stores asked for only', () => {
      const before = find('whale two');
      addFile('vs_c', 'file_c');
      index.put('vs_c', 'file_c', chunksOf(...Array<string>(200).fill('two two')));
      const scores = (hits: readonly SearchHit[]) => hits.map(({ chunk }) => chunk.text);
      assert.deepEqual(scores(find('whale two')), scores(before));
      assert.equal(find('whale two')[0]?.chunk.text, 'whale two');
    });
  });

  describe('changes', () => {
    it('returns the passages of a file and their size', () => {
      const chunks = chunksOf('one', '二');
      addFile('vs_a', 'file_a');
      index.put('vs_a', 'file_a', chunks);
      assert.deepEqual(index.chunksOf('vs_a', 'file_a'), chunks);
      assert.equal(index.bytes('vs_a', 'file_a'), 6);
      index.put('vs_a', 'file_a', chunks, { model: 'small', vectors: [towards(0), towards(1)] });
      assert.equal(index.bytes('vs_a', 'file_a'), 6 + 2 * (4 + 4));
      assert.deepEqual([index.chunksOf('vs_a', 'none'), index.bytes('vs_a', 'none')], [[], 0]);
    });

    it('replaces a file’s earlier entries', () => {
      add('vs_a', 'file_a', 'old words', 'more of them');
      index.put('vs_a', 'file_a', chunksOf('new words'));
      assert.deepEqual(textsOf(find('words old')), ['new words']);
      deleteAll();
      assert.deepEqual(textsOf(find('words old')), ['new words']);
      assert.equal(rows()['search_chunks'], 1);
    });

    it('sees what another window has added and removed', () => {
      add('vs_a', 'file_a', 'whale one');
      assert.equal(find('whale').length, 1);
      const otherDb = openDatabase(folder);
      const other = new SearchIndex(otherDb);
      addFile('vs_a', 'file_b');
      other.put('vs_a', 'file_b', chunksOf('whale two'), { model: 'small', vectors: [towards(0)] });
      assert.equal(find('whale').length, 2);
      assert.equal(find('', { vector: { model: 'small', vector: towards(0) } }).length, 1);
      other.remove('vs_a', 'file_a');
      otherDb.close();
      assert.deepEqual(textsOf(find('whale')), ['whale two']);
    });

    it('leaves nothing of a transaction that was rolled back', () => {
      addFile('vs_a', 'file_a');
      db.exec('BEGIN');
      index.put('vs_a', 'file_a', chunksOf('whale'));
      assert.equal(find('whale').length, 1);
      db.exec('ROLLBACK');
      assert.deepEqual(find('whale'), []);
    });

    it('finds a file that is added in pieces only once it is finished', () => {
      addFile('vs_a', 'file_a');
      const writer = index.begin('vs_a', 'file_a');
      writer.add(chunksOf('whale one'), [towards(0)]);
      assert.deepEqual(find('whale'), []);
      writer.add(chunksOf('whale two'), [towards(1)]);
      writer.finish('small');
      assert.deepEqual(
        find('whale').map(({ chunk }) => chunk.ordinal),
        [0, 1],
      );
    });

    it('does the work of a piece that needs no transaction before it', () => {
      addFile('vs_a', 'file_a');
      const writer = index.begin('vs_a', 'file_a');
      const chunk = { text: 'whale song', start: 0, end: 10, line: 1 };
      const vector = towards(2);
      const write = writer.prepare([chunk], [vector]);
      assert.deepEqual(rows()['search_words'], 0);
      chunk.text = 'green sea';
      vector.set(towards(0));
      write();
      writer.finish('small');
      assert.equal(find('whale').length, 1);
      const [hit] = find('none', { vector: { model: 'small', vector: towards(2) } });
      assert.ok(hit && hit.score > 0.4);
    });

    it('leaves nothing of a file that is discarded or removed between its pieces', () => {
      addFile('vs_a', 'file_a');
      const writer = index.begin('vs_a', 'file_a');
      writer.add(chunksOf('whale'));
      writer.discard();
      deleteAll();
      assert.equal(rows()['search_words'], 0);
      const late = index.begin('vs_a', 'file_a');
      late.add(chunksOf('whale'));
      db.exec("DELETE FROM vector_store_files WHERE id = 'file_a'");
      late.add(chunksOf('shark'));
      late.discard();
      deleteAll();
      assert.equal(rows()['search_chunks'], 0);
    });

    it('adds no file that its store does not have', () => {
      assert.throws(() => index.put('vs_none', 'file_a', chunksOf('x')));
      addFile('vs_a', 'file_a');
      assert.throws(() => index.put('vs_a', 'file_b', chunksOf('x')));
      assert.equal(rows()['search_chunks'], 0);
    });

    const empty = [
      ...['search_files', 'search_chunks', 'search_chunk_vectors', 'search_signs'],
      ...['search_words', 'search_words_docsize', 'search_word_counts'],
    ];
    const deletions: [string, () => void][] = [
      ['a file is removed', () => index.remove('vs_a', 'file_a')],
      ['a store is removed from the index', () => index.removeStore('vs_a')],
      ['the vector store is deleted', () => db.exec("DELETE FROM vector_stores WHERE id = 'vs_a'")],
      ['its row of the file is deleted', () => db.exec("DELETE FROM vector_store_files WHERE id = 'file_a'")],
    ];
    for (const [what, remove] of deletions) {
      it(`leaves no row of a file when ${what}`, () => {
        addFile('vs_a', 'file_a');
        const vectors = { model: 'small', vectors: [towards(0), towards(1)] };
        index.put('vs_a', 'file_a', chunksOf('whale', '数据库'), vectors);
        assert.ok(empty.every((table) => rows()[table]! > 0));
        remove();
        assert.deepEqual(find('whale'), []);
        // A store that is removed from the index alone keeps its rows until its files' own rows are gone.
        db.exec("DELETE FROM vector_store_files WHERE id = 'file_a'");
        deleteAll();
        const left = rows();
        assert.deepEqual(
          empty.filter((table) => left[table] !== 0),
          [],
        );
        assert.deepEqual(find('whale'), []);
      });
    }
  });
});
