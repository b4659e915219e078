import { deepEqual, equal, throws } from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { root } from './paths.mjs';
import { readmeDifferences } from './readmes.mjs';
import { publishedMarkdown, repositoryAddress, repositoryFields } from './repository.mjs';

const address = 'https://github.com/owner/name';
const readme = [
  '![A chat](media/chat.png)',
  '![Away](https://example.com/a.png)',
  'See [the docs](docs/api.md#runs), [the licence](LICENSE), [below](#below) and [a page](https://example.com).',
  '',
].join('\n');

describe('the address of the repository', () => {
  it('is that of the environment, without a slash or .git at its end', () => {
    equal(repositoryAddress({}), undefined);
    equal(repositoryAddress({ REPOSITORY_URL: '' }), undefined);
    equal(repositoryAddress({ REPOSITORY_URL: `${address}/` }), address);
    equal(repositoryAddress({ REPOSITORY_URL: `${address}.git` }), address);
    throws(() => repositoryAddress({ REPOSITORY_URL: 'git@github.com:owner/name' }), /https/);
  });

  it('gives the manifest its repository, bugs and homepage', () => {
    deepEqual(repositoryFields(undefined), {});
    deepEqual(repositoryFields(address), {
      repository: { type: 'git', url: `${address}.git` },
      bugs: { url: `${address}/issues` },
      homepage: `${address}#readme`,
    });
  });

  it('gives the README addresses of its pictures and links', () => {
    equal(
      publishedMarkdown(readme, address),
      [
        `![A chat](${address}/raw/HEAD/media/chat.png)`,
        '![Away](https://example.com/a.png)',
        `See [the docs](${address}/blob/HEAD/docs/api.md#runs), [the licence](${address}/blob/HEAD/LICENSE), [below](#below) and [a page](https://example.com).`,
        '',
      ].join('\n'),
    );
  });

  it('leaves no picture and no link that leads nowhere in the README where there is none', () => {
    equal(
      publishedMarkdown(readme),
      [
        '![Away](https://example.com/a.png)',
        'See the docs, the licence, [below](#below) and [a page](https://example.com).',
        '',
      ].join('\n'),
    );
    equal(
      publishedMarkdown('# A\n\n[中文](README.zh-cn.md)\n\n![c](d.png)\n\n[MIT](LICENSE)\n'),
      '# A\n\nMIT\n',
    );
  });
});

describe('the README', () => {
  const read = (name) => readFileSync(join(root, name), 'utf8');

  for (const name of ['README.md', 'README.zh-cn.md']) {
    it(`has files for all pictures and links: ${name}`, () => {
      const targets = [...read(name).matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)/g)].map(
        ([, path]) => path,
      );
      deepEqual(
        targets.filter((path) => !existsSync(join(root, path))),
        [],
      );
    });
  }

  it('is in step with the Chinese one: sections, commands and pictures', () => {
    const texts = {
      english: JSON.parse(read('package.nls.json')),
      chinese: JSON.parse(read('package.nls.zh-cn.json')),
    };
    deepEqual(readmeDifferences(read('README.md'), read('README.zh-cn.md'), texts), []);
  });

  it('is out of step where a section, a command or a picture is missing', () => {
    const texts = { english: { 'command.open': 'Open…' }, chinese: { 'command.open': '打开…' } };
    const english = '# A\n\n## B\n\nRun **Assistants: Open…**, ![c](d.png).\n\n```sh\n# run\n```\n';
    const chinese = '# 甲\n\n## 乙\n\n运行**助手: 打开…**、![丙](d.png)。\n';
    deepEqual(readmeDifferences(english, chinese, texts), []);
    const differs = (from, to) => readmeDifferences(english, chinese.replace(from, to), texts).length > 0;
    for (const [from, to] of [
      ['## 乙', '乙'],
      ['打开…', '关闭…'],
      ['d.png', 'x.png'],
    ])
      equal(differs(from, to), true, from);
  });
});
