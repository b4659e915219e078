import assert from 'node:assert/strict';
import { atRest, message, question, run, threadId } from './samples';
import { freshPanel, show, showNew } from './suite';

describe('the composer', () => {
  const panel = freshPanel();
  const text = () => panel().page.getByRole('textbox', { name: 'Message' });
  const sendButton = () => panel().page.getByRole('button', { name: 'Send', exact: true });
  const type = async (words: string) => {
    await text().click();
    await panel().page.keyboard.type(words);
  };

  beforeEach(() => show(panel(), [message('a', 'Hello')]));

  for (const key of ['Enter', 'Control+Enter', 'Meta+Enter']) {
    it(`sends with ${key}`, async () => {
      await type('Hi there');
      await panel().page.keyboard.press(key);
      assert.equal((await panel().waitForQuestion('send')).params.text, 'Hi there');
    });
  }

  it('sends with its button', async () => {
    await type('Hi there');
    await sendButton().click();
    assert.equal((await panel().waitForQuestion('send')).params.text, 'Hi there');
  });

  it('starts a new line with Shift+Enter', async () => {
    await type('one');
    await panel().page.keyboard.press('Shift+Enter');
    await panel().page.keyboard.type('two');
    assert.equal(await text().inputValue(), 'one\ntwo');
    assert.deepEqual(await panel().asked('send'), []);
  });

  it('does not send the Enter that ends a word being composed', async () => {
    await type('n');
    await text().evaluate((element) => {
      const init = { key: 'Enter', isComposing: true, bubbles: true, composed: true, cancelable: true };
      element.dispatchEvent(new KeyboardEvent('keydown', init));
    });
    assert.deepEqual(await panel().asked('send'), []);
    await panel().page.keyboard.press('Enter');
    await panel().waitForQuestion('send');
  });

  it('does not send what is empty or blank', async () => {
    assert.ok(await sendButton().isDisabled());
    await type('   ');
    assert.ok(await sendButton().isDisabled());
    await panel().page.keyboard.press('Enter');
    assert.deepEqual(await panel().asked('send'), []);
  });

  it('keeps the text until the host has stored it', async () => {
    await type('Hi');
    await panel().page.keyboard.press('Enter');
    await panel().waitForQuestion('send');
    assert.equal(await text().inputValue(), 'Hi');
    await panel().answer('send', undefined);
    assert.equal(await text().inputValue(), '');
  });

  it('sends once, however often Enter is pressed', async () => {
    await type('Hi');
    for (let times = 0; times < 3; times++) await panel().page.keyboard.press('Enter');
    assert.equal((await panel().asked('send')).length, 1);
  });

  it('keeps the text and says why when it was not sent', async () => {
    await type('Hi');
    await panel().page.keyboard.press('Enter');
    const { id } = await panel().waitForQuestion('send');
    await panel().refuse('send', 'The message is too long.');
    assert.equal(await text().inputValue(), 'Hi');
    assert.equal(await panel().page.getByRole('alert').innerText(), 'Not sent: The message is too long.');
    await panel().page.keyboard.press('Enter');
    const again = await panel().waitForQuestion('send', 2);
    assert.notEqual(again.id, id);
    await panel().settle();
    assert.ok(await panel().page.getByRole('alert').isHidden());
  });

  it('lets the user type, but not send, while a run is being stopped', async () => {
    await panel().receiveState({ ...atRest, run: run({ status: 'cancelling' }) });
    await type('next');
    await panel().page.keyboard.press('Enter');
    assert.deepEqual(await panel().asked('send'), []);
    assert.ok(await panel().page.getByText('Wait for the answer, or stop it').isVisible());
    await panel().receiveState({ ...atRest, run: run({ status: 'completed' }) });
    await panel().page.keyboard.press('Enter');
    assert.equal((await panel().waitForQuestion('send')).params.text, 'next');
  });

  it('does nothing with Escape', async () => {
    await panel().receiveState({ ...atRest, run: run() });
    await type('next');
    await panel().page.keyboard.press('Escape');
    assert.equal(await text().inputValue(), 'next');
    assert.deepEqual(await panel().postedOf('stop'), []);
  });

  it('asks for an assistant if none is chosen', async () => {
    await panel().receiveState({ ...atRest, assistantId: undefined });
    await type('Hi');
    assert.ok(await sendButton().isDisabled());
    assert.ok(await panel().page.getByRole('button', { name: 'Assistant: Choose an Assistant' }).isVisible());
  });

  it('takes the focus when the host asks, each time', async () => {
    for (let times = 0; times < 2; times++) {
      await panel()
        .page.getByRole('button', { name: /^Assistant: / })
        .focus();
      await panel().receive({ type: 'focus' });
      await panel().page.keyboard.type('x');
    }
    assert.equal(await text().inputValue(), 'xx');
  });

  it('grows with its text, to a part of the window', async () => {
    const height = async () => (await text().boundingBox())?.height ?? 0;
    const one = await height();
    await text().fill('one\ntwo\nthree');
    const three = await height();
    await text().fill('line\n'.repeat(200));
    const many = await height();
    assert.ok(one < three && three < many && many < 350, `${one}, ${three}, ${many}`);
    await text().fill('');
    assert.equal(await height(), one);
  });
});

describe('the draft', () => {
  const panel = freshPanel();
  const text = () => panel().page.getByRole('textbox', { name: 'Message' });

  beforeEach(() => show(panel(), [message('a', 'Hello')]));

  it('is sent to the host once typing pauses', async () => {
    await text().click();
    await panel().page.keyboard.type('Hello');
    assert.equal((await panel().waitFor('draft')).text, 'Hello');
    assert.equal((await panel().postedOf('draft')).length, 1);
  });

  it('is sent at once when the composer loses the focus', async () => {
    await text().click();
    await panel().page.keyboard.type('Hello');
    await panel()
      .page.getByRole('button', { name: /^Assistant: / })
      .click();
    const order = (await panel().posted()).map(({ type }) => type);
    assert.deepEqual(order, ['ready', 'draft']);
  });

  it('comes from the host', async () => {
    await panel().receive({ type: 'draft', text: 'a selection' });
    assert.equal(await text().inputValue(), 'a selection');
    assert.deepEqual(await panel().postedOf('draft'), []);
  });

  it('survives a reload of the webview, newer than what the host knows', async () => {
    await text().click();
    await panel().page.keyboard.type('Hello');
    await panel().reload();
    await show(panel(), [message('a', 'Hello')]);
    await panel().receive({ type: 'draft', text: 'Hel' });
    assert.equal(await text().inputValue(), 'Hello');
    assert.equal((await panel().waitFor('draft')).text, 'Hello');
  });

  it('of another thread is not restored', async () => {
    await text().click();
    await panel().page.keyboard.type('Hello');
    await panel().reload();
    await showNew(panel());
    await panel().receive({ type: 'draft', text: '' });
    assert.equal(await text().inputValue(), '');
  });

  it('is cleared at the host too once the message is stored', async () => {
    await text().click();
    await panel().page.keyboard.type('Hello');
    await panel().waitFor('draft');
    await panel().page.keyboard.press('Enter');
    const { id } = await panel().waitForQuestion('send');
    await panel().receive(
      { type: 'message', threadId, message: question('b', 'Hello') },
      { type: 'answer', id },
    );
    assert.equal((await panel().waitFor('draft', 2)).text, '');
    await panel().reload();
    await show(panel(), []);
    assert.equal(await text().inputValue(), '');
  });
});
