import assert from 'node:assert/strict';
import { conversation, growing, question, threadId } from './samples';
import { freshPanel, show } from './suite';

describe('the conversation', () => {
  const panel = freshPanel();
  const scroller = '.message-scroller';
  const jump = () => panel().page.getByRole('button', { name: 'Jump to Latest' });

  const fromEnd = () =>
    panel()
      .page.locator(scroller)
      .evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
  const topOf = (id: string) =>
    panel()
      .page.locator(`[data-id="${id}"]`)
      .evaluate((element) => element.getBoundingClientRect().top);
  const scrollUp = async (by: number) => {
    await panel().page.locator(scroller).hover();
    await panel().page.mouse.wheel(0, -by);
    await jump().waitFor();
    await panel().settle();
  };
  const write = (text: string) =>
    panel().receive({ type: 'delta', threadId, messageId: 'last', contentIndex: 0, text });
  const atEnd = async () => assert.ok((await fromEnd()) < 2, `${await fromEnd()} pixels from the end`);

  it('opens at its end', async () => {
    await show(panel(), conversation(40));
    await atEnd();
    assert.ok(await panel().page.getByText('Answer msg 39.').isVisible());
  });

  it('stays at its end while an answer grows', async () => {
    await show(panel(), [...conversation(20), growing('last')]);
    for (let count = 0; count < 20; count++) {
      await write(`Paragraph ${count}\n\n`);
      await atEnd();
    }
    assert.ok(await jump().isHidden());
  });

  it('stays where the user has scrolled to while an answer grows', async () => {
    await show(panel(), [...conversation(40), growing('last')]);
    await scrollUp(600);
    const before = await topOf('msg_36');
    for (let count = 0; count < 10; count++) await write(`Paragraph ${count}\n\n`);
    assert.equal(await topOf('msg_36'), before);
  });

  it('stays where small turns of the wheel have taken it while text comes', async () => {
    await show(panel(), [...conversation(40), growing('last')]);
    await panel().page.locator(scroller).hover();
    for (let turn = 0; turn < 10; turn++) {
      await panel().page.mouse.wheel(0, -8);
      await write(`Paragraph ${turn}\n\n`);
    }
    assert.ok((await fromEnd()) >= 80, `${await fromEnd()} pixels from the end`);
    assert.ok(await jump().isVisible());
  });

  it('goes back to its end by the button, and follows again', async () => {
    await show(panel(), [...conversation(40), growing('last')]);
    await scrollUp(600);
    await jump().click();
    await panel().settle();
    await atEnd();
    await write('Paragraph\n\n'.repeat(30));
    await atEnd();
    assert.ok(await jump().isHidden());
  });

  it('follows again when the user scrolls back to its end', async () => {
    await show(panel(), [...conversation(40), growing('last')]);
    await scrollUp(600);
    await panel().page.mouse.wheel(0, 5000);
    await jump().waitFor({ state: 'hidden' });
    await write('Paragraph\n\n'.repeat(30));
    await atEnd();
  });

  it('goes to its end with a message of the user', async () => {
    await show(panel(), conversation(40));
    await scrollUp(600);
    await panel().receive({ type: 'message', threadId, message: question('mine', 'Next') });
    await atEnd();
  });

  it('stays at its end when the window changes its size', async () => {
    await show(panel(), conversation(40));
    await panel().page.setViewportSize({ width: 300, height: 400 });
    await panel().settle();
    await atEnd();
  });

  it('requests older messages near its top, once, and keeps its position when they come', async () => {
    await show(panel(), conversation(30), { hasMore: true });
    await panel().page.locator(scroller).hover();
    for (let turn = 0; turn < 40 && (await panel().asked('olderMessages')).length === 0; turn++) {
      await panel().page.mouse.wheel(0, -300);
      await panel().settle();
    }
    assert.deepEqual(
      (await panel().asked('olderMessages')).map(({ params }) => params),
      [{ threadId, before: 'msg_0' }],
    );
    await panel().page.mouse.wheel(0, -5000);
    await panel().settle();
    const before = await topOf('msg_0');
    await panel().answer('olderMessages', { messages: conversation(30, 'old'), hasMore: false });
    const moved = Math.abs((await topOf('msg_0')) - before);
    assert.ok(moved <= 2, `moved by ${moved} pixels`);
    assert.equal((await panel().asked('olderMessages')).length, 1);
    assert.ok(await panel().page.getByText('Load Earlier Messages').isHidden());
  });

  it('requests them at once if the newest page does not fill the window', async () => {
    await show(panel(), conversation(2), { hasMore: true });
    await panel().waitForQuestion('olderMessages');
  });

  it('does not request older messages again after a failure, except by a click', async () => {
    await show(panel(), conversation(2), { hasMore: true });
    await panel().waitForQuestion('olderMessages');
    await panel().refuse('olderMessages', 'The server cannot be reached.');
    await panel().settle();
    assert.equal((await panel().asked('olderMessages')).length, 1);
    await panel().page.getByText('Load Earlier Messages').click();
    await panel().waitForQuestion('olderMessages', 2);
  });

  it('of a thousand messages can be shown page by page', async () => {
    await show(panel(), conversation(1000));
    await atEnd();
    const inPage = () => panel().page.locator('article').count();
    assert.ok((await inPage()) < 200);
    await panel().page.locator(scroller).focus();
    for (let shown = await inPage(); shown < 1000; shown = await inPage()) {
      await panel().page.keyboard.press('Home');
      await panel().page.waitForFunction(
        (before) => document.querySelectorAll('article').length > before,
        shown,
      );
    }
    assert.equal(await inPage(), 1000);
    assert.deepEqual(await panel().asked('olderMessages'), []);
    await panel().page.keyboard.press('Home');
    await panel().page.getByText('Question msg 0', { exact: true }).waitFor();
  });

  it('of another thread opens at its end too', async () => {
    await show(panel(), conversation(40));
    await scrollUp(600);
    await panel().receive({
      type: 'messages',
      threadId: 'thread_other',
      messages: conversation(40, 'other'),
      hasMore: false,
    });
    await atEnd();
  });
});
