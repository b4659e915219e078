import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BlockSplitter, type Block } from '../../webview/markdown/blocks';
import { answerMarkdown } from '../../webview/markdown/parser';
import { linkedParts, userBlocks } from '../../webview/markdown/userText';
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
    ['before the end of a word', 'the $n$th, all $x$s, das $n$te', inline('n')],
    ['right after Chinese', '价格为$x$元', inline('x')],
    ['after a price', 'for $5, $x = 1$', inline('x = 1')],
    ['that begins with a number', 'so $2 x = 1$', inline('2 x = 1')],
    ['with signs that HTML has a use for', '$a < b$', inline('a &lt; b')],
    ['with brackets of which one is open', '$[0,1)$ and $]0,1[$', inline(']0,1[')],
    ['that begins with a brace', '${}^{14}C$', inline('{}^{14}C')],
    [
      'in an environment of LaTeX',
      '\\begin{cases}\na\n\\end{cases}',
      display('\\begin{cases}\na\n\\end{cases}'),
    ],
    [
      'in an environment with punctuation after it',
      'So\n\\begin{align*}\na\n\\end{align*}.\non',
      '>\\begin{align*}\na',
    ],
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
    ['prices of other countries', 'US$5 to US$10; 5$ and 10$'],
    ['a price before and one after', 'I have $5 and 10$ is more'],
    ['names', 'A$AP and Ke$ha'],
    ['variables of a shell', '$HOME/bin:$PATH and $HOME:$X'],
    ['two dollars that are never closed', '$$ is a lot\n\nand **more**'],
    ['an open bracket that is never closed', '\\[ is open\n\nand **more**'],
    ['escaped dollars', 'a \\$x\\$ b'],
    ['a code span', '`$x$`'],
    ['a code block', '```\n$$x$$\n```'],
    ['variables in braces', '${first}${last} and ${A}/${B}'],
    ['commands of a shell', '$(pwd)/$(date) and "$HOME" "$@"'],
    ['calls of jQuery', "$('#a').append($('<b>'))"],
    ['currencies', 'cost ($) and price ($); $/€ and £/$ rates'],
    ['ends of lines of regular expressions', '/^\\d+$/ and /^a$/; @{$x} and ^foo$'],
    ['lists of LaTeX', '\\begin{itemize}\n\\item a\n\\end{itemize}'],
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
      ['[]()', '<p dir="auto"></p>\n'],
      ['[a *b*]() c', '<p dir="auto">a <em>b</em> c</p>\n'],
      ['[a]( ) [b](https://b.example/) [c]()', '<p dir="auto">a <a href="https://b.example/">b</a> c</p>\n'],
      ['![]() ![a]()', '<p dir="auto"> a</p>\n'],
      ['- **[a]()**', '<ul dir="auto">\n<li><strong>a</strong></li>\n</ul>\n'],
    ] as const) {
      assert.equal(answerMarkdown.render(source), html);
      assert.equal(answerMarkdown.renderInline('[a]()'), 'a');
    }
  });

  it('end at Chinese punctuation, which no space follows', () => {
    for (const [source, url] of [
      ['见https://a.example/x。然后', 'https://a.example/x'],
      ['（https://a.example/x），登录', 'https://a.example/x'],
      ['“https://a.example/?a=1”', 'https://a.example/?a=1'],
    ] as const) {
      assert.ok(answerMarkdown.render(source).includes(`<a href="${url}">${url}</a>`), source);
      assert.deepEqual(
        linkedParts(source).flatMap((part) => part.url ?? []),
        [url],
      );
    }
  });

  it('lead where the link around an image leads', () => {
    const html = answerMarkdown.render(
      '[![b](https://i.example/x.svg)](https://a.example) ![i](https://i.example/y)',
    );
    assert.match(
      html,
      /<a href="https:\/\/a.example">b<\/a> <a class="image-link" href="https:\/\/i.example\/y">/,
    );
  });

  it('replace images', () => {
    const html = answerMarkdown.render('![a "plot"](https://a.example/x.png)');
    assert.match(html, /<a class="image-link" href="https:\/\/a.example\/x.png">a &quot;plot&quot;<\/a>/);
    assert.doesNotMatch(html, /<img/);
  });
});

describe('footnotes in Markdown', () => {
  const html = (source: string): string =>
    new BlockSplitter(answerMarkdown)
      .split(source)
      .map((block) => (block.kind === 'html' ? block.frame[0] + block.parts.join('') + block.frame[1] : ''))
      .join('');
  const text = (source: string): string => html(source).replace(/<[^>]*>/g, '');

  it('are numbers in the text, and a list after it, with links to and fro', () => {
    const drawn = html('One[^a], two[^note] and one[^a].\n\n[^note]: Two\n[^a]: *One*\n\n    More\n\nEnd');
    assert.match(drawn, /One<sup><a class="footnote-ref footnote-ref-1-1" href="#footnote-1">1<\/a><\/sup>/);
    assert.match(drawn, /two<sup><a class="footnote-ref footnote-ref-2-1" href="#footnote-2">2<\/a><\/sup>/);
    assert.match(drawn, /End<\/p>\n<ol class="footnotes" dir="auto">/);
    assert.match(drawn, /<li class="footnote footnote-1"><p[^>]*><em>One<\/em><\/p>\n<p[^>]*>More /);
    assert.match(drawn, /<a class="footnote-back" href="#footnote-ref-1-2">↩<\/a><\/p>\n<\/li>/);
    assert.match(drawn, /Two <a class="footnote-back" href="#footnote-ref-2-1">/);
  });

  it('are one block, after the others', () => {
    const blocks = new BlockSplitter(answerMarkdown).split('A[^1]\n\nB[^2]\n\n[^1]: one\n[^2]: two');
    assert.equal(blocks.length, 3);
  });

  it('are all shown, also those that nothing refers to or that have the label of another', () => {
    assert.match(
      text('A[^1]\n\n[^1]: first\n\n[^1]: second\n\n[^x]: third'),
      /A1\s+first ↩\s+second\s+third\s*$/,
    );
    assert.match(text('A\n\n[^x]: alone'), /A\s+alone\s*$/);
  });

  it('are text where there is no such footnote, in code, and as “^[…]”', () => {
    for (const source of ['A[^1].', '`[^1]` b\n', 'x ^[2] y', '[^ 1]: a', '[^]: a']) {
      assert.doesNotMatch(html(source), /footnote/, source);
    }
    assert.doesNotMatch(html('`[^1]`\n\n[^1]: one').replace(/<ol[^]*/, ''), /footnote/);
  });

  it('are text while the answer grows, so that no part of it is missing or moves', () => {
    const grown = new BlockSplitter(answerMarkdown).grow('A[^1].\n\n[^1]: one\n\nB');
    const drawn = grown.map((block) => (block.kind === 'html' ? block.parts.join('') : '')).join('');
    assert.match(drawn.replace(/<[^>]*>/g, ''), /A\[\^1\]\.\s+\[\^1\]: one\s+B/);
  });

  it('cannot be imitated by links', () => {
    for (const url of ['#footnote-1', '#footnote-ref-1-1', '#x']) {
      assert.doesNotMatch(answerMarkdown.render(`[x](${url}) <${url}>`), /<a /);
    }
  });

  it('are read in time that grows with the text', () => {
    for (const piece of ['[^', '[^a', '[^a]: ', '[^a]: x\n', '[^a]', '> [^a]: ', '^[', '[^a]:\n    [^b]: ']) {
      const source = `[^a]: x\n\n${piece.repeat(99_000 / piece.length)}`;
      const { user, system } = process.cpuUsage();
      new BlockSplitter(answerMarkdown).split(source);
      const used = process.cpuUsage({ user, system });
      assert.ok((used.user + used.system) / 1000 < 5_000, `${piece}: ${used.user / 1000} ms`);
    }
  });
});

describe('emphasis in Markdown', () => {
  const strong: [string, string][] = [
    ['**注意：**请', '<strong>注意：</strong>请'],
    ['这是**“重点”**内容', '这是<strong>“重点”</strong>内容'],
    ['한국어**(굵게)**는', '한국어<strong>(굵게)</strong>는'],
    ['**テスト。**テスト~~「a」~~と', '<strong>テスト。</strong>テスト<s>「a」</s>と'],
  ];
  for (const [source, expected] of strong) {
    it(`needs no spaces in “${source}”`, () => {
      assert.ok(answerMarkdown.renderInline(source).includes(expected), answerMarkdown.renderInline(source));
    });
  }

  it('is as it was beside other letters, and with underscores', () => {
    for (const source of ['**Note:**text', '__注意：__请']) {
      assert.doesNotMatch(answerMarkdown.renderInline(source), /<strong>/, source);
    }
  });
});

describe('a table in Markdown', () => {
  const cells = (source: string): string[] =>
    [...answerMarkdown.render(source).matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell = '']) =>
      cell.replace(/<[^>]*>/g, ''),
    );
  const head = '| a | b |\n| - | - |\n';

  it('has pipes in code and in formulas that separate no cells', () => {
    assert.deepEqual(cells(`${head}| \`x|y\` | 1 |\n| $|x|$ | \`||\` |`), [
      'a',
      'b',
      'x|y',
      '1',
      '|x|',
      '||',
    ]);
    assert.deepEqual(cells('| \\(a|b\\) | x |\n|-|-|\n| 1 | 2 |'), ['a|b', 'x', '1', '2']);
    assert.deepEqual(cells(`- x\n\n  | a | b |\n  |-|-|\n  | \`x|y\` | 1 |`), ['a', 'b', 'x|y', '1']);
  });

  it('has cells as before where they fit', () => {
    assert.deepEqual(cells(`${head}| \` | \` |\n| $1 | $2 |\n| \`x\\|y\` | |`), [
      'a',
      'b',
      '`',
      '`',
      '$1',
      '$2',
      'x|y',
      '',
    ]);
  });
});

describe('code between fences', () => {
  for (const [info, language, file] of [
    ['python', 'python', ''],
    ['python:src/main.py', 'python', 'src/main.py'],
    ['python:src/main.py:12', 'python', 'src/main.py'],
    ['python:src\\main.py', 'python', 'src\\main.py'],
    ['js {1,3} title="a.js"', 'js', 'a.js'],
    ["ts filename='my notes/a b.ts'", 'ts', 'my notes/a b.ts'],
    ['src/main.py', 'py', 'src/main.py'],
    ['12:15:src/main.py', 'py', 'src/main.py'],
    ['js:1-3', 'js', ''],
    ['{r}', 'r', ''],
    ['{.python .numberLines}', 'python', ''],
    ['{python, echo=FALSE}', 'python', ''],
    ['text/html', 'text/html', ''],
    ['http://a.example/b.js', 'http', ''],
    ['c++', 'c++', ''],
    ['', '', ''],
  ] as const) {
    it(`is in ${language || 'no language'}${file && `, for ${file},`} after “${info}”`, () => {
      const [block] = new BlockSplitter(answerMarkdown).split(`\`\`\`${info}\n1\n\`\`\``);
      assert.deepEqual(block, { kind: 'code', code: '1', language, file, open: false });
      assert.deepEqual(userBlocks(`\`\`\`${info}\n1\n\`\`\``), [block]);
    });
  }
});

describe('a text by the user', () => {
  const text = (content: string) => ({ kind: 'text', text: content });
  const code = (content: string, language = '') => ({
    ...{ kind: 'code', code: content, language, file: '', open: false },
  });

  const cases: [string, string, object[]][] = [
    ['has no Markdown', '# a\n__init__\n    a*b*c\n\n\n- $x$', [text('# a\n__init__\n    a*b*c\n\n\n- $x$')]],
    ['has code between fences', 'a\n```js\n1\n\n2\n```\nb', [text('a'), code('1\n\n2', 'js'), text('b')]],
    ['has code between tildes', '~~~\n```\n~~~', [code('```')]],
    ['has longer fences around shorter ones', '````md\n```\n````', [code('```', 'md')]],
    ['has code whose fence is not closed', 'a\n```\n1', [text('a'), code('1')]],
    ['has no fence in a line with code', 'a\n``` x ``` y', [text('a\n``` x ``` y')]],
    ['may have line ends of Windows', 'a\r\n```\r\n1\r\n```', [text('a'), code('1')]],
  ];
  for (const [what, source, blocks] of cases) {
    it(what, () => assert.deepEqual(userBlocks(source), blocks));
  }

  it('has links of bare URLs alone', () => {
    const url = 'https://a.example/b?c=%2B';
    assert.deepEqual(linkedParts(`see ${url}, main.py and sandbox:/mnt/data/x`), [
      { text: 'see ' },
      { text: url, url },
      { text: ', main.py and sandbox:/mnt/data/x' },
    ]);
  });
});

describe('HTML in Markdown', () => {
  it('is text', () => {
    const html = answerMarkdown.render('<b onclick="x">a</b>\n\n<script>x</script>');
    assert.doesNotMatch(html, /<b|<script/);
  });

  const drawn: [string, string, RegExp][] = [
    ['line breaks', '| a |\n| - |\n| one<br>two<br/>three<BR /> |', /one<br>two<br>three<br>/],
    ['indices', 'H<sub>2</sub>O and x<sup>*2*</sup>', /H<sub>2<\/sub>O and x<sup><em>2<\/em><\/sup>/],
    ['keys', 'Press <kbd>Ctrl</kbd>+<kbd>C</kbd>', /<kbd>Ctrl<\/kbd>\+<kbd>C<\/kbd>/],
    [
      'emphasis',
      '<b>a</b> <I>b</I> <strong>c</strong>',
      /<strong>a<\/strong> <em>b<\/em> <strong>c<\/strong>/,
    ],
  ];
  for (const [what, source, expected] of drawn) {
    it(`is drawn where it is ${what}`, () => assert.match(answerMarkdown.render(source), expected));
  }

  const text: [string, string][] = [
    ['has attributes', '<sub onclick="x">a</sub>'],
    ['is not closed', 'a <sub> b'],
    ['was not opened', 'a </sub> b'],
    ['is closed in another order', '<sub>a</sup>'],
  ];
  for (const [what, source] of text) {
    it(`is text where it ${what}`, () => assert.doesNotMatch(answerMarkdown.render(source), /<su|<\/su/));
  }

  const details: [string, string, RegExp][] = [
    [
      'with Markdown inside',
      '<details>\n<summary>More *here*</summary>\n\n- a\n- b\n\n```js\n1\n```\n</details>\n\nend',
      /^<details dir="auto">\n<summary>More <em>here<\/em><\/summary>\n<ul>[^]*<pre>[^]*<\/details>\n?<p dir="auto">end/,
    ],
    [
      'on one line',
      '<details><summary>S</summary>text</details>',
      /<summary>S<\/summary>\n<p>text<\/p>\n<\/details>/,
    ],
    ['that is open', '<details open>\n<summary>S</summary>\nx\n</details>', /<details open="" dir="auto">/],
    [
      'within another',
      '<details>\n<summary>A</summary>\n<details>\n<summary>B</summary>\nb\n</details>\n</details>\nend',
      /<summary>A<\/summary>\n<details>\n<summary>B<\/summary>\n<p>b<\/p>\n<\/details>\n<\/details>\n<p dir="auto">end/,
    ],
    [
      'that is not closed yet',
      '<details>\n<summary>S</summary>\nx',
      /<summary>S<\/summary>\n<p>x<\/p>\n<\/details>/,
    ],
    ['without a summary', '<details>\nx\n</details>', /<summary>Details<\/summary>\n<p>x/],
  ];
  for (const [what, source, expected] of details) {
    it(`has a part that folds, ${what}`, () => assert.match(answerMarkdown.render(source), expected));
  }

  it('has parts that fold only so deep', () => {
    const html = answerMarkdown.render('<details>\n'.repeat(5000));
    assert.ok(html.split('<details').length < 10);
  });
});

describe('a task list', () => {
  it('has boxes', () => {
    const html = answerMarkdown.render('- [ ] open\n- [x] done\n- [a] none\n\n1. [X] loose\n\n2. b');
    assert.equal(html.match(/class="task"/g)?.length, 3);
    assert.match(html, /☐ open[^]*☑ done[^]*\[a\] none[^]*☑ loose/);
  });
});

describe('the direction of text', () => {
  it('is that of each block', () => {
    const html = answerMarkdown.render('# a\n\nb\n\n- c\n\n  d\n\n> e\n\n| f |\n| - |\n| g |');
    const directed = [...html.matchAll(/<(\w+)[^>]* dir="auto"/g)].map(([, name]) => name);
    assert.deepEqual(directed, ['h1', 'p', 'ul', 'blockquote', 'table', 'th', 'td']);
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
    ...['\\begin{align}\n', '\\end{align}\n', '| `a|b` | c |\n'],
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
    assert.deepEqual(block, { kind: 'code', code: 'print(1)', language: 'python', file: '', open: true });
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
