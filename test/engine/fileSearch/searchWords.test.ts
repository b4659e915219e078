import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openDatabase } from '../../../src/engine/store/database';
import { SearchIndex } from '../../../src/engine/tools/fileSearch/index/searchIndex';
import {
  indexedWords,
  indexedWordsByPieces,
  queryWords,
  wordSequences,
} from '../../../src/engine/tools/fileSearch/index/words';
import { chunksOf } from './support';

/** Spellings of each row find one another, whichever is in the text and whichever is asked for. */
const sameWord: Record<string, readonly (readonly string[])[]> = {
  'invisible characters inside of words': [
    ['Donau\u00addampf\u00adschiff', 'Donaudampfschiff'],
    ['zero\u200bwidth', 'zerowidth'],
    ['می\u200cخواهم', 'میخواهم'],
    ['wo\u2060rd\ufeff', 'word'],
    ['क्\u200dष', 'क्ष'],
  ],
  'case, in full': [
    ['Straße', 'STRASSE', 'strasse', 'STRAẞE'],
    ['ΔΙΑΡΚΕΙΑ', 'διάρκεια', 'Διάρκεια'],
    ['ΟΔΥΣΣΕΥΣ', 'Οδυσσεύς', 'οδυσσευσ'],
    ['KAPALI', 'kapalı', 'kapali'],
    ['IŞIK', 'ışık', 'isik'],
    ['İSTANBUL', 'İstanbul', 'istanbul'],
    ['ՀԱՅԱՍՏԱՆ', 'Հայաստան'],
    ['ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝ', 'საქართველო'],
    ['ЙОД', 'йод', 'и\u0306од'],
  ],
  'letters with marks and strokes': [
    ['Ёлка', 'елка', 'ёлка', 'е\u0308лка'],
    ['за\u0301мок', 'замок'],
    ['Łódź', 'Lodz', 'ŁÓDŹ'],
    ['Øresund', 'Oresund', 'ØRESUND'],
    ['Æther', 'aether', 'ÆTHER'],
    ['Þórður', 'Thordur'],
    ['Đà Nẵng', 'Da Nang', 'Đà Nẵng'.normalize('NFD')],
    ['ħobż', 'hobz'],
    ['cœur', 'coeur'],
    ['Azərbaycan', 'Azerbaycan'],
    ['ᾠδή', 'ωδη'],
  ],
  'Arabic and Hebrew': [
    ['مُحَمَّد', 'محمد'],
    ['كتـــاب', 'كتاب'],
    ['أحمد', 'احمد', 'ٱحمد'],
    ['إسلام', 'اسلام'],
    ['القرآن', 'القران'],
    ['على', 'علي', 'علی'],
    ['مدرسة', 'مدرسه'],
    ['کتاب', 'كتاب'],
    ['ﻣﺤﻤﺪ', 'محمد'],
    ['٢٠٢٤', '2024', '۲۰۲۴'],
    ['שָׁלוֹם', 'שלום'],
    ['צה״ל', 'צה"ל', 'צהל'],
  ],
  'forms for display': [
    ['ＦＵＬＬ　ｗｉｄｔｈ', 'full width'],
    ['oﬃce ﬁle', 'office file'],
    ['㈱日立', '(株)日立'],
    ['豈不', '豈不'.normalize('NFC'), '岂不'],
    ['ﾃﾞｰﾀﾍﾞｰｽ', 'データベース'],
    ['각하', '각하'.normalize('NFD')],
    ['がぎぐ', 'がぎぐ'.normalize('NFD')],
    ['数据库查询', '數據庫查詢'],
    ['Java™', 'java'],
    ['Ⅷ', 'viii'],
    ['१२३', '123'],
  ],
  'numbers within names': [
    ['RTX4090', 'RTX 4090', 'RTX-4090', 'rtx\u00a04090'],
    ['ISO 27001', 'ISO27001', 'ISO-27001', 'iso_27001'],
    ['COVID-19', 'Covid 19', 'covid19'],
    ['16 GB', '16GB'],
    ['3.5 km', '3.5km'],
    ['Python 3.14', 'Python3.14', 'python-3.14'],
    ['iPhone15', 'iPhone 15'],
  ],
  'punctuation within names': [
    ['don’t', "don't", 'dont', 'donʼt'],
    ['l’hôtel', "l'hotel"],
    ["п'ять", 'пʼять', 'п’ять', 'пять'],
    ['e-mail', 'email', 'e\u2011mail', 'E‐Mail'],
    ['state-of-the-art', 'stateoftheart'],
    ['U.S.A.', 'USA'],
    ['getUserName', 'get_user_name', 'get-user-name', 'getusername'],
    ['col·lega', 'collega'],
    ['C＋＋', 'C++'],
  ],
  'escapes of JSON': [
    ['{"name":"M\\u00fcller"}', 'Müller', 'Muller'],
    ['"\\u0395\\u03bb\\u03bb\\u03ac\\u03b4\\u03b1"', 'Ελλάδα'],
    ['"\\ud842\\udfb7"', '𠮷'],
    ['caf\\u{e9}', 'café'],
    ['"one\\nsecond\\tthird"', 'one second third'],
    ['C:\\new\\table', 'new table'],
  ],
};

/** Queries that find the first text and rank it above the others. */
const better: readonly (readonly [query: string, best: string, ...others: string[]])[] = [
  ['3.14', 'released with 3.14 today', 'chapter 3 of 14 pages', '14 and 3', '3.15'],
  ['version 3.14.1', 'version 3.14.1 is out', 'version 1 has 14 of 3 parts'],
  ['C++', 'written in C++ only', 'written in C only', 'vitamin C'],
  ['C#', 'written in C# only', 'written in C only', 'a note in C'],
  ['.NET', 'runs on .NET only', 'runs on net income only'],
  ['john.doe@example.com', 'ask john.doe@example.com first', 'the example of john and doe at com first'],
  ['get user name', 'const getUserName = 1', 'the user'],
  ['user name', 'read user_name here', 'the user only'],
  ['http server', 'class HTTPServer', 'the http client'],
  ['eau', "l'eau minérale", 'le vin'],
  ['हिन्दी', 'यह हिन्दी है', 'यह हानिदा है', 'हना दना'],
  ['คา', 'ราคา', 'คำ คี คู'],
  ['йод', 'раствор йод', 'иод'],
];

/** Texts and what is indexed of them: names with their parts, numbers, signs, runs of characters. */
const indexed: readonly (readonly [text: string, words: string])[] = [
  ['getUserName and HTMLParser2', 'getUserName and HTMLParser2 get User Name HTML Parser 2'],
  ["state-of-the-art, don't, e-mail", "state-of-the-art, don't, e-mail stateoftheart dont email"],
  [
    'parse_HTML_page v1.2.3-beta',
    'parse_HTML_page v1.2.3-beta parseHTMLpage v1\ue02e2\ue02e3beta v 1\ue02e2\ue02e3',
  ],
  [
    'RTX 4090 has 24 GB, not 2024 cars',
    'RTX 4090 has 24 GB, not 2024 cars RTX4090 4090has has24 24GB not2024',
  ],
  ['C++, C# and .NET, not a.b()', 'C++, C# and .NET, not a.b() C\ue02b\ue02b C\ue023 \ue02eNET ab'],
  [
    'ask john.doe@example.com in the U.S.A.',
    'ask john.doe@example.com in the U.S.A. john\ue02edoe\ue040example\ue02ecom USA',
  ],
  ['Donau-\nschiff und Übergröße', 'Donau-\nschiff und Ubergrosse\nDonauschiff'],
  ['数据库 in PostgreSQL 16', '\n in postgresql 16 postgre sql postgresql16 数据 据库 库 '],
  ['"one\\nsecond"', '"one\\nsecond" second'],
  ['one\\nnode.js\\tget_x', 'one\\nnode.js\\tget_x tgetx node.js get_x'],
  ['l’hôtel ЭВМ-2000 МойКласс', "l'hotel эвм-2000 мойкласс lhotel эвм2000 мой класс"],
  [`${'x'.repeat(70)} y`, `${'x'.repeat(64)} y`],
  ['1a2b3c4d5e6f7a8b9c0d', '1a2b3c4d5e6f7a8b9c0d'],
  ['3.a 3..5 1. 2 4.5.', '3.a 3..5 1. 2 4.5. a3 4\ue02e5'],
  ['`.env` x.env', '`.env` x.env \ue02eenv'],
  ["..NET 'it'.NET x-.NET", "..NET 'it'.NET x-.NET \ue02eNET"],
  ['a+ toolonganame++ A-Bc ABc aB', 'a+ toolonganame++ A-Bc ABc aB a\ue02b ABc A Bc a B'],
  ['v1.2 GB 2 v 3-4 km', 'v1.2 GB 2 v 3-4 km v1\ue02e2 v 1\ue02e2 1\ue02e2GB GB2 2v v3 34 4km'],
  ['U.S a.b.c aU.S', 'U.S a.b.c aU.S US abc a U'],
  ['a@b.cc x@ 1@2.de', 'a@b.cc x@ 1@2.de a\ue040b\ue02ecc 1\ue0402\ue02ede'],
  ["ab-\ncd x_y\nZ1 a'\n'b 1.\n2", "ab-\ncd x_y\nZ1 a'\n'b 1.\n2\nabcd xy Z 1 1a b1"],
];

describe('file search: words as people write them', () => {
  let folder: string;
  let db: DatabaseSync;
  let index: SearchIndex;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'search-words-'));
    db = openDatabase(folder);
    index = new SearchIndex(db);
  });
  after(() => {
    db.close();
    rmSync(folder, { recursive: true });
  });

  let stores = 0;

  /** A store with a file of these passages. */
  function storeOf(...texts: string[]): string {
    const id = `vs_${stores++}`;
    db.prepare("INSERT INTO vector_stores (id, body) VALUES (?, '{}')").run(id);
    db.prepare(
      "INSERT INTO vector_store_files (vector_store_id, id, status, body) VALUES (?, 'file_a', 'completed', '{}')",
    ).run(id);
    index.put(id, 'file_a', chunksOf(...texts));
    return id;
  }

  function found(storeId: string, text: string): string[] {
    return index.search({ storeIds: [storeId], text, limit: 10 }).map(({ chunk }) => chunk.text);
  }

  for (const [kind, rows] of Object.entries(sameWord)) {
    describe(kind, () => {
      for (const spellings of rows) {
        it(spellings.join(' = '), () => {
          for (const written of spellings) {
            const store = storeOf(`x ${written} y`, 'quite another passage', '完全不同的内容');
            for (const asked of spellings) {
              assert.deepEqual(found(store, asked), [`x ${written} y`], `“${asked}” in “${written}”`);
            }
          }
        });
      }
    });
  }

  for (const [query, best, ...others] of better) {
    it(`finds “${query}” in “${best}” before other passages`, () => {
      const store = storeOf(...others, best, 'nothing of it');
      assert.equal(found(store, query)[0], best);
    });
  }

  it('gives both spellings of a name with a number the same score', () => {
    const store = storeOf('an RTX4090 card', 'an RTX 4090 card', 'an RTX 3080 card', 'other');
    for (const text of ['RTX4090', 'RTX 4090']) {
      const scores = index.search({ storeIds: [store], text, limit: 3 }).map(({ score }) => score);
      assert.ok(
        scores[0]! - scores[1]! < 0.05 && scores[1]! - scores[2]! > 0.2,
        `${text}: ${scores.join(' ')}`,
      );
    }
  });

  it('joins a number with a unit, and not with the words of a sentence', () => {
    const words = indexedWords('In 2024 nobody had 16 GB.').split(/\s+/);
    assert.ok(words.includes('16GB') && !words.includes('2024nobody'), words.join(' '));
  });

  it('finds the parts of a long name of words', () => {
    const names = ['shouldFindTheUserIfHeIsNotTheOwnerOfAFile', `${'veryLongTest'.repeat(6)}OfDatabase`];
    const store = storeOf(`void ${names[0]}()`, `void ${names[1]}()`, 'nothing of it');
    assert.deepEqual(found(store, 'owner'), [`void ${names[0]}()`]);
    assert.deepEqual(found(store, 'database'), [`void ${names[1]}()`]);
    for (const name of names) assert.equal(found(store, name)[0], `void ${name}()`);
  });

  it('does not split a hash or other data into words', () => {
    const base64 = 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6';
    assert.equal(indexedWords(base64), base64.slice(0, 64));
    assert.equal(indexedWords(base64.slice(0, 60)), base64.slice(0, 60));
    assert.deepEqual(
      queryWords('1a2b3c4d5e6f7a8b9c0d', 99).map(({ text }) => text),
      ['1a2b3c4d5e6f7a8b9c0d'],
    );
    assert.deepEqual(
      queryWords('A'.repeat(200), 99).map(({ text }) => text),
      ['a'.repeat(64)],
    );
  });

  for (const [text, words] of indexed) {
    it(`indexes these words of “${text}”`, () => assert.equal(indexedWords(text), words));
  }

  it('indexes the parts of more names than it keeps in memory', () => {
    const names = Array.from({ length: 25_000 }, (_, i) => [`a${i}`, `${i}_${i}`]).flat();
    const parts = (name: string) => (name.includes('_') ? name.replace('_', '') : `a ${name.slice(1)}`);
    for (let i = 0; i < names.length; i += 100) {
      const some = [...names.slice(i, i + 100), ...names.slice(0, 50)];
      assert.equal(indexedWords(some.join('\n')), `${some.join('\n')} ${some.map(parts).join(' ')}`);
    }
  });

  it('indexes the same words of a passage, whichever it overlaps', () => {
    const name = fc.constantFrom(...indexed.map(([text]) => text), 'x', '\n', '.', '-', '\u00e9', '\\u00e9');
    const end = fc.constantFrom(' ', '\n', '');
    const texts = fc.array(fc.tuple(name, end), { minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.nat({ max: 60 }), (pieces, cut) => {
        const text = pieces.flat().join('');
        const length = Math.ceil(text.length / 3) + cut;
        const passages = Array.from({ length: 3 }, (_, i) => {
          const start = Math.floor((i * text.length) / 5);
          return text.slice(start, start + length);
        });
        const inOrder = passages.map((passage) => indexedWords(passage));
        const alone = passages.map((passage) => {
          indexedWords('Something else.');
          return indexedWords(passage);
        });
        assert.deepEqual(inOrder, alone);
      }),
      { numRuns: 500 },
    );
  });

  it('indexes the same words of a long text that is split in pieces', () => {
    const marks = [
      'x',
      '\n',
      '.',
      ',',
      ';',
      '-',
      '-\n',
      '\u00ad',
      '\u00e9',
      '\\u00e9',
      '\\u096a',
      '。',
      '，',
      '字',
      'слово',
      'ـ',
      '4',
      'kg',
    ];
    const name = fc.constantFrom(...indexed.map(([text]) => text), ...marks);
    const end = fc.constantFrom(' ', '\n', '');
    const texts = fc.array(fc.tuple(name, end), { minLength: 20, maxLength: 60 });
    let steps = 0;
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 50 }), (parts, length) => {
        // The words that are divided at a line's end are behind the text's end, which is no part of them.
        const text = `${parts.flat().join('')} end.`;
        const pieces = indexedWordsByPieces(text, length);
        let step = pieces.next();
        for (; !step.done; step = pieces.next()) steps++;
        const [all, expected] = [wordsIn(step.value), wordsIn(indexedWords(text))];
        assert.deepEqual(all.toSorted(), expected.toSorted());
        // The words of names may be in another order; those of the text are before them.
        const [first] = wordSequences(text);
        assert.deepEqual(all.slice(0, first?.words.length ?? 0), first?.words ?? []);
      }),
      { numRuns: 2_000 },
    );
    assert.ok(steps > 5_000, `${steps} steps`);
  });

  it('finds any word of any text by itself', () => {
    const word = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const text = words.join(' ');
        const indexed = new Set(wordsIn(indexedWords(text)));
        for (const { text: asked, prefix } of queryWords(text, 1_000)) {
          assert.ok(
            indexed.has(asked) || (prefix && [...indexed].some((one) => one.startsWith(asked))),
            asked,
          );
        }
      }),
    );
  });
});

/** The words that FTS5's tokenizer takes from a text. */
function wordsIn(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}\p{Co}]+/gu) ?? [];
}
