import { deepEqual, equal } from 'node:assert/strict';
import { linksTo } from '../../src/engine/runs/writing/fileLinks';
import { linkOf } from '../../src/engine/tools/codeInterpreter/codeInterpreterTool';

/** The links of a text to files with these names: what is linked, and the name. */
function linked(text: string, ...names: string[]): [string, string][] {
  const files = new Map(names.map((name) => [name, name]));
  return linksTo(() => files, text).map(({ start, end, fileId }) => [text.slice(start, end), fileId]);
}

const names = [
  ...['table.csv', 'sales report (final).csv', 'a [1].txt', '100%20off.csv', '100%.txt', "it's.txt"],
  ...[
    'c# notes.md',
    'a&b.csv',
    'a,b;c.csv',
    'my_file_v2.csv',
    '销售 报告（1）.csv',
    'Müller.csv',
    'deep/er/x y.csv',
  ],
];

describe('links to files that code wrote', () => {
  for (const name of names) {
    const forms = [linkOf(name), `sandbox:/mnt/data/${name}`, `sandbox:/mnt/data/${encodeURI(name)}`];
    const component = name.split('/').map(encodeURIComponent).join('/');
    forms.push(`sandbox:/mnt/data/${component}`, `sandbox:/mnt/data/${name.replaceAll(' ', '%20')}`);
    it(`are recognised for “${name}”, whether it is encoded or not`, () => {
      // Unless the plain form is the encoded form of another name.
      for (const form of new Set(forms)) {
        deepEqual(linked(`See [it](${form}).`, name), [[form, name]]);
        deepEqual(linked(`${form}\n`, name), [[form, name]]);
      }
    });
  }

  const start = 'sandbox:/mnt/data/';
  const around: [string, string, string][] = [
    ['in bold', `**${start}x.csv**`, `${start}x.csv`],
    ['in italics', `_${start}x.csv_`, `${start}x.csv`],
    ['in backticks', `\`${start}x.csv\``, `${start}x.csv`],
    ['with a title', `[x](${start}x.csv "The table")`, `${start}x.csv`],
    ['in angle brackets', `[x](<${start}x.csv>)`, `${start}x.csv`],
    ['in full-width brackets', `表格（${start}x.csv）。`, `${start}x.csv`],
    ['at the end of a sentence', `It is ${start}x.csv.`, `${start}x.csv`],
    ['at the end of a Chinese sentence', `见${start}x.csv。`, `${start}x.csv`],
    ['before Chinese text', `${start}x.csv已生成`, `${start}x.csv`],
    ['in quotes', `"${start}x.csv", '${start}x.csv'`, `${start}x.csv`],
    ['in a list', `${start}x.csv,${start}x.csv; ${start}x.csv`, `${start}x.csv`],
    ['with two slashes', '[x](sandbox://mnt/data/x.csv)', 'sandbox://mnt/data/x.csv'],
    ['with three slashes', '[x](sandbox:///mnt/data/x.csv)', 'sandbox:///mnt/data/x.csv'],
    ['without slashes', '[x](sandbox:mnt/data/x.csv)', 'sandbox:mnt/data/x.csv'],
    ['without the folder', '[x](sandbox:/x.csv)', 'sandbox:/x.csv'],
    ['as an image', `![x](${start}x.csv)`, `${start}x.csv`],
    ['as HTML', `<a href="${start}x.csv">x</a>`, `${start}x.csv`],
    ['with a fragment', `[x](${start}x.csv#top)`, `${start}x.csv`],
    ['with a query', `[x](${start}x.csv?download=1)`, `${start}x.csv`],
  ];
  for (const [how, text, link] of around) {
    it(`are recognised ${how}`, () => {
      const found = linked(text, 'x.csv');
      equal(found.length > 0, true);
      for (const each of found) deepEqual(each, [link, 'x.csv']);
      equal(found.length, text.split(link).length - 1);
    });
  }

  it('are recognised with escapes of Markdown and HTML', () => {
    deepEqual(linked(`[x](${start}my\\_file.csv)`, 'my_file.csv'), [
      [`${start}my\\_file.csv`, 'my_file.csv'],
    ]);
    deepEqual(linked(`${start}a&amp;b.csv`, 'a&b.csv'), [[`${start}a&amp;b.csv`, 'a&b.csv']]);
  });

  it('are recognised whether accents are characters of their own or not', () => {
    const [composed, decomposed] = ['Müller.csv'.normalize('NFC'), 'Müller.csv'.normalize('NFD')];
    for (const [written, name] of [
      [composed, decomposed],
      [decomposed, composed],
      [encodeURI(decomposed), composed],
    ] as const)
      deepEqual(linked(`${start}${written} is it`, name), [[`${start}${written}`, name]]);
  });

  it('are to the longest name that fits', () => {
    const both = ['a', 'a b.csv', 'a b.csv (2)'];
    deepEqual(linked(`${start}a b.csv (2)`, ...both), [[`${start}a b.csv (2)`, 'a b.csv (2)']]);
    deepEqual(linked(`${start}a b.csv (3)`, ...both), [[`${start}a b.csv`, 'a b.csv']]);
    deepEqual(linked(`${start}a%20b.csv.`, ...both), [[`${start}a%20b.csv`, 'a b.csv']]);
  });

  it('are not to a file whose name is only the beginning of the one written', () => {
    for (const text of [
      'plot.png',
      'plot.p-2',
      'plot.p/x',
      'plot.p%20x',
      'plot.p.gz',
      'plot.p\u0301',
      'plot.pé',
    ])
      deepEqual(linked(`${start}${text}`, 'plot.p'), []);
    deepEqual(linked(`${start}none.csv, /mnt/data/plot.p`, 'plot.p'), []);
  });

  it('mean the decoded name where both are there', () => {
    const both = ['a b.csv', 'a%20b.csv'];
    deepEqual(linked(linkOf('a b.csv'), ...both), [[`${start}a%20b.csv`, 'a b.csv']]);
    deepEqual(linked(linkOf('a%20b.csv'), ...both), [[`${start}a%2520b.csv`, 'a%20b.csv']]);
  });

  it('are told to models in a form that Markdown takes as one link', () => {
    equal(linkOf('sales (final) [1].csv'), `${start}sales%20%28final%29%20%5B1%5D.csv`);
    equal(linkOf('100%20off, 2.csv'), `${start}100%2520off%2C%202.csv`);
    equal(linkOf('销售（1）.csv'), `${start}销售%EF%BC%881%EF%BC%89.csv`);
    equal(linkOf("it's.txt"), `${start}it%27s.txt`);
  });

  it('in a hostile text take time in proportion to it', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => `frame ${at}.png`);
    const text = `${start}frame `.repeat(20_000) + `${start}${'%25'.repeat(200_000)}`;
    deepEqual(linked(`${text} ${start}frame 7.png`, ...many), [[`${start}frame 7.png`, 'frame 7.png']]);
  });
});
