import assert from 'node:assert/strict';
import fc from 'fast-check';
import { chunkDocument } from '../../../src/engine/tools/fileSearch/index/splitText';
import { defaultChunking } from '../../../src/engine/tools/fileSearch/searchTypes';

describe('file search: chunks', () => {
  const small = { maxTokens: 20, overlapTokens: 10 };

  it('match the text at their offsets, are in order, and together contain every word', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'word ',
        'sentence. ',
        '数据库。',
        'データ',
        '한국어 ',
        '\n',
        '\n\n',
        '   ',
        '𠮷',
        '👩‍👩‍👧',
        'x'.repeat(90),
      ),
      fc.string({ unit: 'grapheme' }),
    );
    const options = fc
      .record({
        maxTokens: fc.integer({ min: 1, max: 60 }),
        share: fc.double({ min: 0, max: 0.5, noNaN: true }),
      })
      .map(({ maxTokens, share }) => ({ maxTokens, overlapTokens: Math.floor(maxTokens * share) }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), options, (pieces, chosen) => {
        const text = pieces.join('');
        const chunks = chunkDocument({ text }, chosen);
        let covered = 0;
        let before = -1;
        for (const chunk of chunks) {
          assert.equal(text.slice(chunk.start, chunk.end), chunk.text);
          assert.ok(chunk.text.trim() !== '' && chunk.start > before, 'starts after the previous one');
          assert.equal(chunk.line, text.slice(0, chunk.start).split('\n').length);
          assert.doesNotMatch(chunk.text, /^[\udc00-\udfff]|[\ud800-\udbff]$/, 'splits no character');
          assert.equal(text.slice(covered, chunk.start).trim(), '', 'leaves nothing out');
          covered = Math.max(covered, chunk.end);
          before = chunk.start;
        }
        assert.equal(text.slice(covered).trim(), '');
      }),
      { numRuns: 500, examples: [[['𐀀 𐀀'], { maxTokens: 2, overlapTokens: 1 }]] },
    );
  });

  it('overlap by about half by default', () => {
    const text = Array.from({ length: 2_000 }, (_, i) => `This is sentence number ${i}.`).join(' ');
    const chunks = chunkDocument({ text }, defaultChunking);
    assert.ok(chunks.length > 5);
    for (const [i, chunk] of chunks.slice(1).entries()) {
      const shared = (chunks[i]!.end - chunk.start) / 4;
      assert.ok(shared > 250 && shared <= 400, `${shared} tokens are shared`);
      assert.ok(chunk.text.length / 4 <= 800);
    }
  });

  it('do not overlap if the overlap is 0', () => {
    const text = 'A sentence. '.repeat(200);
    const chunks = chunkDocument({ text }, { maxTokens: 100, overlapTokens: 0 });
    assert.ok(chunks.every(({ start }, i) => start >= (chunks[i - 1]?.end ?? 0)));
  });

  it('end at paragraphs if possible, else at lines, else at sentences, else at words', () => {
    const firstOf = (text: string) => chunkDocument({ text }, small)[0]?.text;
    const filler = 'aaaa '.repeat(13);
    assert.equal(firstOf(`${filler}end\n\nmore. And\nso on and so forth.`), `${filler}end`);
    assert.equal(firstOf(`${filler}end\nmore. And so on and so forth`), `${filler}end`);
    assert.equal(firstOf(`${filler}end. And so on and so forth and so on`), `${filler}end.`);
    assert.equal(firstOf('bbb '.repeat(40)), 'bbb '.repeat(20).trim());
    assert.equal(firstOf('数据库。'.repeat(20)), '数据库。'.repeat(6));
  });

  it('do not end inside of a word that is divided at the end of a line', () => {
    const text = `${'one two three\n'.repeat(4)}the desalina-\ntion plant\n${'one two three\n'.repeat(4)}`;
    for (let maxTokens = 8; maxTokens < 40; maxTokens++) {
      const chunks = chunkDocument({ text }, { maxTokens, overlapTokens: 0 });
      const whole = chunks.find((chunk) => chunk.text.includes('desalina-\ntion'));
      assert.ok(whole, `in chunks of ${maxTokens} tokens`);
      assert.equal(whole.line, text.slice(0, whole.start).split('\n').length);
      assert.equal(text.slice(whole.start, whole.end), whole.text);
    }
  });

  it('count one Chinese character, or four letters, as a token', () => {
    assert.equal(chunkDocument({ text: '数'.repeat(200) }, small)[0]?.text.length, 20);
    assert.equal(chunkDocument({ text: 'x'.repeat(200) }, small)[0]?.text.length, 80);
  });

  it('have the page and the line they start on', () => {
    const pages = ['one\n', 'two\nand\n', 'three\n'].map((line) => line.repeat(20));
    let start = 0;
    const starts = pages.map((page, i) => {
      const begun = { start, number: i + 1 };
      start += page.length;
      return begun;
    });
    const text = pages.join('');
    for (const chunk of chunkDocument({ text, pages: starts }, small)) {
      assert.equal(chunk.page, starts.findLast((page) => page.start <= chunk.start)?.number);
      assert.equal(text.split('\n')[chunk.line - 1], chunk.text.split('\n')[0]);
    }
  });

  it('are not made of white space', () => {
    assert.deepEqual(chunkDocument({ text: ' \n ' }, small), []);
  });

  it('cannot overlap by more than half', () => {
    assert.throws(() => chunkDocument({ text: 'x' }, { maxTokens: 100, overlapTokens: 51 }), /at most half/);
  });
});
