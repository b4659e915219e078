import assert from 'node:assert/strict';
import { citing, growing, message, threadId } from './samples';
import { freshPanel, show } from './suite';

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

  it('keeps what is drawn before the part that takes too long, while it grows', async () => {
    await show(panel(), [growing('a')]);
    const delta = (text: string) =>
      panel().receive({ type: 'delta', threadId, messageId: 'a', contentIndex: 0, text });
    await delta('The **start**\n\nand\n\nso ');
    await delta('['.repeat(90_000));
    await panel().page.getByText(note).waitFor();
    assert.equal(await panel().page.locator('strong').textContent(), 'start');
  });
});
