import assert from 'node:assert/strict';
import { annotatedPdf } from './pdfFile';
import { useReader } from './support';

describe('file search: forms and annotations of PDF files', function () {
  this.timeout(60_000);
  const { read } = useReader();

  const linesOf = async (...page: Parameters<typeof annotatedPdf>) =>
    (await read('form.pdf', annotatedPdf(...page))).text.split('\n').filter((line) => line !== '');
  const field = (type: string, name: string, more: string) =>
    `/Subtype /Widget /FT /${type} /T (${name}) ${more}`;
  const button = (more: string, on: string) =>
    `/Subtype /Widget ${more} /AP << /N << /${on} 4 0 R /Off 4 0 R >> >>`;

  it('reads the value of a text field behind its label', async () => {
    const lines = await linesOf(
      [
        ['Name:', 50, 700],
        ['City', 50, 670],
        ['Signed in ink', 50, 640],
      ],
      [
        [field('Tx', 'a', '/V (Ada Lovelace)'), 120, 694, 200, 20],
        [field('Tx', 'b', '/V (Berlin)'), 120, 664, 200, 20],
      ],
    );
    assert.deepEqual(lines, ['Name: Ada Lovelace', 'City: Berlin', 'Signed in ink']);
  });

  it('reads the value of a text field below its label, line by line', async () => {
    const lines = await linesOf(
      [
        ['First name', 50, 700],
        ['Last name', 250, 700],
        ['Remarks', 50, 640],
      ],
      [
        [field('Tx', 'a', '/V (Ada)'), 50, 670, 150, 20],
        [field('Tx', 'b', '/V (Lovelace)'), 250, 670, 150, 20],
        [field('Tx', 'c', '/Ff 4096 /V (Ring twice.\\rThen wait.)'), 50, 570, 300, 60],
      ],
    );
    assert.deepEqual(lines, ['First name: Ada Last name: Lovelace', 'Remarks: Ring twice.', 'Then wait.']);
  });

  it('reads values in their order behind one label, and before a unit', async () => {
    const lines = await linesOf(
      [
        ['Date:', 50, 700],
        ['kg', 110, 670],
      ],
      [
        [field('Tx', 'month', '/V (May)'), 130, 694, 40, 20],
        [field('Tx', 'day', '/V (24)'), 90, 694, 35, 20],
        [field('Tx', 'weight', '/V (70)'), 50, 664, 50, 20],
      ],
    );
    assert.deepEqual(lines, ['Date: 24 May', '70 kg']);
  });

  it('reads the choices of a list as they are displayed', async () => {
    const options = '/Opt [[(de) (Germany)] [(fr) (France)] [(it) (Italy)]]';
    const lines = await linesOf(
      [
        ['Country:', 50, 700],
        ['Visited:', 50, 670],
      ],
      [
        [field('Ch', 'country', `/Ff 131072 /V (fr) ${options}`), 120, 694, 200, 20],
        [field('Ch', 'visited', `/Ff 2097152 /V [(de) (it)] ${options}`), 120, 620, 200, 64],
      ],
    );
    assert.deepEqual(lines, ['Country: France', 'Visited: Germany, Italy']);
  });

  it('marks check boxes and radio buttons as chosen or not', async () => {
    const box = (name: string, value: string) =>
      button(`/FT /Btn /T (${name}) /V /${value} /AS /${value}`, 'Yes');
    const radio = (on: string) => button('/Parent << /FT /Btn /Ff 32768 /T (size) /V /large >>', on);
    const lines = await linesOf(
      [
        ['I agree', 70, 700],
        ['Send me news', 70, 680],
        ['Size:', 50, 660],
        ['Small', 138, 660],
        ['Large', 218, 660],
      ],
      [
        [box('agree', 'Yes'), 50, 698, 14, 14],
        [box('news', 'Off'), 50, 678, 14, 14],
        [radio('small'), 120, 658, 14, 14],
        [radio('large'), 200, 658, 14, 14],
      ],
    );
    assert.deepEqual(lines, ['[x] I agree', '[ ] Send me news', 'Size: ( ) Small (x) Large']);
  });

  it('names a field without a label on the page by its description, or by its name', async () => {
    const lines = await linesOf(
      [['Application', 50, 750]],
      [
        [field('Tx', 'f1', '/TU (Membership number) /V (M-4711)'), 400, 300, 100, 20],
        [field('Tx', 'phone[0]', '/V (555)'), 400, 260, 100, 20],
        [button('/FT /Btn /T (paid) /V /Yes', 'Yes'), 400, 200, 14, 14],
      ],
    );
    assert.deepEqual(lines, ['Application', 'Membership number: M-4711', 'phone: 555', '[x] paid']);
  });

  it('reads a form that has no text but its fields', async () => {
    assert.deepEqual(await linesOf([], [[field('Tx', 'name', '/V (Ada)'), 50, 700, 100, 20]]), ['name: Ada']);
  });

  it('reads values in Hebrew beside English labels', async () => {
    const value = Buffer.from('\ufeffדוד לוי 7', 'utf16le').swap16().toString('hex');
    const lines = await linesOf(
      [
        ['Application form', 50, 750],
        ['Name:', 50, 700],
      ],
      [[field('Tx', 'a', `/V <${value}>`), 120, 694, 200, 20]],
    );
    assert.deepEqual(lines, ['Application form', 'Name: דוד לוי 7']);
  });

  it('leaves out empty, hidden and secret fields, and buttons', async () => {
    const lines = await linesOf(
      [['Name:', 50, 700]],
      [
        [field('Tx', 'a', ''), 120, 694, 200, 20],
        [`${field('Tx', 'b', '/V (hidden)')} /F 2`, 120, 600, 200, 20],
        [field('Tx', 'c', '/Ff 8192 /V (secret)'), 120, 500, 200, 20],
        [field('Btn', 'd', '/Ff 65536 /MK << /CA (Send) >>'), 120, 400, 200, 20],
      ],
    );
    assert.deepEqual(lines, ['Name:']);
  });

  it('reads comments with their authors, and text that was typed onto the page', async () => {
    const lines = await linesOf(
      [['Contract', 50, 700]],
      [
        ['/Subtype /Text /T (Ada) /Contents (Check this clause.)', 300, 690, 20, 20],
        [
          '/Subtype /Highlight /QuadPoints [50 712 100 712 50 700 100 700] /Contents (Important)',
          50,
          700,
          50,
          12,
        ],
        ['/Subtype /FreeText /DA (/F1 12 Tf) /Contents (Signed on 24 May)', 300, 100, 200, 20],
        ['/Subtype /Highlight /QuadPoints [50 712 100 712 50 700 100 700]', 50, 700, 50, 12],
      ],
    );
    assert.deepEqual(lines, [
      'Contract',
      'Comment by Ada: Check this clause.',
      'Comment: Important',
      'Signed on 24 May',
    ]);
  });

  it('reads the targets of links behind their text, unless the text says them', async () => {
    const link = (uri: string) => `/Subtype /Link /A << /S /URI /URI (${uri}) >>`;
    const lines = await linesOf(
      [
        ['our manual', 50, 700],
        ['www.example.org', 50, 680],
      ],
      [
        [link('https://example.com/manual'), 50, 698, 60, 14],
        [link('https://www.example.org/'), 50, 678, 90, 14],
      ],
    );
    assert.deepEqual(lines, ['our manual (https://example.com/manual)', 'www.example.org']);
  });
});
