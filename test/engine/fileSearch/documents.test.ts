import assert from 'node:assert/strict';
import type { ReadDocument } from '../../../src/engine/tools/fileSearch/searchTypes';
import { docx, paragraph, pptx, xlsx } from './officeFile';
import { chinesePdf, textPdf } from './pdfFile';
import { useReader } from './support';

describe('file search: reading documents', function () {
  this.timeout(60_000);
  const { read } = useReader();

  /** The text of each page, by its number. */
  const pagesOf = ({ text, pages = [] }: ReadDocument) =>
    pages.map(({ start, number }, i) => [number, text.slice(start, pages[i + 1]?.start).trim()]);

  it('reads the pages of a PDF file', async () => {
    const document = await read(
      'whales.pdf',
      textPdf(['Whales are mammals.\nThey breathe air.', 'Krill is food.']),
    );
    assert.deepEqual(pagesOf(document), [
      [1, 'Whales are mammals.\nThey breathe air.'],
      [2, 'Krill is food.'],
    ]);
  });

  it('leaves out a page without text, and keeps the numbers of the others', async () => {
    const document = await read('gap.pdf', textPdf(['one', ' ', 'three']));
    assert.deepEqual(pagesOf(document), [
      [1, 'one'],
      [3, 'three'],
    ]);
  });

  it('reads Chinese in a PDF file that does not embed its font', async () => {
    assert.equal((await read('手册.pdf', chinesePdf('数据库连接失败'))).text.trim(), '数据库连接失败');
  });

  it('reads the paragraphs, tables and notes of a Word document', async () => {
    const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`;
    const body =
      paragraph('Warranty', 'Heading1') +
      paragraph('Two years &amp; a day.') +
      `<w:tbl><w:tr>${cell('part')}${cell('price')}</w:tr><w:tr>${cell('wheel')}${cell('7')}</w:tr></w:tbl>` +
      '<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:delText>gone</w:delText></w:r></w:p>';
    const { text } = await read('terms.docx', docx(body, paragraph('Not in winter.')));
    const rows = text.split('\n').map((line) => line.replace(/ ?\t$/, '').replace(' \t', '\t'));
    assert.deepEqual(
      rows.filter((line) => line !== ''),
      ['Warranty', 'Two years & a day.', 'part\tprice', 'wheel\t7', 'a\tb', 'c', 'Footnote: Not in winter.'],
    );
  });

  it('does not read a tab stop of a Word document as a tab', async () => {
    const stops = '<w:pPr><w:tabs><w:tab w:val="left" w:pos="720"/><w:tab w:val="clear"/></w:tabs></w:pPr>';
    const body = `<w:p>${stops}<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r></w:p>`;
    assert.equal((await read('stops.docx', docx(body))).text.trimEnd(), 'a\tb');
  });

  it('reads the text of a text box of a Word document once', async () => {
    const box = (text: string) => `<w:txbxContent>${paragraph(text)}</w:txbxContent>`;
    const both = `<mc:AlternateContent xmlns:mc="m"><mc:Choice>${box('boxed')}</mc:Choice><mc:Fallback>${box('boxed')}</mc:Fallback></mc:AlternateContent>`;
    const { text } = await read('box.docx', docx(`<w:p><w:r>${both}</w:r></w:p>`));
    assert.equal(text.trim(), 'boxed');
  });

  it('reads slides in the order they are shown, with their notes', async () => {
    const document = await read(
      'talk.pptx',
      pptx([{ paragraphs: ['Welcome', 'to all'], notes: 'Smile.' }, { paragraphs: ['Results'] }]),
    );
    assert.deepEqual(pagesOf(document), [
      [1, 'Welcome\nto all\n\nNotes: Smile.'],
      [2, 'Results'],
    ]);
  });

  it('reads the sheets of a workbook: shared and inline text, numbers, booleans, dates', async () => {
    const document = await read(
      'stock.xlsx',
      xlsx(
        {
          Parts:
            '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>' +
            '<row r="2"><c r="A2" t="inlineStr"><is><t>wheel</t></is></c><c r="D2"><v>7.5</v></c></row>' +
            '<row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3" s="1"><v>45292</v></c><c r="C3" s="2"><v>45292.5</v></c></row>',
          Notes: '<row><c t="str"><v>late</v></c></row>',
        },
        ['part', 'first\nsecond'],
      ),
    );
    assert.deepEqual(pagesOf(document), [
      [1, 'Parts\npart\tfirst second\nwheel\t\t\t7.5\nTRUE\t2024-01-01\t2024-01-01 12:00:00'],
      [2, 'Notes\nlate'],
    ]);
  });

  it('recognizes a document by its content, whatever its name', async () => {
    assert.equal(
      (await read('notes.txt', docx(paragraph('a Word document')))).text.trim(),
      'a Word document',
    );
    assert.equal((await read('download', textPdf(['a PDF file']))).text.trim(), 'a PDF file');
    assert.equal((await read('download', '<!doctype html><p>a <b>page</b></p>')).text.trim(), 'a page');
  });

  it('reads the visible text of an HTML page', async () => {
    const page = `<!doctype html><html><head><title>Manual</title><style>p { color: red }</style></head>
      <body><script>alert("no")</script><h1>Setup</h1><p>Turn   the <b>key</b>
      &amp; wait.</p><ul><li>one<li>two</ul><table><tr><td>a</td><td>b</td></tr></table>
      <pre>  if (x)\n    y();</pre><template>hidden</template></body></html>`;
    const { text } = await read('manual.html', page);
    assert.equal(
      text.trim(),
      'Manual\n\nSetup\n\nTurn the key & wait.\n\n- one\n- two\n\na\tb\n\n  if (x)\n    y();',
    );
  });

  it('reads subtitles with their times, and TeX, as text', async () => {
    const vtt = 'WEBVTT\n\n00:01:05.000 --> 00:01:09.000\n<v Ana>Whales are mammals.\n';
    const srt = '1\n00:01:05,000 --> 00:01:09,000\nWhales are mammals.\n';
    const tex = '\\section{Whales}\nThey weigh $10^5$~kg. % to check\n';
    assert.equal((await read('talk.vtt', vtt)).text, vtt);
    assert.equal((await read('talk.srt', `\ufeff${srt}`)).text, srt);
    assert.equal((await read('paper.tex', tex)).text, tex);
  });

  it('reads source code, Markdown, JSON and CSV unchanged but for normalized line ends', async () => {
    for (const [name, content] of [
      ['main.py', 'def f():\r\n\treturn "\\n"\r\n'],
      ['notes.md', '# Title\n\n* item\n'],
      ['data.json', '{"a": [1, 2]}'],
      ['table.csv', 'a;b\r1;2\r'],
      ['Makefile', 'all:\n\tmake it\n'],
      ['page.svelte', '<script>let x</script>\n<p>{x}</p>\n'],
    ] as const) {
      assert.deepEqual(await read(name, content), { text: content.replace(/\r\n?/g, '\n') }, name);
    }
  });
});
