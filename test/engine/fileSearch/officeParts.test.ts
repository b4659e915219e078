import assert from 'node:assert/strict';
import { strFromU8, unzipSync } from 'fflate';
import { archive, officeFile, paragraph } from './officeFile';
import { useReader } from './support';

const chart =
  '<c:chartSpace xmlns:c="c" xmlns:a="a"><c:title><c:tx><c:rich><a:p><a:r><a:t>Sales</a:t></a:r></a:p></c:rich></c:tx></c:title>' +
  '<c:ser><c:tx><c:strRef><c:f>S!B1</c:f><c:strCache><c:pt><c:v>North</c:v></c:pt></c:strCache></c:strRef></c:tx>' +
  '<c:cat><c:strRef><c:strCache><c:pt><c:v>May</c:v></c:pt><c:pt><c:v>June</c:v></c:pt></c:strCache></c:strRef></c:cat>' +
  '<c:val><c:numRef><c:numCache><c:pt><c:v>3</c:v></c:pt><c:pt><c:v>4</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser></c:chartSpace>';
const diagram =
  '<dgm:dataModel xmlns:dgm="d" xmlns:a="a"><dgm:pt><dgm:t><a:p><a:r><a:t>Plan</a:t></a:r></a:p></dgm:t></dgm:pt>' +
  '<dgm:pt><dgm:t><a:p><a:r><a:t>Build</a:t></a:r></a:p></dgm:t></dgm:pt></dgm:dataModel>';
const drawings = [
  { type: 'chart', name: 'charts/chart1.xml', xml: chart },
  { type: 'diagramData', name: 'diagrams/data1.xml', xml: diagram },
];
const shown = '<c:chart r:id="rId1"/><dgm:relIds r:dm="rId2" r:lo="rId3"/>';

/** A presentation of the slide that an Office file has as its main part. */
function presentationOf(slide: Buffer): Buffer {
  const files = unzipSync(slide);
  const rest = Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, strFromU8(bytes)]));
  return archive({
    ...rest,
    '_rels/.rels':
      '<Relationships><Relationship Id="rId1" Type="x/officeDocument" Target="ppt/presentation.xml"/></Relationships>',
    'ppt/presentation.xml': '<p:presentation><p:sldId r:id="rId1"/></p:presentation>',
    'ppt/_rels/presentation.xml.rels':
      '<Relationships><Relationship Id="rId1" Type="x/slide" Target="slides/slide1.xml"/></Relationships>',
  });
}

describe('file search: parts of Office files', function () {
  this.timeout(60_000);
  const { read } = useReader();
  const documentOf = (body: string) => `<w:document><w:body>${body}</w:body></w:document>`;
  const run = (text: string) => `<w:r><w:t>${text}</w:t></w:r>`;
  /** The lines of a Word document of this body that are not empty. */
  const wordLines = async (body: string, parts?: Parameters<typeof officeFile>[2]) =>
    (await read('a.docx', officeFile('word/document.xml', documentOf(body), parts))).text
      .split('\n')
      .filter((line) => line !== '');

  it('finds the main part of a Word document by its relationships', async () => {
    const file = officeFile('word/document2.xml', documentOf(paragraph('from the web')));
    assert.equal((await read('a.docx', file)).text.trim(), 'from the web');
  });

  it('finds parts whose names differ in case, or are percent-encoded', async () => {
    for (const rename of [
      (name: string) => name.toUpperCase(),
      (name: string) => name.replace('sheet one', 'Sheet%20One'),
    ]) {
      const sheet = '<worksheet><row><c t="str"><v>late</v></c></row></worksheet>';
      const file = officeFile(
        'xl/workbook.xml',
        '<workbook><sheet name="Notes" r:id="rId1"/></workbook>',
        [{ type: 'worksheet', name: 'worksheets/sheet one.xml', xml: sheet }],
        rename,
      );
      assert.equal((await read('a.xlsx', file)).text.trim(), 'Notes\nlate');
    }
  });

  it('reads headers, footers, notes and comments of a Word document once, with what they are', async () => {
    const header = `<w:hdr>${paragraph('ACME')}</w:hdr>`;
    const notes = (element: string, text: string) =>
      `<w:notes><w:${element} w:type="separator">${paragraph('')}</w:${element}><w:${element} w:author="Ann">${paragraph(text)}</w:${element}></w:notes>`;
    const lines = await wordLines(paragraph('Body'), [
      { type: 'header', name: 'header1.xml', xml: header },
      { type: 'header', name: 'header2.xml', xml: header },
      { type: 'footer', name: 'footer1.xml', xml: `<w:ftr>${paragraph('Page')}</w:ftr>` },
      { type: 'endnotes', name: 'endnotes.xml', xml: notes('endnote', 'late') },
      { type: 'comments', name: 'comments.xml', xml: notes('comment', 'Really?') },
    ]);
    assert.deepEqual(lines, [
      'Header: ACME',
      'Body',
      'Footer: Page',
      'Endnote by Ann: late',
      'Comment by Ann: Really?',
    ]);
  });

  it('writes link targets of a Word document behind their text, once', async () => {
    const field = (instruction: string, text: string) =>
      `<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>${instruction}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>${run(text)}<w:r><w:fldChar w:fldCharType="end"/></w:r>`;
    const body = [
      `<w:hyperlink r:id="rId1">${run('the ')}${run('manual')}</w:hyperlink>${run(', p. 1')}`,
      `<w:hyperlink r:id="rId1">${run('https://example.com/manual')}</w:hyperlink>`,
      `<w:hyperlink w:anchor="top">${run('top')}</w:hyperlink>`,
      field(' HYPERLINK "https://example.com/field" ', 'field'),
      field(' PAGE ', '7'),
      `<w:fldSimple w:instr="HYPERLINK &quot;https://example.com/simple&quot;">${run('simple')}</w:fldSimple>`,
    ];
    const lines = await wordLines(body.map((content) => `<w:p>${content}</w:p>`).join(''), [
      { type: 'hyperlink', url: 'https://example.com/manual' },
    ]);
    assert.deepEqual(lines, [
      'the manual (https://example.com/manual), p. 1',
      'https://example.com/manual',
      'top',
      'field (https://example.com/field)',
      '7',
      'simple (https://example.com/simple)',
    ]);
  });

  it('reads moved text of a Word document where it is now, and no deleted text', async () => {
    const body = `<w:p><w:moveFrom>${run('moved')}</w:moveFrom>${run('first')}</w:p><w:p><w:moveTo>${run('moved')}</w:moveTo><w:del>${run('deleted')}</w:del><w:ins>${run(' in')}</w:ins></w:p>`;
    assert.deepEqual(await wordLines(body), ['first', 'moved in']);
  });

  it('reads charts and diagrams of a Word document after their paragraph', async () => {
    const body = `<w:p>${run('before')}<w:drawing>${shown}</w:drawing></w:p>${paragraph('after')}`;
    assert.deepEqual(await wordLines(body, drawings), [
      'before',
      'Chart: Sales',
      'North: May 3, June 4',
      'Diagram: Plan',
      'Build',
      'after',
    ]);
  });

  it('reads links, charts, diagrams and alternatives of a slide, once', async () => {
    const shape = (text: string, properties = '', shapeLink = '') =>
      `<p:sp><p:cNvPr>${shapeLink}</p:cNvPr><p:txBody><a:p><a:r><a:rPr>${properties}</a:rPr><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp>`;
    const link = '<a:hlinkClick r:id="rId1"/>';
    const slide =
      `<p:sld>${shape('our site', link)}${shape('button', '', link)}` +
      `<mc:AlternateContent><mc:Choice>${shape('both')}</mc:Choice><mc:Fallback>${shape('both')}</mc:Fallback></mc:AlternateContent>` +
      `<p:graphicFrame>${shown.replace('rId1', 'rId2').replace('r:dm="rId2"', 'r:dm="rId3"')}</p:graphicFrame></p:sld>`;
    const inSlides = officeFile('ppt/slides/slide1.xml', slide, [
      { type: 'hyperlink', url: 'https://example.com/' },
      ...drawings,
      {
        type: 'comments',
        name: 'comment1.xml',
        xml: '<p:cmLst><p:cm><p:text>Shorter?</p:text></p:cm></p:cmLst>',
      },
    ]);
    const { text } = await read('a.pptx', presentationOf(inSlides));
    assert.deepEqual(
      text.split('\n').filter((line) => line !== ''),
      [
        'our site (https://example.com/)',
        'button',
        '(https://example.com/)',
        'both',
        'Chart: Sales',
        'North: May 3, June 4',
        'Diagram: Plan',
        'Build',
        'Comment: Shorter?',
      ],
    );
  });

  describe('of a workbook', () => {
    const styles = (codes: readonly string[]) =>
      `<styleSheet><numFmts>${codes.map((code, i) => `<numFmt numFmtId="${164 + i}" formatCode="${code}"/>`).join('')}</numFmts>` +
      `<cellXfs><xf numFmtId="0"/>${codes.map((_, i) => `<xf numFmtId="${164 + i}"/>`).join('')}<xf numFmtId="46"/><xf numFmtId="20"/><xf numFmtId="31"/></cellXfs></styleSheet>`;
    const workbook = '<workbook><sheet name="Sheet" r:id="rId1"/></workbook>';
    const lines = async (file: Buffer) => (await read('a.xlsx', file)).text.trim().split('\n').slice(1);

    it('shows times and durations as a cell does', async () => {
      const codes = [
        '[h]:mm',
        'h:mm',
        '[mm]:ss',
        '[s]',
        'h:mm:ss',
        'yyyy-mm-dd',
        '[Red]0.0',
        'mmm',
        '[$-409]h:mm AM/PM',
      ];
      const cells: [style: number, value: string, shown: string][] = [
        [1, '1.5208333333333333', '36:30'],
        [1, '0', '0:00'],
        [1, '-0.5', '-12:00'],
        [2, '0', '00:00'],
        [2, '0.75', '18:00'],
        [2, '1.25', '06:00'],
        [2, '45292.5', '2024-01-01 12:00:00'],
        [3, '0.0625', '90:00'],
        [4, '0.5', '43200'],
        [5, '0', '00:00:00'],
        [6, '45292', '2024-01-01'],
        [7, '1.5', '1.5'],
        [8, '45292', '2024-01-01'],
        [9, '0.5', '12:00'],
        [10, '1.5', '36:00:00'],
        [11, '0.5', '12:00'],
        [12, '45292', '2024-01-01'],
      ];
      const rows = cells.map(([style, value]) => `<row><c s="${style}"><v>${value}</v></c></row>`).join('');
      const file = officeFile('xl/workbook.xml', workbook, [
        {
          type: 'worksheet',
          name: 'sheet1.xml',
          xml: `<worksheet><sheetData>${rows}</sheetData></worksheet>`,
        },
        { type: 'styles', name: 'styles.xml', xml: styles(codes) },
      ]);
      assert.deepEqual(
        await lines(file),
        cells.map(([, , shown]) => shown),
      );
    });

    it('decodes characters that Excel escapes', async () => {
      const sheet =
        '<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="str"><v>c_x000D_\nd</v></c><c t="inlineStr"><is><t>_x005F_x000D_</t></is></c><c t="str"><v>my_x_y</v></c></row></sheetData></worksheet>';
      const file = officeFile('xl/workbook.xml', workbook, [
        { type: 'worksheet', name: 'sheet1.xml', xml: sheet },
        { type: 'sharedStrings', name: 'strings.xml', xml: '<sst><si><t>a_x000D_\nb_x0041_</t></si></sst>' },
      ]);
      assert.deepEqual(await lines(file), ['a bA\tc d\t_x000D_\tmy_x_y']);
    });

    it('reads links, comments and charts', async () => {
      const relations = (targets: string) => `<Relationships>${targets}</Relationships>`;
      const sheet =
        '<worksheet><sheetData><row><c r="A1" t="str"><v>site</v></c><c r="B1" t="str"><f>HYPERLINK("https://example.com/f","go")</f><v>go</v></c><c r="C1"><f>SUM(A2)</f><v>3</v></c></row></sheetData>' +
        '<hyperlinks><hyperlink ref="A1" r:id="rId1"/></hyperlinks></worksheet>';
      const file = officeFile('xl/workbook.xml', workbook, [
        { type: 'worksheet', name: 'sheet1.xml', xml: sheet },
        {
          type: 'x',
          name: '_rels/sheet1.xml.rels',
          xml: relations(
            '<Relationship Id="rId1" Type="x/hyperlink" Target="https://example.com/" TargetMode="External"/>' +
              '<Relationship Id="rId2" Type="x/comments" Target="comments1.xml"/><Relationship Id="rId3" Type="x/drawing" Target="drawing1.xml"/>',
          ),
        },
        {
          type: 'x',
          name: 'comments1.xml',
          xml: '<comments><authors><author>Ann</author></authors><comment ref="C1"><text><r><t>too </t></r><r><t>low</t></r></text></comment></comments>',
        },
        { type: 'x', name: 'drawing1.xml', xml: '<xdr:wsDr><c:chart r:id="rId1"/></xdr:wsDr>' },
        {
          type: 'x',
          name: '_rels/drawing1.xml.rels',
          xml: relations('<Relationship Id="rId1" Type="x/chart" Target="charts/chart1.xml"/>'),
        },
        ...drawings,
      ]);
      assert.deepEqual(await lines(file), [
        'site (https://example.com/)\tgo (https://example.com/f)\t3',
        'Comment on C1: too low',
        '',
        'Chart: Sales',
        'North: May 3, June 4',
      ]);
    });
  });

  it('writes link targets of an HTML page behind their text, once', async () => {
    const page =
      '<!doctype html><p>See <a href="https://example.com/a">the <b>manual</b></a>, <a href="https://example.com/b">https://example.com/b</a>,' +
      ' <a href="#top">top</a>, <a href="mailto:a@example.com">a@example.com</a> and <a href="/help"><img alt="help"></a>.';
    assert.equal(
      (await read('a.html', page)).text.trim(),
      'See the manual (https://example.com/a), https://example.com/b, top, a@example.com and [help] (/help).',
    );
  });
});
