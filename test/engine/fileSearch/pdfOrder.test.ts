import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type DrawnText, drawnPdf } from './pdfFile';
import { useReader } from './support';

describe('file search: text of PDF files in the order of reading', function () {
  this.timeout(60_000);
  const { read } = useReader();

  /** A page that Chromium saved as a PDF file. */
  const printed = async (name: string) => {
    const { text } = await read(name, readFileSync(resolve('test/engine/fileSearch/printed', name)));
    return text.split('\n').filter((line) => line !== '');
  };
  const drawn = async (...texts: DrawnText[]) => (await read('drawn.pdf', drawnPdf(texts))).text.trim();
  /** Glyphs one by one from the right to the left, as programs draw them that keep to the order of reading. */
  const leftwards = (text: string, right: number, y: number): DrawnText[] =>
    [...text].map((glyph, i) => ({ glyphs: [glyph], x: right - 6 * (i + 1), y }));
  const reversed = (text: string) => [...text].reverse();

  it('reads an Arabic page that a browser printed', async () => {
    assert.deepEqual(await printed('arabic.pdf'), [
      'مرحبا بالعالم',
      'السعر 25.50 دولار (USD) في عام 2024، بزيادة 5%.',
      'هذا نص عربي طويل بما يكفي حتى ينتقل إلى سطر آخر عند الطباعة من المتصفح، وفيه كلمات لاتينية مثل',
      'JavaScript و HTML5 وأرقام مثل ١٢٣ و 456-789 وأقواس [مثل هذه] و«اقتباس».',
      'الاسم Code المبلغ',
      'أحمد علي AB 12 1,200.00',
      'العَرَبِيَّة',
      'An English paragraph (in Arabic text).',
    ]);
  });

  it('reads a Hebrew page that a browser printed', async () => {
    assert.deepEqual(await printed('hebrew.pdf'), [
      'שלום עולם',
      'המחיר הוא 25.50 דולר (USD) בשנת 2024, עלייה של 5%.',
      'זהו טקסט עברי ארוך דיו כדי לעבור לשורה נוספת בעת הדפסה מהדפדפן, והוא מכיל מילים לועזיות כמו',
      'JavaScript ו־HTML5, מספרים כמו 456-789 וסוגריים [כמו אלה]. טלפון: 03-1234567, דוא"ל:',
      'info@example.com.',
      'שם Code סכום',
      'דוד לוי AB 12 1,200.00',
      'בְּרֵאשִׁית',
      'The word שלום עולם means hello (world).',
    ]);
  });

  it('reads letters that only the actual text of their glyphs tells apart', async () => {
    assert.deepEqual(await printed('ligatures.pdf'), [
      'في الدليل (الأخير) العَرَبِيَّة، لا إله',
      'हिन्दी की विद्यार्थी पुस्तक',
    ]);
  });

  it('reads words with soft hyphens whole', async () => {
    assert.deepEqual(await printed('softHyphens.pdf'), [
      'The extraordinary desali‐',
      'nation plant in an office,',
      'and internationalization.',
    ]);
  });

  it('reads a line of Hebrew, Latin and numbers that is drawn from left to right', async () => {
    const line = ['.', ...'2024', ' ', ...reversed('בשנת'), ' ', ...'(USD)', ' ', ...reversed('המחיר')];
    assert.equal(await drawn({ glyphs: line, x: 50, y: 700 }), 'המחיר (USD) בשנת 2024.');
  });

  it('reads Hebrew that is drawn from right to left', async () => {
    assert.equal(await drawn(...leftwards('שלום עולם', 400, 700)), 'שלום עולם');
  });

  it('reads words that are drawn one after another from right to left', async () => {
    const words = ['שלום', 'עולם', 'חדש'].map((word, i) => ({
      glyphs: reversed(word),
      x: 300 - i * 30,
      y: 700,
    }));
    assert.equal(await drawn(...words), 'שלום עולם חדש');
  });

  it('reads the cells of a row from right to left', async () => {
    const cells = [
      { glyphs: reversed('שם'), x: 300, y: 700 },
      { glyphs: [...'AB'], x: 283, y: 700 },
      { glyphs: [...'CD'], x: 266, y: 700 },
    ];
    assert.equal(
      await drawn({ glyphs: reversed('שלום עולם'), x: 300, y: 720 }, ...cells),
      'שלום עולם\nשם AB CD',
    );
  });

  it('reads a glyph for two letters', async () => {
    assert.equal(await drawn({ glyphs: ['م', 'لا', 'س'], x: 50, y: 700 }), 'سلام');
  });

  it('reads marks that are drawn before their letter, and behind it', async () => {
    const before = ['ם', 'ו', 'ֹ', 'ל', 'ָ', 'ש'];
    const after = ['ם', 'ו', 'ל', 'ֹ', 'ש', 'ָ'];
    assert.equal(await drawn({ glyphs: before, x: 50, y: 700 }), 'שָלֹום');
    assert.equal(await drawn({ glyphs: after, x: 50, y: 700 }), 'שָלֹום');
  });

  it('reads the hyphens of a font that calls them soft hyphens', async () => {
    assert.equal(await drawn({ glyphs: [...'self\u00adevident'], x: 50, y: 700 }), 'self-evident');
  });

  it('reads ligatures as their letters', async () => {
    assert.equal(await drawn({ glyphs: ['ﬁ', 'n', 'd', 'ﬀ', 'ﬆ'], x: 50, y: 700 }), 'findffst');
  });
});
