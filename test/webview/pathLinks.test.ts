import assert from 'node:assert/strict';
import { readPlace } from '../../src/protocol/text/filePaths';
import { answerMarkdown } from '../../webview/markdown/parser';
import { pathsIn } from '../../webview/markdown/paths';
import { growing, message, threadId } from './samples';
import { freshPanel, show } from './suite';

describe('a path in an answer', () => {
  const panel = freshPanel();
  const link = (name: string) => panel().page.getByRole('link', { name, exact: true });

  const answer = [
    'See src/a.ts:12, `src/a.ts:12:5` and src/a.ts#L3-L9. Also [a](a.ts), [b](./docs/b%20c.md#L3) and `Makefile`.',
    '- in a list: (src/list.ts)',
    '',
    '```ts\nimport "src/code.ts";\n```',
    '',
    'Not there: src/gone.ts, [gone](gone.ts) and `gone.ts`. https://a.example/src/a.ts is an address.',
  ].join('\n');
  const existing = [
    ...[
      'src/a.ts:12',
      'src/a.ts:12:5',
      'src/a.ts#L3-L9',
      'a.ts',
      './docs/b c.md#L3',
      'Makefile',
      'src/list.ts',
    ],
  ];

  it('is a link if the host knows the file, and is asked for once a message', async () => {
    await show(panel(), [message('a', answer)]);
    const { params } = await panel().waitForQuestion('existingPaths');
    assert.deepEqual(params.paths, [...existing, 'src/gone.ts', 'gone.ts']);
    await panel().answer('existingPaths', existing);
    await link('src/a.ts:12').waitFor();
    const links = panel().page.locator('a.path-link');
    assert.deepEqual(await links.allInnerTexts(), [
      ...['src/a.ts:12', 'src/a.ts:12:5', 'src/a.ts#L3-L9', 'a', 'b', 'Makefile', 'src/list.ts'],
    ]);
    await panel().settle();
    assert.equal((await panel().asked('existingPaths')).length, 1);
    assert.match(
      await panel().page.getByRole('article').innerText(),
      /Not there: src\/gone\.ts, gone and gone\.ts\./,
    );
  });

  it('opens at a click and by keyboard', async () => {
    await show(panel(), [message('a', answer)]);
    await panel().answer('existingPaths', existing);
    await link('b').click();
    assert.deepEqual(await panel().waitFor('openPath'), { type: 'openPath', path: './docs/b c.md#L3' });
    await link('src/a.ts:12:5').press('Enter');
    assert.deepEqual(await panel().waitFor('openPath', 2), { type: 'openPath', path: 'src/a.ts:12:5' });
    assert.deepEqual(await panel().postedOf('openLink'), []);
  });

  it('is looked for when the answer is complete, not while it is written', async () => {
    await show(panel(), [growing('a')]);
    await panel().stream(threadId, 'a', ['See src/a.ts', ':12.\n\n', 'More']);
    assert.deepEqual(await panel().asked('existingPaths'), []);
    await panel().receive({ type: 'message', threadId, message: message('a', 'See src/a.ts:12.\n\nMore') });
    assert.deepEqual((await panel().waitForQuestion('existingPaths')).params.paths, ['src/a.ts:12']);
  });

  it('is no link that an answer makes up itself', async () => {
    const text =
      '<a class="path-link" data-path="src/a.ts" href="#">x</a> <span class="workspace-path" title="src/b.ts">y</span>';
    await show(panel(), [message('a', `${text} [z](#) [w](command:x) src/c.ts`)]);
    await panel().answer('existingPaths', ['src/c.ts']);
    await link('src/c.ts').waitFor();
    assert.equal(await panel().page.getByRole('article').getByRole('link').count(), 1);
  });

  it('is looked for up to a number', async () => {
    const many = Array.from({ length: 500 }, (_, index) => `src/f${index}.ts`).join(' ');
    await show(panel(), [message('a', many)]);
    assert.equal((await panel().waitForQuestion('existingPaths')).params.paths.length, 200);
  });
});

describe('the place that a path names', () => {
  for (const [text, place] of [
    ['src/a.ts', { path: 'src/a.ts' }],
    ['./src/a.ts:12', { path: 'src/a.ts', line: 12 }],
    ['src/a.ts:12:5', { path: 'src/a.ts', line: 12, column: 5 }],
    ['src/a.ts:3-5', { path: 'src/a.ts', line: 3, endLine: 5 }],
    ['src/a.ts#L3', { path: 'src/a.ts', line: 3 }],
    ['src/a.ts#L3-L9', { path: 'src/a.ts', line: 3, endLine: 9 }],
    ['src/a.ts#L3-9', { path: 'src/a.ts', line: 3, endLine: 9 }],
    ['src/a.ts#L3C2-L9C4', { path: 'src/a.ts', line: 3, column: 2, endLine: 9 }],
    ['guide.md#setup', { path: 'guide.md' }],
    ['a.ts:0', { path: 'a.ts', line: 1 }],
    ['日本/ファイル.md', { path: '日本/ファイル.md' }],
    ['app/[id]/page.tsx', { path: 'app/[id]/page.tsx' }],
  ] as const) {
    it(`is read from ${text}`, () => {
      const found = readPlace(text);
      assert.deepEqual(JSON.parse(JSON.stringify(found ?? null)), place);
    });
  }

  for (const text of [
    ...[
      '/etc/passwd',
      '../a.ts',
      'src/../../a.ts',
      'src/./a.ts',
      '~/a.ts',
      '~root/a.ts',
      'C:/a.ts',
      'C:\\a.ts',
    ],
    ...[
      '\\\\host\\share\\a.ts',
      '//host/share/a.ts',
      'file:///etc/passwd',
      'https://a.example/a.ts',
      'vscode:a.ts',
    ],
    ...[
      'command:a.ts',
      'src//a.ts',
      'src/',
      '',
      '.',
      '..',
      './',
      'a\0.ts',
      'a\n.ts',
      'a.ts:1:2:3',
      'x'.repeat(401),
    ],
  ]) {
    it(`is none in ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(readPlace(text), undefined));
  }
});

describe('paths in a text', () => {
  it('are words with a folder or an extension', () => {
    const paths = (text: string) => pathsIn(text).map(({ path }) => path);
    assert.deepEqual(
      paths('Look at src/a.ts, (b.py) and c.md. Version 1.2.3 of 3.14, e.g. x. 见 src/d.ts。'),
      [...['src/a.ts', 'b.py', 'c.md', 'e.g', 'src/d.ts']],
    );
  });

  it('are found in a time that is linear in the text', () => {
    for (const unit of ['a/', 'a.', 'a:1', 'a.b:', '../', '#L', 'a'.repeat(399) + ' ']) {
      pathsIn(unit.repeat(100_000 / unit.length));
    }
  });

  it('leave lines that look like definitions of links as they are', () => {
    assert.match(answerMarkdown.render('[INFO]: done'), /\[INFO\]: done/);
  });
});
