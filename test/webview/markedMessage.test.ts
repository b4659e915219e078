import assert from 'node:assert/strict';
import { conversation, threadId } from './samples';
import { freshPanel, hasFocus, show } from './suite';

describe('a message that was searched for', () => {
  const panel = freshPanel();
  const marked = () => panel().page.locator('.message-marked');
  const message = (id: string) => panel().page.locator(`article[data-id="${id}"]`);
  const isInView = (id: string) =>
    panel().page.waitForFunction((wanted) => {
      const list = document.querySelector('.message-scroller')?.getBoundingClientRect();
      const own = document.querySelector(`article[data-id="${wanted}"]`)?.getBoundingClientRect();
      return list && own && own.top >= list.top - 1 && own.top < list.bottom;
    }, id);

  it('is scrolled to, marked and focused', async () => {
    await show(panel(), conversation(40));
    await panel().receive({ type: 'showMessage', messageId: 'msg_4' });
    await hasFocus(message('msg_4'));
    await isInView('msg_4');
    assert.equal(await marked().count(), 1);
    assert.equal(await marked().getAttribute('data-id'), 'msg_4');
    await panel().receive({ type: 'showMessage', messageId: 'msg_30' });
    await hasFocus(message('msg_30'));
    await isInView('msg_30');
    assert.equal(await marked().count(), 1);
  });

  it('is scrolled to again when it was searched for again', async () => {
    await show(panel(), conversation(40));
    await panel().receive({ type: 'showMessage', messageId: 'msg_4' });
    await isInView('msg_4');
    await panel().page.getByRole('button', { name: 'Jump to Latest' }).click();
    await panel().receive({ type: 'showMessage', messageId: 'msg_4' });
    await isInView('msg_4');
  });

  it('is shown once its page was loaded', async () => {
    await show(panel(), conversation(10), { hasMore: true });
    await panel().receive({ type: 'showMessage', messageId: 'old_3' });
    await panel().answer('olderMessages', { messages: conversation(50, 'middle'), hasMore: true });
    await panel().answer('olderMessages', { messages: conversation(50, 'old'), hasMore: false });
    await hasFocus(message('old_3'));
    await isInView('old_3');
  });

  it('is not marked any more in another thread, or after a message of the user', async () => {
    await show(panel(), conversation(10));
    await panel().receive({ type: 'showMessage', messageId: 'msg_2' });
    await marked().waitFor();
    await panel().receive({
      type: 'messages',
      threadId: 'thread_other',
      messages: conversation(10),
      hasMore: false,
    });
    await marked().waitFor({ state: 'detached' });
    await show(panel(), conversation(10));
    assert.equal(await marked().count(), 0, threadId);
  });

  it('that does not exist changes nothing', async () => {
    await show(panel(), conversation(10));
    await panel().receive({ type: 'showMessage', messageId: '"] *' });
    assert.equal(await marked().count(), 0);
  });
});
