import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { root } from '../host/paths';
import { BlockSplitter } from '../../webview/markdown/blocks';
import { highlight } from '../../webview/markdown/highlight';
import { answerMarkdown } from '../../webview/markdown/parser';
import { linkedParts, userBlocks } from '../../webview/markdown/userText';
import { withFileLinks, writtenFiles } from '../../webview/markdown/sandboxLinks';
import { citedPassages, withNumbers, withoutOpenMark } from '../../webview/components/citations/citations';
import { citing, message } from './samples';

/** What each rule begins, goes on and ends with; repeated, that is what a rule takes longest for. */
const tokens: readonly string[] = [
  ...['[', '![', '](', '](https://a', '[a]', '[a][', '[a]: ', '[a]: https://a\n', '[a](b "', "[a](b '", '[^'],
  ...['[^a]', '[^a]: ', '[^a]: x\n', '[^a]: [^', '> [^a]: x\n', '[^a]:\n    [^b]: '],
  ...['[[a](', '![![', '[\\', '[`', '[*', '[$', '[\\(', '[\n', '[]()', '[a](<b', '[a]\n\n', '[a]: b "\n'],
  ...[
    '<',
    '<a',
    '<a href="',
    '<!--',
    '<?',
    '<![CDATA[',
    '</a>',
    '<https://',
    '<a:',
    '<https://a>',
    '<a@a.a>',
  ],
  ...['<sub>', '<sub>a</sub>', '</sub>', '<br>', '<kbd>*', '<sub><sup>', '<details>\n', '</details>\n'],
  ...['<details><summary>', '<details>\n</details>\n', '> <details>\n', '- <details>\n', '- [x] a\n'],
  ...[
    '`',
    '``',
    '`a',
    '`` ` ',
    '` a `` ',
    '```\n',
    '~~~\n',
    '```a\n',
    '- ```\n',
    '> ```\n',
    '    a\n',
    '\ta\n',
  ],
  ...['*', '**', '*a', '**a', '***a***', '***a**', '*a_', '**a_', '*_*_', '_', '__', '_a_', 'a_a', 'a**a'],
  ...['~~', '~~a', '~~a~', 'a~~b', '*~~', '\\', '\\\\', '\\*', 'a\\\n', '&', '&amp;', '&#60;', '&#x', '&a'],
  ...[
    '$',
    '$$',
    '$a',
    '$a$',
    '$1',
    '$ a',
    '$$\n',
    '$$a',
    '$$ a\n\n',
    'x $$',
    '$$a$$ b\n',
    '\\$',
    '$\\',
    '$\n',
  ],
  ...[
    '\\[',
    '\\[\n',
    '\\[ a\n',
    '\\[ a\n\n',
    '\\]',
    '\\[\\]',
    'x \\[\n',
    '\\[a\\] b\n',
    '- \\[\n',
    '> \\[\n',
  ],
  ...['\\(', '\\(a', '\\(\\)', '\\begin{', '\\begin{a}\n', '【', '【4', '【4:0†', '【4:0†a', '【4:0†a】'],
  ...[
    'sandbox:/',
    'sandbox:/mnt/data/a ',
    'sandbox:/(',
    'https://',
    'https://a/',
    'https://a/(',
    'https://a/[',
  ],
  ...['https://a/{', 'https://a/"', "https://a/'", 'https://a.', 'https://a:', '-https://a/(', 'http://a@'],
  ...[
    'mailto:',
    'mailto:a@',
    'mailto:a@a.a ',
    'mailto:"',
    '//a.',
    'ftp://a/(',
    'www.a.',
    'a@',
    'a.b',
    '//',
    ':',
  ],
  ...['> ', '> a\n', '> > a\n', '- ', '- a\n', '- - a\n', '-\n', '- \n\n', '- a\n\n  b\n', '1. ', '1. a\n'],
  ...['> a\n- b\n', '> - a\n', '- > a\n', 'a\n> ', 'a\n- ', '- [ ] ', '# ', '# a\n', '#', '---\n', '===\n'],
  ...[
    'a\n---\n',
    '|',
    '|a',
    '|a|\n|-|\n',
    '|-',
    '-|',
    '|a|b|\n|-|-|\n|',
    'a | b\n--|--\nc | d\n',
    '|`',
    '|\\|',
  ],
  ...['\n', ' ', '  \n', '\t', '\r', '\0', 'a', 'a\n', 'a ', '(', '()', '"', '!', '\u0301', '\u202e', '😀'],
];

const repeated = (text: string, length: number): string =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);

/** Texts that are more than one thing repeated: a beginning and an end, or lines that differ. */
const texts: Record<string, (length: number) => string> = {
  'brackets in brackets': (n) => '['.repeat(n / 2) + ']'.repeat(n / 2),
  'images in images': (n) => '!['.repeat(n / 4) + ']('.repeat(n / 4),
  'links in links': (n) => '['.repeat(n / 4) + '](a)'.repeat(n / 8),
  'emphasis in emphasis': (n) => '*a '.repeat(n / 6) + ' a*'.repeat(n / 6),
  'ticks in all numbers': (n) =>
    Array.from({ length: Math.sqrt(2 * n) }, (_, count) => `${'`'.repeat(count)}a`).join(''),
  'references that are defined': (n) =>
    Array.from({ length: n / 40 }, (_, i) => `[a${i}]: https://a\n`).join('') +
    Array.from({ length: n / 20 }, (_, i) => `[a${i}] `).join(''),
  'a long address of many references': (n) => `[a]: https://a/${'b'.repeat(100)}\n\n${'[a]'.repeat(n / 3)}`,
  'a table of one row': (n) => ['|a', '|-', '|b'].map((cell) => cell.repeat(n / 6)).join('\n'),
  'formulas that are closed at the end': (n) => `${'\\[\n'.repeat(n / 3)}\\]`,
  'formulas that are closed in a sentence': (n) => `${'\\[ a\n'.repeat(n / 10)}${'x \\] y\n'.repeat(n / 14)}`,
  'formulas that end at blank lines': (n) => `a\n${'\\[\n'.repeat(30)}\n`.repeat(n / 93),
  'formulas in deep lists': (n) => `${'- '.repeat(20)}\\[ a\n`.repeat(n / 45),
  'formulas between lists': (n) => '\\[\n- \\[\n'.repeat(n / 8),
  'backslashes before a dollar': (n) => `$${'\\'.repeat(n)}$`,
  'escaped dollars': (n) => `$a${'\\$'.repeat(n / 2)}`,
  'a long address': (n) => `https://a/${'a.'.repeat(n / 2)}`,
  'a long host': (n) => `https://${'a.'.repeat(n / 2)}`,
  'a long host of an address of mail': (n) => `mailto:a@${'a.'.repeat(n / 2)}`,
  'an address of brackets': (n) => `https://a/${'[(]'.repeat(n / 3)}`,
  'a long line of spaces': (n) => `# a${' '.repeat(n)}b`,
  'a title that does not end': (n) => `[a](b "${'a\n'.repeat(n / 2)}`,
  'lists of all depths': (n) =>
    Array.from({ length: n / 40 }, (_, i) => `${'  '.repeat(i % 40)}- a\n`).join(''),
  'quotations of all depths': (n) =>
    Array.from({ length: n / 40 }, (_, i) => `${'> '.repeat(i % 40)}a\n`).join(''),
};

/** Sizes that are compared: linear work takes eight times as long for the larger one, the square 64 times. */
const small = 3_000;
const large = 8 * small;
const maxRatio = 24;

/** Milliseconds below which nothing is compared: what takes less is no trouble. */
const floor = 4;

/** Milliseconds of processor time that are measured where the clock says that work grows too fast. */
const sample = 60;

function timeOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The same in processor time, which is counted in ticks of some milliseconds: over many repetitions. */
function processorTimeOf(work: () => unknown): number {
  const start = process.cpuUsage();
  for (let count = 1; ; count++) {
    work();
    const { user, system } = process.cpuUsage(start);
    const spent = (user + system) / 1000;
    if (spent > sample) return spent / count;
  }
}

/** Whether the work takes more than in proportion longer for a longer text. */
function growsTooFast(work: (text: string) => unknown, text: (length: number) => string): boolean {
  const [short, long] = [text(small), text(large)];
  const first = timeOf(() => work(long));
  if (first < floor) return false;
  const least = Math.min(
    timeOf(() => work(short)),
    timeOf(() => work(short)),
  );
  if (first < maxRatio * least) return false;
  // The clock also counts what else the machine does, so it only says where to look.
  const ratio = () => processorTimeOf(() => work(long)) / processorTimeOf(() => work(short));
  return ratio() > maxRatio && ratio() > maxRatio;
}

/** Everything that is done with the text of an answer before it is put into the page. */
const readers: Record<string, (text: string) => unknown> = {
  'an answer': (text) => new BlockSplitter(answerMarkdown).split(text),
  'an answer that grows': (text) => new BlockSplitter(answerMarkdown).grow(text),
  'a question': (text) => [userBlocks(text), linkedParts(text)],
};

describe('the time that Markdown takes', () => {
  for (const [what, read] of Object.entries(readers)) {
    it(`grows with the length of ${what}, whatever is repeated`, () => {
      const found = tokens.filter((token) => growsTooFast(read, (length) => repeated(token, length)));
      assert.deepEqual(found, []);
    }).timeout(120_000);

    it(`grows with the length of ${what}, whatever it is made of`, () => {
      const found = Object.entries(texts).filter(([, text]) => growsTooFast(read, text));
      assert.deepEqual(
        found.map(([name]) => name),
        [],
      );
    }).timeout(120_000);
  }

  it('grows with the length of an answer, whatever is put together and repeated', () => {
    const pattern = fc.array(fc.constantFrom(...tokens), { minLength: 2, maxLength: 5 });
    const check = fc.property(pattern, (parts) => {
      const text = parts.join('');
      assert.ok(!growsTooFast(readers['an answer']!, (length) => repeated(text, length)));
    });
    fc.assert(check, { numRuns: 150 });
  }).timeout(120_000);

  it('grows with the number of files and citations of an answer', () => {
    const files = (length: number) =>
      Array.from({ length: length / 30 }, (_, i) => `sandbox:/mnt/data/a b${i}.csv`).join('\n');
    const linkFiles = (text: string) => {
      const annotations = text.split('\n').map((address) => {
        const range = { start_index: 0, end_index: 0 };
        return { type: 'file_path' as const, text: address, ...range, file_path: { file_id: 'file' } };
      });
      return withFileLinks(text, writtenFiles(annotations));
    };
    assert.ok(linkFiles(files(small)).startsWith('sandbox:/mnt/data/a%20b0.csv\n'));
    assert.ok(!growsTooFast(linkFiles, files));

    const marks = (length: number) => Array.from({ length: length / 10 }, (_, i) => `【${i}:0†a】`).join('');
    const number = (text: string) => {
      const ids = Object.fromEntries([...text.matchAll(/【[^】]*】/g)].map(([mark]) => [mark, 'file']));
      return withNumbers(withoutOpenMark(text), citedPassages(citing(message('a', text), ids)));
    };
    assert.ok(number(marks(small)).startsWith('[1][2]'));
    assert.ok(!growsTooFast(number, marks));
  }).timeout(120_000);
});

/** What code of some language begins, goes on and ends with. */
const codeTokens: readonly string[] = [
  ...[
    '"',
    "'",
    '`',
    '"""',
    "'''",
    'f"{',
    '`${',
    '/*',
    '*/',
    '//',
    '#',
    '--',
    '<!--',
    '<',
    '</',
    '<a',
    '<a b=',
    '>',
  ],
  ...[
    '(',
    '()',
    ')',
    '[',
    ']',
    '{',
    '}',
    '{{',
    '${',
    '$(',
    '#{',
    '@',
    '@a',
    '\\',
    '\\begin{',
    '%',
    '&',
    '|',
    '||',
  ],
  ...[
    'a',
    'A',
    '_',
    'a_',
    'A_a',
    'a.',
    'a(',
    'a<',
    'a: ',
    'a = ',
    'a b ',
    'a\u00e9',
    '1',
    '1_',
    '.1',
    '0x',
    '1e',
  ],
  ...[
    '-',
    '+',
    '::',
    '<<A\n',
    'r#"',
    'R"(',
    '?:',
    '=>',
    '->',
    '\n',
    '    ',
    '\n  ',
    '- a: ',
    '---\n',
    '@@ ',
    'if ',
  ],
  ...[
    'class A ',
    'def a',
    'function a(',
    'public int a(',
    'template<',
    'SELECT ',
    'operator',
    '=begin\n',
    '<?php ',
  ],
  ...['<script>', '<style>'],
];

/** The languages that are highlighted. */
function highlighted(): string[] {
  const source = readFileSync(path.join(root, 'webview', 'markdown', 'highlight.ts'), 'utf8');
  return [...source.matchAll(/highlight\.js\/lib\/languages\/(\w+)/g)].map(([, name]) => name!);
}

/** The longest code that is highlighted in every language. */
const longestCode = 4_900;

/** A repeated pattern, in lines of 240 characters unless it has line breaks of its own. */
function codeOf(pattern: string): string {
  const lines = pattern.includes('\n') ? pattern : `${repeated(pattern, 240)}\n`;
  return repeated(lines, longestCode);
}

/** Milliseconds of processor time that a block of code may take: many times what any takes. */
const maxHighlighting = 1_000;

/** Whether code takes too long to be highlighted, twice: the first time includes what else the process does. */
function isSlowToHighlight(code: string, language: string): boolean {
  const time = () => {
    const start = process.cpuUsage();
    highlight(code, language, false);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  return time() > maxHighlighting && time() > maxHighlighting;
}

describe('the time that the highlighting of code takes', () => {
  it('is bounded in each block, whatever is repeated, and longer code is not highlighted', () => {
    const languages = highlighted();
    assert.ok(languages.length > 20);
    for (const language of languages) {
      assert.notEqual(highlight(codeOf('a = 1'), language, false), undefined);
      const slow = codeTokens.filter((token) => isSlowToHighlight(codeOf(token), language));
      assert.deepEqual(slow, [], language);
      assert.equal(highlight(repeated('a = 1\n', large), language, false), undefined);
    }
  }).timeout(240_000);

  it('is bounded in each block, whatever is put together and repeated', () => {
    const pattern = fc.array(fc.constantFrom(...codeTokens), { minLength: 2, maxLength: 5 });
    const check = fc.property(fc.constantFrom(...highlighted()), pattern, (language, parts) => {
      assert.ok(!isSlowToHighlight(codeOf(parts.join('')), language));
    });
    fc.assert(check, { numRuns: 300 });
  }).timeout(120_000);
});

describe('a text that takes too long to read as Markdown', () => {
  const text = `${'['.repeat(90_000)}\n\nThe **end**`;

  it('stays as it is', () => {
    assert.deepEqual(new BlockSplitter(answerMarkdown).split(text), [{ kind: 'plain', text }]);
  });

  it('keeps the blocks before it while it grows', () => {
    const splitter = new BlockSplitter(answerMarkdown);
    splitter.grow('A *start*\n\nand\n\nso');
    const [start, rest, ...others] = splitter.grow(`A *start*\n\nand\n\nso ${text}`);
    assert.equal(start?.kind, 'html');
    assert.deepEqual([rest, others], [{ kind: 'plain', text: `and\n\nso ${text}` }, []]);
    assert.equal(splitter.grow(`A *start*\n\nand\n\nso ${text} again`).length, 2);
    assert.equal(splitter.grow('Another **one**')[0]?.kind, 'html');
  });

  it('is none that people write', () => {
    const list = `${'- a *b* `c` [d](https://a.example) $x$ https://a.example/b\n'.repeat(1_600)}`;
    for (const block of new BlockSplitter(answerMarkdown).split(list)) assert.notEqual(block.kind, 'plain');
  });
});
