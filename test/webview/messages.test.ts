import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Message } from 'openai/resources/beta/threads/messages';
import { codeAnswer, growing, mathAnswer, message, question, threadId } from './samples';
import { freshPanel, hasFocus, show } from './suite';

describe('a message', () => {
  const panel = freshPanel();
  const articles = () => panel().page.getByRole('article');

  it('names its author: the user, the assistant, a deleted assistant', async () => {
    await show(panel(), [
      question('a', 'Hi'),
      message('b', 'Hello'),
      message('c', 'Old', { assistant_id: 'asst_deleted' }),
    ]);
    const authors = await panel().page.locator('.message-author').allInnerTexts();
    assert.deepEqual(authors, ['You', 'Math Tutor', 'Assistant']);
  });

  it('shows when it was written', async () => {
    await show(panel(), [message('a', 'Hello', { created_at: Date.UTC(2024, 4, 6, 7, 8) / 1000 })]);
    const time = articles().first().locator('time');
    assert.equal(await time.getAttribute('datetime'), '2024-05-06T07:08:00.000Z');
    assert.match((await time.getAttribute('title')) ?? '', /May 6, 2024/);
  });

  it('is replaced and added as the host says', async () => {
    await show(panel(), [question('a', 'one'), message('b', 'two')]);
    await panel().receive(
      { type: 'message', threadId, message: message('b', 'changed') },
      { type: 'message', threadId, message: message('c', 'three') },
    );
    assert.deepEqual(await panel().page.locator('.message-body').allInnerTexts(), [
      'one',
      'changed',
      'three',
    ]);
  });

  it('can be copied as it was written, and shown as JSON', async () => {
    await show(panel(), [message('a', 'Some **bold** words')]);
    await articles().first().hover();
    await articles().getByRole('button', { name: 'Copy Message' }).click();
    assert.equal((await panel().waitFor('copy')).text, 'Some **bold** words');
    await articles().getByRole('button', { name: 'Show Message JSON' }).click();
    assert.equal((await panel().waitFor('showMessageJson')).messageId, 'a');
  });

  it('of a model opens what was sent to it, and none of the user does', async () => {
    await show(panel(), [question('a', 'Why?'), message('b', 'Because.')]);
    const buttons = articles().getByRole('button', { name: 'Show Model Request' });
    assert.equal(await buttons.count(), 1);
    await articles().last().hover();
    await buttons.click();
    assert.equal((await panel().waitFor('showMessageRequest')).messageId, 'b');
  });

  type Reason = NonNullable<Message['incomplete_details']>['reason'];
  const reasons: [Reason, RegExp][] = [
    ['max_tokens', /token limit/],
    ['content_filter', /content filter/],
    ['run_cancelled', /run was stopped/],
    ['run_failed', /run failed/],
    ['run_expired', /run expired/],
  ];
  it('that is incomplete says why', async () => {
    for (const [reason, words] of reasons) {
      const half = message('a', 'Half of', { status: 'incomplete', incomplete_details: { reason } });
      await show(panel(), [half]);
      assert.match(await articles().first().innerText(), words);
    }
  });

  it('marks a refusal as one', async () => {
    await show(panel(), [message('a', '', { content: [{ type: 'refusal', refusal: 'I cannot do that.' }] })]);
    assert.match(await articles().first().innerText(), /declined to answer:\s+I cannot do that\./);
  });

  it('links to an image on the web without loading it', async () => {
    const url = 'https://pictures.example/cat.png';
    const hostile = 'javascript:alert(1)';
    await show(panel(), [
      message('a', '', {
        content: [
          { type: 'image_url', image_url: { url } },
          { type: 'image_url', image_url: { url: hostile } },
        ],
      }),
    ]);
    assert.ok(await panel().page.getByText(`Image: ${hostile}`).isVisible());
    await panel().page.getByText(`Image: ${url}`).click();
    assert.equal((await panel().waitFor('openLink')).url, url);
  });

  it('of the user is shown as it was written, with its code and links', async () => {
    const text = '# comment\n__init__\n    a*b*c  $x$\n\nhttps://a.example/?q=%2B';
    await show(panel(), [question('a', `${text}\n\`\`\`python\nprint(1)\n\`\`\``)]);
    assert.equal(await panel().page.locator('.markdown-plain').textContent(), text);
    assert.equal(await panel().page.locator('pre .hljs-built_in').textContent(), 'print');
    await panel().page.getByRole('link').click();
    assert.equal((await panel().waitFor('openLink')).url, 'https://a.example/?q=%2B');
  });

  it('without anything in it says so, and only then', async () => {
    await show(panel(), [message('a', 'x', { content: [] }), message('b', ' '), message('c', 'x')]);
    assert.equal(await panel().page.getByText('This message is empty.').count(), 2);
    await panel().page.getByRole('article').nth(1).getByText('Retry').click();
    const { messageId, choose } = await panel().waitFor('regenerate');
    assert.deepEqual([messageId, choose], ['b', false]);
    await show(panel(), [question('a', ' ')]);
    await panel().page.getByText('This message is empty.').waitFor();
    assert.equal(await panel().page.getByText('Retry').count(), 0);
  });

  it('of the user keeps its line breaks', async () => {
    await show(panel(), [question('a', 'one\ntwo')]);
    assert.equal(await panel().page.locator('.message-body').innerText(), 'one\ntwo');
  });

  it('of a quarter of a million letters is shown', async () => {
    await show(panel(), [question('a', 'word '.repeat(50_000))]);
    assert.equal((await panel().page.locator('.markdown-plain').textContent())?.length, 250_000);
  });
});

describe('an answer', () => {
  const panel = freshPanel({ width: 600 });

  it('runs from right to left where it is Arabic or Hebrew', async () => {
    const text = 'left\n\nمرحبا a\n\n- עולם\n\n> a\n\n| a | מה |\n| - | - |';
    await show(panel(), [question('q', 'one\nשלום'), message('a', text)]);
    const blocks = panel().page.locator('[data-id="a"] .markdown-block > *');
    const directions = await blocks.evaluateAll((all) => all.map((one) => getComputedStyle(one).direction));
    assert.deepEqual(directions, ['ltr', 'rtl', 'rtl', 'ltr', 'ltr']);
    const cells = panel().page.locator('th');
    assert.deepEqual(await cells.evaluateAll((all) => all.map((one) => getComputedStyle(one).direction)), [
      'ltr',
      'rtl',
    ]);
    const plain = panel().page.locator('.markdown-plain');
    assert.equal(await plain.evaluate((one) => getComputedStyle(one).unicodeBidi), 'plaintext');
  });

  it('shows mathematics', async () => {
    await show(panel(), [message('a', mathAnswer)]);
    assert.equal(await panel().page.locator('.math-display .katex-display').count(), 2);
    assert.equal(await panel().page.locator('.math-inline .katex').count(), 7);
    const formula = await panel().page.locator('.katex-display').first().boundingBox();
    assert.ok((formula?.height ?? 0) > 30, 'A fraction is higher than a line.');
    const loaded = await panel().page.evaluate(async () =>
      [...(await document.fonts.ready)]
        .filter(({ status }) => status === 'loaded')
        .map(({ family }) => family),
    );
    assert.ok(
      loaded.some((family) => family.includes('KaTeX')),
      loaded.join(),
    );
  });

  it('gives mathematics to a screen reader as mathematics', async () => {
    await show(panel(), [message('a', 'so $x = 1$')]);
    assert.equal(await panel().page.locator('.katex math').count(), 1);
  });

  it('shows TeX that is wrong as it was written', async () => {
    await show(panel(), [message('a', 'so $\\frac{1$ and $\\nonsense{2}$ and **on**')]);
    const text = await panel().page.locator('.message-body').innerText();
    assert.equal(text, 'so $\\frac{1$ and $\\nonsense{2}$ and on');
  });

  it('does not let TeX overflow, link or style', async () => {
    const bomb = '\\def\\a{\\a\\a}\\a';
    const link = '\\href{javascript:alert(1)}{x}';
    const style = '\\htmlStyle{position:fixed}{x}';
    const huge = '\\rule{1000em}{1000em}';
    await show(panel(), [message('a', `$${bomb}$ $${link}$ $${style}$ $${huge}$`)]);
    assert.equal(await panel().page.locator('.message-body a').count(), 0);
    assert.ok(((await panel().page.locator('.message').boundingBox())?.height ?? 0) < 700);
  });

  it('renders the styles and lines of KaTeX', async () => {
    await show(panel(), [
      message(
        'a',
        '$$\\vec{v} \\sqrt{x} \\fcolorbox{red}{blue}{y} \\pmb{z} \\overbrace{a+b} \\begin{pmatrix}1\\\\2\\end{pmatrix}$$',
      ),
    ]);
    assert.equal(await panel().page.locator('.math-source').count(), 0);
    const width = await panel()
      .page.locator('.katex svg')
      .first()
      .evaluate((svg) => svg.getBoundingClientRect().width);
    assert.ok(width > 0);
  });

  it('colours code and names its language, inside lists too', async () => {
    await show(panel(), [message('a', codeAnswer)]);
    const blocks = panel().page.locator('.code-block');
    assert.deepEqual(await blocks.locator('.code-block-language').allInnerTexts(), ['Python', 'Bash']);
    const keywords = await blocks.first().locator('.hljs-keyword').allInnerTexts();
    assert.deepEqual(keywords, ['def', 'while', 'return']);
    assert.ok((await blocks.last().locator('.hljs-string').count()) > 0);
  });

  it('offers to copy, insert, apply and open code', async () => {
    await show(panel(), [message('a', 'So:\n\n```py\nprint(1)\n\n\nprint(2)\n```\n')]);
    const code = 'print(1)\n\n\nprint(2)';
    const block = panel().page.locator('.code-block');
    await block.getByRole('button', { name: 'Copy' }).click();
    assert.equal((await panel().waitFor('copy')).text, code);
    assert.ok(await block.getByRole('button', { name: 'Copied' }).isVisible());
    await block.getByRole('button', { name: 'Insert at Cursor' }).click();
    assert.equal((await panel().waitFor('insertCode')).code, code);
    await block.getByRole('button', { name: 'Apply to File…' }).click();
    const applied = await panel().waitFor('applyCode');
    assert.deepEqual(applied, { type: 'applyCode', code, language: 'python', file: undefined });
    await block.getByRole('button', { name: 'New File' }).click();
    assert.deepEqual(await panel().waitFor('openCode'), { type: 'openCode', code, language: 'python' });
  });

  it('names the file at a fence, and applies the code to it, inside lists too', async () => {
    const fenced = '```python:src/main.py\nprint(1)\n```';
    await show(panel(), [message('a', `${fenced}\n\n- So:\n\n  ${fenced.replaceAll('\n', '\n  ')}`)]);
    const blocks = panel().page.locator('.code-block');
    for (const [index, block] of (await blocks.all()).entries()) {
      assert.equal(await block.locator('.code-block-language').innerText(), 'Python · src/main.py');
      await block.getByRole('button', { name: 'Apply to File…' }).press('Enter');
      const { code, file } = await panel().waitFor('applyCode', index + 1);
      assert.deepEqual([code, file], ['print(1)', 'src/main.py']);
    }
  });

  it('colours code in languages beyond the common ones, and names them, once they have come', async () => {
    const codes: [string, string, string][] = [
      ['dockerfile', 'Dockerfile', 'FROM node:24\nRUN npm ci'],
      ['powershell', 'PowerShell', 'if ($x) { Get-Item a }'],
      ['toml', 'toml', '[a]\nb = 1'],
      ['ini', 'ini', '[a]\nb = 1'],
      ['makefile', 'Makefile', 'all: a\n\techo $(x)'],
      ['lua', 'Lua', 'local x = 1'],
      ['perl', 'Perl', 'my $x = 1;'],
      ['scala', 'Scala', 'val x = 1'],
      ['haskell', 'Haskell', 'module A where'],
      ['dart', 'Dart', 'final x = 1;'],
      ['graphql', 'GraphQL', 'query { a }'],
      ['objective-c', 'Objective-C', '@interface A'],
      ['elixir', 'Elixir', 'def a do 1 end'],
      ['vue', 'vue', '<p>x</p>'],
      ['shell', 'Bash', 'echo "x"'],
    ];
    const text = codes.map(([name, , code]) => `\`\`\`${name}\n${code}\n\`\`\``).join('\n\n');
    await show(panel(), [message('a', text)]);
    const blocks = panel().page.locator('.code-block');
    for (const [index, [, label, code]] of codes.entries()) {
      const block = blocks.nth(index);
      await block.locator('.code-block-language', { hasText: label }).waitFor();
      await block.locator('code [class^="hljs-"]').first().waitFor();
      assert.equal(await block.locator('code').innerText(), code);
    }
    const loaded = await panel().page.locator('script[src$="/languages.js"]').count();
    assert.equal(loaded, 1);
  });

  it('loads no more languages for the common ones, and for text', async () => {
    const names = ['python', 'ts', 'bash', 'text', 'plaintext', ''];
    const text = names.map((name) => `\`\`\`${name}\nx = 1\n\`\`\``).join('\n\n');
    await show(panel(), [message('a', text)]);
    await panel().page.locator('.hljs-number').first().waitFor();
    assert.equal(await panel().page.locator('script[src$="/languages.js"]').count(), 0);
  });

  it('shows code of no language, and of one it does not know, as it is', async () => {
    await show(panel(), [message('a', '```\n<b>&amp;\n```\n\n```brainfuck\n+[-]\n```')]);
    const blocks = panel().page.locator('.code-block');
    assert.deepEqual(await blocks.locator('.code-block-language').allInnerTexts(), ['Text', 'brainfuck']);
    assert.deepEqual(await blocks.locator('code').allInnerTexts(), ['<b>&amp;', '+[-]']);
  });

  it('aligns the columns of a table', async () => {
    await show(panel(), [message('a', '| a | b |\n| :-: | --: |\n| 1 | 2 |')]);
    const cells = panel().page.locator('td');
    const alignOf = (index: number) => cells.nth(index).evaluate((cell) => getComputedStyle(cell).textAlign);
    assert.deepEqual([await alignOf(0), await alignOf(1)], ['center', 'end']);
  });

  it('numbers a list from its first number', async () => {
    await show(panel(), [message('a', '3. three\n4. four')]);
    assert.equal(await panel().page.locator('ol').getAttribute('start'), '3');
  });

  it('leads from a footnote’s number to its text and back, within its own message', async () => {
    const text = 'A claim[^1].\n\n[^1]: Its source.';
    await show(panel(), [message('a', text), message('b', text)]);
    const second = panel().page.locator('.message').nth(1);
    const link = second.getByRole('link', { name: 'Footnote 1' });
    await link.press('Enter');
    await hasFocus(second.locator('.footnote'));
    await panel().page.keyboard.press('Tab');
    await hasFocus(second.getByRole('link', { name: 'Back to the text' }));
    await panel().page.keyboard.press('Enter');
    await hasFocus(link);
    assert.deepEqual(await panel().postedOf('openLink'), []);
  });

  it('asks VS Code to open links exactly as they are written', async () => {
    const url = 'https://a.example/a%2Fb/c%2Bd?q=1%2B1%3D2&r=x+y%23z%26#part%2F2';
    await show(panel(), [message('a', `[first](${url}) ${url}`)]);
    await panel().page.getByRole('link').first().click();
    await panel().page.getByRole('link').nth(1).click();
    await panel().waitFor('openLink', 2);
    const urls = (await panel().postedOf('openLink')).map((posted) => posted.url);
    assert.deepEqual(urls, [url, url]);
  });

  it('asks VS Code to open a link, and stays where it is', async () => {
    await show(panel(), [message('a', 'see [this](https://a.example/x?y=1&z=2)')]);
    const before = panel().page.url();
    const link = panel().page.getByRole('link', { name: 'this' });
    assert.equal(await link.getAttribute('title'), 'https://a.example/x?y=1&z=2');
    for (const button of ['left', 'middle'] as const) await link.click({ button });
    await link.focus();
    await panel().page.keyboard.press('Enter');
    await panel().waitFor('openLink', 3);
    const urls = (await panel().postedOf('openLink')).map(({ url }) => url);
    assert.deepEqual(
      urls,
      Array.from({ length: 3 }, () => 'https://a.example/x?y=1&z=2'),
    );
    assert.equal(panel().page.url(), before);
    assert.equal(panel().page.context().pages().length, 1);
  });
});

describe('a hostile answer', () => {
  const panel = freshPanel();
  let requests: string[] = [];
  let origin = '';
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.end();
  });

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => (requests = []));
  after(() => new Promise((resolve) => server.close(resolve)));

  const attacks: [string, (home: string) => string][] = [
    ['a script', (home) => `<script src="${home}/s.js"></script><script>globalThis.hacked = true</script>`],
    ['an image that phones home', (home) => `![plot](${home}/i.png) <img src="${home}/j.png">`],
    ['an image that runs a script', () => '<img src=x onerror="globalThis.hacked = true">'],
    ['frames and objects', (home) => `<iframe src="${home}/f"></iframe><object data="${home}/o"></object>`],
    [
      'styles',
      (home) => `<style>@import "${home}/c.css"</style><p style="background:url(${home}/b.png)">x</p>`,
    ],
    [
      'a form',
      (home) => `<form action="${home}/p"><button autofocus onfocus="hacked=true">x</button></form>`,
    ],
    [
      'links that run',
      () => '[a](javascript:hacked=true) [b](command:x) [c](data:text/html,x) <javascript:x>',
    ],
    ['a link title that breaks out', () => '[a](https://a.example "x\\" onmouseover=\\"hacked=true")'],
    ['an SVG', () => '<svg onload="globalThis.hacked = true"><a xlink:href="javascript:x">x</a></svg>'],
    [
      'HTML at a fence',
      () => '```"><img src=x onerror=hacked=true>\n</code></pre><script>hacked=true</script>\n```',
    ],
    [
      'HTML in a formula',
      (home) => `$<img src="${home}/m.png">$ $\\includegraphics{${home}/n.png}$ $\\url{${home}}$`,
    ],
    ['HTML in a table', (home) => `| <img src="${home}/t.png"> |\n| :-: |\n| ![x](${home}/u.png) |`],
    [
      'a link that is looked up ahead',
      (home) => `<link rel="prefetch" href="${home}/l"> <meta http-equiv="refresh" content="0;${home}">`,
    ],
  ];
  for (const [what, source] of attacks) {
    it(`with ${what} is only shown`, async () => {
      const text = `before\n\n${source(origin)}\n\nafter`;
      await show(panel(), [growing('a'), question('q', text)]);
      await panel().receive({ type: 'delta', threadId, messageId: 'a', contentIndex: 0, text });
      await panel().receive({ type: 'message', threadId, message: message('b', text) });
      await panel().page.locator('.message').last().getByText('after').waitFor();
      const found = await panel().page.evaluate(() => {
        const all = [...document.querySelectorAll('.message-body *')];
        const dangerous = 'script, img, iframe, object, embed, style, link, meta, form, input, base';
        return {
          hacked: 'hacked' in globalThis,
          elements: all.filter((element) => element.matches(dangerous)).length,
          handlers: all.filter(({ attributes }) => [...attributes].some(({ name }) => name.startsWith('on')))
            .length,
          links: all.filter((element) => element.matches('a:not([href^="http"])')).length,
        };
      });
      assert.deepEqual(found, { hacked: false, elements: 0, handlers: 0, links: 0 });
      assert.deepEqual(requests, []);
    });
  }
});

describe('a formula at the end of a line', () => {
  const panel = freshPanel();

  it('keeps the punctuation after it on its line, at every width', async () => {
    const text =
      '我们把方程的两边同时减去一个数，于是得到 $x = 1$。这就是答案 $y = 2$，对吗？ So it is $z = 3$.';
    await show(panel(), [question('msg_1', '你好'), message('msg_2', text)]);
    const { page } = panel();
    await page.locator('.math-stop').nth(2).waitFor();
    await page.locator('.katex').nth(2).waitFor();
    const separated = await page.evaluate<string[]>(`(() => {
      const found = [];
      const answer = document.querySelector('.math-end').closest('.markdown');
      for (let width = 120; width <= 520; width++) {
        answer.style.width = width + 'px';
        for (const end of answer.querySelectorAll('.math-end')) {
          const formula = [...end.querySelectorAll('.katex-base')].at(-1).getBoundingClientRect();
          const range = document.createRange();
          range.selectNodeContents(end.querySelector('.math-stop') ?? end.lastChild);
          const mark = range.getBoundingClientRect();
          if (mark.top > formula.bottom || mark.left < formula.left) found.push(width + ': ' + end.textContent);
        }
      }
      return found;
    })()`);
    assert.deepEqual(separated, []);
  });
});
