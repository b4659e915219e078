import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlockSplitter, type Block } from '../../webview/markdown/blocks';
import { answerMarkdown, userMarkdown } from '../../webview/markdown/parser';
import { codeAnswer, mathAnswer } from './samples';

describe('mathematics in Markdown', () => {
  const inline = (tex: string) => `<span class="math-inline">${tex}</span>`;
  const display = (tex: string) => `<span class="math-display">${tex}</span>`;

  const found: [string, string, string][] = [
    ['between dollars', 'so $x = 1$.', inline('x = 1')],
    ['between round brackets', 'so \\(x = 1\\).', inline('x = 1')],
    ['between two dollars on lines of their own', '$$\nx = 1\n$$', display('x = 1')],
    ['between square brackets on lines of their own', '\\[\nx = 1\n\\]', display('x = 1')],
    ['between two dollars on one line', '$$x = 1$$', display('x = 1')],
    ['between two dollars in a sentence', 'so $$x = 1$$ and on', display('x = 1')],
    ['between square brackets in a sentence', 'so \\[x = 1\\] and on', display('x = 1')],
    ['before a full stop', '\\[\nx = 1\n\\].', display('x = 1')],
    ['right after a paragraph', 'We get\n\\[\nx = 1\n\\]\nand on', display('x = 1')],
    ['in a list', '1. So\n   \\[\n   x = 1\n   \\]\n2. on', display('x = 1')],
    ['with signs that Markdown has a use for', '$a_1 * b_2 * c_3$', inline('a_1 * b_2 * c_3')],
    ['with signs that HTML has a use for', '$a < b$', inline('a &lt; b')],
  ];
  for (const [where, source, expected] of found) {
    it(`is found ${where}`, () => {
      const html = answerMarkdown.render(source);
      assert.ok(html.includes(expected), html);
    });
  }

  it('does not consume the text after it', () => {
    const html = answerMarkdown.render('\\[\nx = 1\n\\].\n\nThe **end**');
    assert.ok(html.includes('<strong>end</strong>'), html);
  });

  const text: [string, string][] = [
    ['prices', 'It costs $5 and $6'],
    ['a price with a range', 'between $10-$20'],
    ['two dollars that are never closed', '$$ is a lot\n\nand **more**'],
    ['an open bracket that is never closed', '\\[ is open\n\nand **more**'],
    ['escaped dollars', 'a \\$x\\$ b'],
    ['a code span', '`$x$`'],
    ['a code block', '```\n$$x$$\n```'],
  ];
  for (const [what, source] of text) {
    it(`is not found in ${what}`, () => {
      assert.doesNotMatch(answerMarkdown.render(source), /math-/);
    });
  }
});

describe('links in Markdown', () => {
  it('lead to https, http and mailto addresses', () => {
    for (const url of ['https://a.example/', 'http://a.example/', 'mailto:a@a.example']) {
      assert.match(answerMarkdown.render(`[x](${url})`), /<a href=/);
    }
  });

  const refused = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'command:workbench.action.quit',
    'vscode://file/etc/passwd',
    'file:///etc/passwd',
    'data:text/html,<b>x</b>',
    'vbscript:x',
    '//a.example/x',
    'relative.md',
    '#anchor',
  ];
  for (const url of refused) {
    it(`are text if they lead to ${url}`, () => {
      assert.doesNotMatch(answerMarkdown.render(`[x](${url}) <${url}> ![x](${url})`), /<a |<img/);
    });
  }

  it('are made of bare addresses, not of file names', () => {
    assert.match(answerMarkdown.render('see https://a.example/x'), /<a href="https:\/\/a.example\/x"/);
    assert.doesNotMatch(answerMarkdown.render('run main.py with setup.sh'), /<a /);
  });

  it('are text if they lead nowhere', () => {
    for (const [source, html] of [
      ['[]()', '<p></p>\n'],
      ['[a *b*]() c', '<p>a <em>b</em> c</p>\n'],
      ['[a]( ) [b](https://b.example/) [c]()', '<p>a <a href="https://b.example/">b</a> c</p>\n'],
      ['![]() ![a]()', '<p> a</p>\n'],
      ['- **[a]()**', '<ul>\n<li><strong>a</strong></li>\n</ul>\n'],
    ] as const) {
      assert.equal(answerMarkdown.render(source), html);
      assert.equal(answerMarkdown.renderInline('[a]()'), 'a');
    }
  });

  it('replace images', () => {
    const html = answerMarkdown.render('![a "plot"](https://a.example/x.png)');
    assert.match(html, /<a class="image-link" href="https:\/\/a.example\/x.png">a &quot;plot&quot;<\/a>/);
    assert.doesNotMatch(html, /<img/);
  });
});

describe('a message of the user', () => {
  it('keeps its line breaks', () => {
    assert.match(userMarkdown.render('a\nb'), /a<br>\s*b/);
  });
});

describe('HTML in Markdown', () => {
  it('is text', () => {
    const html = answerMarkdown.render('<b onclick="x">a</b>\n\n<script>x</script>');
    assert.doesNotMatch(html, /<b|<script/);
  });
});

describe('the blocks of a text that grows', () => {
  const pieces = [
    ...[
      'para ',
      'word\n',
      '\n',
      '# Head\n',
      '- item\n',
      '  nested\n',
      '1. one\n',
      '> quote\n',
      '---\n',
      '===\n',
    ],
    ...[
      '```js\n',
      'code()\n',
      '```\n',
      '    indented\n',
      '| a | b |\n',
      '| - | - |\n',
      '$$x$$',
      '$$\n',
      '\\[',
      '\\]\n',
    ],
    ...['*', '**bold**', '`', '$a$', '[l](https://a.b)', '<https://a.b>', '\r\n', '\t', '~~~\n', 'e = mc\n'],
  ];
  const source = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((list) => list.join(''));

  it('are in the end those of the whole text', () => {
    fc.assert(
      fc.property(source, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (text, steps) => {
        assert.deepEqual(grown(text, steps), complete(text));
      }),
      { numRuns: 2000 },
    );
  });

  for (const [name, text] of Object.entries({ mathAnswer, codeAnswer })) {
    it(`are in the end those of the whole text, letter by letter (${name})`, () => {
      assert.deepEqual(grown(text, [1]), complete(text));
    });
  }

  it('stay the same objects once they are finished', () => {
    const splitter = new BlockSplitter(answerMarkdown);
    const [first] = splitter.grow('one\n\ntwo\n');
    const [again] = splitter.grow('one\n\ntwo\nthree\n\nfour');
    assert.equal(again, first);
  });

  it('are parsed again when the text is another one', () => {
    const splitter = new BlockSplitter(answerMarkdown);
    splitter.grow('one\n\ntwo\n');
    assert.equal(splitter.grow('three').length, 1);
  });

  it('wait for the end of a formula', () => {
    const blocks = new BlockSplitter(answerMarkdown).grow('so\n\n$$\nx = \\frac{1');
    const last = blocks.at(-1);
    assert.ok(last?.kind === 'html' && last.parts.join('').includes('math-pending'));
  });

  it('say that the last code block is open', () => {
    const [block] = new BlockSplitter(answerMarkdown).grow('```python\nprint(1)');
    assert.deepEqual(block, { kind: 'code', code: 'print(1)', language: 'python', open: true });
  });

  /** The final blocks of a text streamed in pieces of these lengths, without what only streaming adds. */
  function grown(text: string, steps: number[]): Block[] {
    const splitter = new BlockSplitter(answerMarkdown);
    let blocks: Block[] = [];
    for (let end = 0, turn = 0; end < text.length; turn++) {
      end += steps[turn % steps.length] ?? 1;
      blocks = splitter.grow(text.slice(0, end));
    }
    return closed(blocks);
  }

  function complete(text: string): Block[] {
    return closed(new BlockSplitter(answerMarkdown).grow(text));
  }

  function closed(blocks: Block[]): Block[] {
    return blocks.map((block) => (block.kind === 'code' ? { ...block, open: false } : block));
  }
});

describe('hostile Markdown', () => {
  const sources: Record<string, string> = {
    'open brackets': '['.repeat(20_000),
    'nested quotations': '>'.repeat(5_000),
    'emphasis that is never closed': '*a_'.repeat(10_000),
    'backticks of growing length': Array.from({ length: 300 }, (_, n) => '`'.repeat(n)).join(' '),
    'open formulas': '\\('.repeat(10_000),
    'dollars that are never closed': '$a '.repeat(10_000),
    'double dollars that are never closed': '$$ a\n\n'.repeat(3_000),
    'nested lists': Array.from({ length: 300 }, (_, n) => `${' '.repeat(n * 2)}- x`).join('\n'),
  };
  for (const [what, source] of Object.entries(sources)) {
    it(`of ${what} is parsed to its end`, function () {
      this.timeout(10_000);
      assert.ok(new BlockSplitter(answerMarkdown).split(source).length > 0);
    });
  }
});
