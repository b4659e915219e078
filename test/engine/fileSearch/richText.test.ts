import assert from 'node:assert/strict';
import { useReader } from './support';

/** A file in Rich Text Format; characters above ASCII are written as bytes. */
const rtf = (body: string): Buffer =>
  Buffer.from(
    String.raw`{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}{\f1\fnil\fcharset128 MS Gothic;}{\f2\fnil\fcharset204 Arial Cyr;}}{\colortbl;\red0\green0\blue0;}{\stylesheet{\s1 heading 1;}}{\info{\title Hidden}}` +
      `${body}}`,
    'latin1',
  );

const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

describe('file search: reading rich text', function () {
  this.timeout(60_000);
  const { read, errorOf } = useReader({ limits: { characters: 10_000 } });

  it('reads paragraphs, characters in any encoding, tables and links', async () => {
    const body = String.raw`\pard\b Warranty\b0\par
Two years \'96 caf\'e9 \u8364\'80 \{x\} a\~b\_c \emdash  \uc0\u20320\u22909\uc1\par
{\f1\'93\'fa\'96\{ A}{\f2 \'cf\'f0\'e8\'e2\'e5\'f2}\line next\tab x\par
\trowd\intbl part\cell price\cell\row\trowd\intbl wheel\par big\cell 7\cell\row\pard
See {\field{\*\fldinst HYPERLINK "https://example.com/t"}{\fldrslt the terms}}.\par`;
    assert.deepEqual(lines((await read('terms.rtf', rtf(body))).text), [
      'Warranty',
      'Two years – café € {x} a b-c — 你好',
      '日本 AПривет',
      'next\tx',
      'part\tprice\t',
      'wheel big\t7\t',
      'See the terms (https://example.com/t).',
    ]);
  });

  it('reads headers, notes, comments and text boxes, but no pictures, hidden or deleted text', async () => {
    const body = String.raw`{\header ACME\par}{\headerf ACME\par}{\footer Page {\field{\*\fldinst PAGE}{\fldrslt 1}}}
Body{\footnote\pard\plain{\super\chftn} Not in winter.} text{\*\atnid AB}{\*\atnauthor Ana}\chatn{\*\annotation\pard Is it?}.\par
{\pict\pngblip 89504e47}{\*\shppict{\pict 0102}}{\*\unknown secret}{\v hidden}{\deleted gone}
{\shp{\*\shpinst{\sp{\sn name}{\sv value}}{\shptxt\pard In a box\par}}}\bin4 }}}} end\par`;
    assert.deepEqual(lines((await read('memo.rtf', rtf(body))).text), [
      'Header: ACME',
      'Body text.',
      'In a box',
      ' end',
      'Footer: Page 1',
      'Footnote: Not in winter.',
      'Comment by Ana: Is it?',
    ]);
  });

  it('recognizes it by its content: files named .doc often are rich text', async () => {
    assert.equal((await read('letter.doc', rtf('Dear Ana'))).text.trim(), 'Dear Ana');
    assert.equal((await read('cut.rtf', String.raw`{\rtf1 Cut {\b off`)).text.trim(), 'Cut off');
  });

  it('rejects one with too much text, and reads one that nests deeply', async () => {
    const deep = `${'{'.repeat(100_000)}deep${'}'.repeat(100_000)}`;
    assert.equal((await read('deep.rtf', rtf(deep))).text.trim(), 'deep');
    const long = await errorOf('long.rtf', rtf(`${'word '.repeat(3_000)}`));
    assert.match(long.message, /has more text than can be searched/);
    assert.match((await errorOf('blank.rtf', rtf(''))).message, /has no text/);
  });
});
