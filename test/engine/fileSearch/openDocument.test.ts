import assert from 'node:assert/strict';
import type { ReadDocument } from '../../../src/engine/tools/fileSearch/searchTypes';
import { archive } from './officeFile';
import { useReader } from './support';

const namespaces = [
  ...['office', 'text', 'table', 'draw', 'presentation', 'chart', 'style'].map(
    (name) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`,
  ),
  'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"',
].join(' ');

function content(body: string): string {
  return `<office:document-content ${namespaces}><office:body>${body}</office:body></office:document-content>`;
}

function openDocument(body: string, others: Record<string, string> = {}): Buffer {
  return archive({ 'content.xml': content(body), 'META-INF/manifest.xml': '<manifest/>', ...others });
}

const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

describe('file search: reading OpenDocument files', function () {
  this.timeout(60_000);
  const { read, errorOf } = useReader();

  const pagesOf = ({ text, pages = [] }: ReadDocument) =>
    pages.map(({ start, number }, i) => [number, text.slice(start, pages[i + 1]?.start).trim()]);

  it('reads the headings, paragraphs, lists, tables, links and white space of a text', async () => {
    const cell = (text: string) => `<table:table-cell><text:p>${text}</text:p></table:table-cell>`;
    const body = `<office:text>
      <text:sequence-decls><text:sequence-decl text:name="Table"/></text:sequence-decls>
      <text:h text:outline-level="1">Warranty</text:h>
      <text:p>Two<text:s text:c="2"/>years &amp; <text:span>a
        day</text:span>.<text:line-break/>See <text:a xlink:href="https://example.com/t">the terms</text:a></text:p>
      <text:list><text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two</text:p></text:list-item></text:list>
      <table:table table:name="T"><table:table-row>${cell('part')}${cell('price')}</table:table-row>
      <table:table-row>${cell('wheel')}${cell('7')}</table:table-row></table:table></office:text>`;
    assert.deepEqual(lines((await read('terms.odt', openDocument(body))).text), [
      'Warranty',
      'Two  years & a day.',
      'See the terms (https://example.com/t)',
      'one',
      'two',
      'part\tprice',
      'wheel\t7',
    ]);
  });

  it('reads headers, footers, notes and comments once, with what they are, and no deleted text', async () => {
    const body = `<office:text><text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>
      <text:p>Body<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>Not in winter.</text:p></text:note-body></text:note>
      text<office:annotation><dc:creator>Ana</dc:creator><dc:date>2024-05-03T10:00:00</dc:date><text:p>Is it?</text:p></office:annotation> end.</text:p></office:text>`;
    const masters = ['Standard', 'First']
      .map(
        (name) =>
          `<style:master-page style:name="${name}"><style:header><text:p>ACME Ltd</text:p></style:header><style:footer><text:p>Confidential</text:p></style:footer></style:master-page>`,
      )
      .join('');
    const styles = `<office:document-styles ${namespaces}><office:master-styles>${masters}</office:master-styles></office:document-styles>`;
    assert.deepEqual(lines((await read('memo.odt', openDocument(body, { 'styles.xml': styles }))).text), [
      'Header: ACME Ltd',
      'Body text end.',
      'Footnote: Not in winter.',
      'Comment by Ana: Is it?',
      'Footer: Confidential',
    ]);
  });

  it('reads the sheets of a spreadsheet: gaps, repeated cells, dates, comments, links', async () => {
    const text = (value: string, attributes = '') =>
      `<table:table-cell ${attributes}><text:p>${value}</text:p></table:table-cell>`;
    const body = `<office:spreadsheet>
      <table:table table:name="Stock"><table:table-column table:number-columns-repeated="1024"/>
      <table:table-row>${text('part')}<table:table-cell table:number-columns-repeated="2"/>${text('x', 'table:number-columns-repeated="2"')}<table:table-cell table:number-columns-repeated="1000"/></table:table-row>
      <table:table-row>${text('3. Mai 24', 'office:value-type="date" office:date-value="2024-05-03"')}<table:table-cell office:value="7.5"><office:annotation><dc:creator>Ana</dc:creator><text:p>old price</text:p></office:annotation><text:p>7,50 €</text:p></table:table-cell></table:table-row>
      <table:table-row table:number-rows-repeated="2">${text('same')}</table:table-row>
      <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
      </table:table>
      <table:table table:name="Notes"><table:table-row>${text('<text:a xlink:href="https://example.com/n">late</text:a>')}</table:table-row></table:table>
      </office:spreadsheet>`;
    assert.deepEqual(pagesOf(await read('stock.ods', openDocument(body))), [
      [1, 'Stock\npart\t\t\tx\tx\n2024-05-03\t7,50 €\nsame\nsame\n\nComment on B2: old price'],
      [2, 'Notes\nlate (https://example.com/n)'],
    ]);
  });

  it('reads the slides of a presentation, with their notes, charts and formulas', async () => {
    const page = (name: string, shapes: string, notes: string) =>
      `<draw:page draw:name="${name}">${shapes}<presentation:notes><draw:frame><draw:text-box><text:p>${notes}</text:p></draw:text-box></draw:frame></presentation:notes></draw:page>`;
    const box = (text: string) =>
      `<draw:frame><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame>`;
    const body = `<office:presentation>${page('a', box('Welcome') + box('to all'), 'Smile.')}${page(
      'b',
      '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame><draw:frame><draw:object xlink:href="./Object 2"/></draw:frame>',
      '',
    )}</office:presentation>`;
    const chart = content(
      '<office:chart><chart:chart><chart:title><text:p>Sales</text:p></chart:title><table:table><table:table-row><table:table-cell><text:p>Q1</text:p></table:table-cell><table:table-cell><text:p>12</text:p></table:table-cell></table:table-row></table:table></chart:chart></office:chart>',
    );
    const formula =
      '<math xmlns="http://www.w3.org/1998/Math/MathML"><semantics><mi>E</mi><annotation encoding="StarMath 5.0">E = m c^2</annotation></semantics></math>';
    const file = openDocument(body, { 'Object 1/content.xml': chart, 'Object 2/content.xml': formula });
    assert.deepEqual(pagesOf(await read('talk.odp', file)), [
      [1, 'Welcome\nto all\n\nNotes: Smile.'],
      [2, 'Chart: Sales\nQ1\t12\n\nFormula: E = m c^2'],
    ]);
  });

  it('recognizes them by their content, whatever their names, and reads those of one XML file', async () => {
    const body = '<office:text><text:p>Hello there</text:p></office:text>';
    assert.equal((await read('download', openDocument(body))).text.trim(), 'Hello there');
    const flat = `<?xml version="1.0"?>\n<office:document ${namespaces}><office:meta><dc:creator>Ana</dc:creator></office:meta><office:body><office:text><text:p>Flat <draw:frame><draw:image><office:binary-data>iVBORw0KGgo=</office:binary-data></draw:image></draw:frame>text</text:p></office:text></office:body></office:document>`;
    assert.deepEqual(
      lines((await read('flat.fodt', flat)).text)
        .join(' ')
        .replace(/\s+/g, ' '),
      'Flat text',
    );
  });

  it('gives a reason for an encrypted one, a damaged one, and one without text', async () => {
    const manifest = '<manifest:manifest><manifest:encryption-data/></manifest:manifest>';
    const encrypted = await errorOf('secret.odt', openDocument('', { 'META-INF/manifest.xml': manifest }));
    assert.match(encrypted.message, /“secret\.odt” is encrypted: save it without a password/);
    const damaged = await errorOf('half.ods', openDocument('x').subarray(0, 100));
    assert.match(damaged.message, /“half\.ods” is damaged/);
    assert.match(
      (await errorOf('plain.ods', 'a,b')).message,
      /its name says that it is an OpenDocument spreadsheet/,
    );
    assert.match((await errorOf('blank.odt', openDocument('<office:text/>'))).message, /has no text/);
  });

  describe('beyond the limits', () => {
    const { errorOf } = useReader({ limits: { unpackedBytes: 1_000_000, characters: 10_000 } });

    it('rejects one that unpacks to too much, has too much text, and reads one that nests deeply', async () => {
      const long = (count: number) =>
        openDocument(`<office:text><text:p>${'word '.repeat(count)}</text:p></office:text>`);
      assert.match((await errorOf('bomb.odt', long(400_000))).message, /is too large: unpacked/);
      assert.match((await errorOf('long.odt', long(3_000))).message, /has more text than can be searched/);
      const rows =
        '<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="16384"><text:p>0</text:p></table:table-cell></table:table-row>';
      const filled = openDocument(
        `<office:spreadsheet><table:table>${rows}</table:table></office:spreadsheet>`,
      );
      assert.match((await errorOf('filled.ods', filled)).message, /has more text than can be searched/);
    });
  });
});
