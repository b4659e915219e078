import assert from 'node:assert/strict';
import type { PanelPage } from './panelPage';
import { citing, growing, message, threadId } from './samples';
import { freshPanel, show } from './suite';

/** The length of the longest text of the page that is laid out as a whole. */
function longestText({ page }: PanelPage): Promise<number> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let longest = 0;
    while (walker.nextNode()) longest = Math.max(longest, walker.currentNode.textContent?.length ?? 0);
    return longest;
  });
}

const note = /^Shown as plain text/;

describe('a large text', () => {
  const panel = freshPanel();

  it('comes into the page piece by piece, and all of it', async () => {
    const items = Array.from({ length: 3000 }, (_, index) => `- item *${index}*`);
    await show(panel(), [message('a', items.join('\n'))]);
    await panel().page.locator('li').nth(2999).waitFor({ state: 'attached' });
    assert.equal(await panel().page.locator('li').last().textContent(), 'item 2999');
    assert.equal(await panel().page.locator('li').count(), 3000);
  });

  it('is not put into the page at once', async () => {
    const items = Array.from({ length: 3000 }, (_, index) => `- item *${index}*`);
    await show(panel(), [message('a', 'x')]);
    await panel().page.evaluate(() => {
      const counts: number[] = [];
      Object.assign(globalThis, { counts });
      const observer = new MutationObserver(() => counts.push(document.querySelectorAll('li').length));
      observer.observe(document.body, { childList: true, subtree: true });
    });
    await show(panel(), [message('b', items.join('\n'))]);
    await panel().page.locator('li').nth(2999).waitFor({ state: 'attached' });
    const counts = await panel().page.evaluate<number[]>('counts');
    const steps = counts.map((count, index) => count - (counts[index - 1] ?? 0));
    assert.ok(Math.max(...steps) < 1000, steps.join());
  });

  it('is not searched as a whole by a rule of the style sheet when something is added to it', async () => {
    await show(panel(), [message('a', 'x')]);
    const searching = await panel().page.evaluate(() => {
      const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
      const selectors = rules.flatMap((rule) => (rule instanceof CSSStyleRule ? [rule.selectorText] : []));
      const list = document.querySelector('.message-list')!;
      return selectors.filter((selector) =>
        [...selector.matchAll(/([^\s,()>~+]+):has\(/g)].some(([, of]) => list.closest(of!) !== null),
      );
    });
    assert.deepEqual(searching, []);
  });

  it('of many messages is read piece by piece, the end of the conversation first', async () => {
    const slow = Array.from({ length: 50 }, (_, index) =>
      message(`m${index}`, `${'['.repeat(1900)} ${index}`),
    );
    await show(panel(), [message('a', 'x')]);
    await panel().page.evaluate(() => {
      const readings: string[] = [];
      Object.assign(globalThis, { readings });
      const observer = new MutationObserver(() => {
        const bodies = [...document.querySelectorAll('.message-body')];
        readings.push(bodies.map((body) => (body.textContent === '' ? '-' : 'x')).join(''));
      });
      observer.observe(document.body, { childList: true, subtree: true });
    });
    await show(panel(), slow);
    await panel().page.waitForFunction(() =>
      [...document.querySelectorAll('.message-body')].every((body) => body.textContent !== ''),
    );
    const readings = await panel().page.evaluate<string[]>('readings');
    assert.ok(new Set(readings).size > 5, readings.join('\n'));
    assert.ok(
      readings.some((reading) => /-x+$/.test(reading)),
      readings.join('\n'),
    );
    assert.match((await panel().page.locator('.message-body').first().textContent()) ?? '', /\[ 0/);
  });

  it('has its citations as numbers to its end', async () => {
    const paragraphs = Array.from({ length: 1500 }, (_, index) => `*Paragraph* ${index}`);
    const mark = '【0:0†notes.txt】';
    await show(panel(), [
      citing(message('a', `${paragraphs.join('\n\n')}${mark}`), { [mark]: 'file_notes' }),
    ]);
    await panel().page.locator('.citation-link').waitFor({ state: 'attached' });
  });

  it('draws all the formulas of a long paragraph in the end', async () => {
    const formulas = Array.from({ length: 250 }, (_, index) => `$x_{${index}}$`).join(' ');
    await show(panel(), [message('a', formulas)]);
    await panel().page.locator('.math-inline .katex').nth(249).waitFor({ state: 'attached' });
  });

  const plain: Record<string, string> = {
    'that takes too long to read': '['.repeat(90_000),
    'of too many elements': `|a|b|\n|-|-|\n${'|a|b|\n'.repeat(10_000)}`,
    'of too many elements in a paragraph': '**a** '.repeat(10_000),
    'of too many blocks': 'a\n\n'.repeat(4000),
    'of too many letters': 'word '.repeat(30_000),
  };
  for (const [what, text] of Object.entries(plain)) {
    it(`stays as it was written, with a note, where it is one ${what}`, async () => {
      await show(panel(), [message('a', text)]);
      await panel().page.getByText(note).waitFor();
      assert.equal(await panel().page.locator('.markdown-plain').textContent(), text);
    });
  }

  const slow: Record<string, string> = {
    directions: 'aא'.repeat(45_000),
    accents: 'a\u0301'.repeat(45_000),
    marks: '【4:0†a】'.repeat(11_000),
  };
  for (const [what, text] of Object.entries(slow)) {
    it(`stays as it was written, in pieces, where it takes too long to lay out: ${what}`, async () => {
      await show(panel(), [message('a', text)]);
      await panel().page.getByText(note).waitFor();
      assert.equal(await panel().page.locator('.markdown-plain').textContent(), text);
      assert.ok((await longestText(panel())) < 2_000);
    });
  }

  it('is split where it is code that takes too long to lay out, and copied as it is', async () => {
    const code = 'aא'.repeat(45_000);
    await show(panel(), [message('a', `\`\`\`\n${code}\n\`\`\``)]);
    assert.equal(await panel().page.locator('pre').textContent(), code);
    assert.ok((await longestText(panel())) < 2_000);
    await panel().page.getByRole('button', { name: 'Copy', exact: true }).click();
    assert.equal((await panel().waitFor('copy')).text, code);
  });

  it('keeps what is drawn before the part that takes too long, while it grows', async () => {
    await show(panel(), [growing('a')]);
    const delta = (text: string) =>
      panel().receive({ type: 'delta', threadId, messageId: 'a', contentIndex: 0, text });
    await delta('The **start**\n\nand\n\nso ');
    await delta('['.repeat(90_000));
    await panel().page.getByText(note).waitFor();
    assert.equal(await panel().page.locator('strong').textContent(), 'start');
  });

  describe('that goes on beyond 100,000 letters', () => {
    const paragraph = `${'All *work* and no play. '.repeat(40)}\n\n`;
    const start = paragraph.repeat(110);
    const delta = (text: string) =>
      panel().receive({ type: 'delta', threadId, messageId: 'a', contentIndex: 0, text });
    const plain = () => panel().page.locator('.markdown-plain');

    for (const [how, draw] of [
      ['at once', () => show(panel(), [message('a', start + paragraph)])],
      [
        'in pieces',
        () =>
          show(panel(), [growing('a')])
            .then(() => delta(start))
            .then(() => delta(paragraph)),
      ],
    ] as const) {
      it(`stays formatted up to there, and is plain then, when it comes ${how}`, async () => {
        await draw();
        await panel().page.getByText(note).waitFor();
        const rest = (await plain().textContent()) ?? '';
        assert.ok((start + paragraph).endsWith(rest));
        const formatted = (start.length + paragraph.length - rest.length) / paragraph.length;
        assert.equal(await panel().page.locator('p:has(em)').count(), formatted);
        assert.ok(formatted > 100, String(formatted));
      });
    }

    it('is not drawn again while it grows', async () => {
      await show(panel(), [growing('a')]);
      await delta(start.repeat(2));
      await panel().page.getByText(note).waitFor();
      await panel().page.evaluate(() => {
        for (const element of document.querySelectorAll('.message-body *'))
          Object.assign(element, { seen: true });
      });
      await delta('The end.');
      const unseen = await panel().page.evaluate(
        () =>
          [...document.querySelectorAll('.message-body *')].filter((element) => !('seen' in element)).length,
      );
      assert.ok(unseen <= 1, String(unseen));
      assert.match((await plain().textContent()) ?? '', /The end\.$/);
      assert.ok((await longestText(panel())) < 5_000);
    });

    it('has its words whole, in pieces of a long line', async () => {
      await show(panel(), [message('a', 'word '.repeat(30_000))]);
      const pieces = await plain().locator('div').allTextContents();
      assert.ok(pieces.length > 50);
      assert.deepEqual(
        pieces.filter((piece) => !/^(word )+$/.test(piece)),
        [],
      );
    });
  });
});
