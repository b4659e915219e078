import assert from 'node:assert/strict';
import type { BranchPoint, QueueView } from '../../src/protocol/chat';
import { atRest, growing, message, question, run, threadId } from './samples';
import { freshPanel, hasFocus, show, showNew } from './suite';

describe('the actions on messages', () => {
  const panel = freshPanel();
  const article = (name: RegExp) => panel().page.getByRole('article', { name });
  const button = (name: string) => panel().page.getByRole('button', { name, exact: true });
  const editor = () => panel().page.getByRole('textbox', { name: 'Edited message' });

  beforeEach(() => show(panel(), [question('q', 'How is `it`?\nWell?'), message('a', 'It *rains*.')]));

  it('appear with the pointer, and with the focus', async () => {
    const toolbar = article(/^You/).getByRole('toolbar', { name: 'Message Actions' });
    const opacity = () => toolbar.evaluate((element) => getComputedStyle(element).opacity);
    assert.equal(await opacity(), '0');
    await button('Edit and Resend').focus();
    assert.equal(await opacity(), '1');
    await panel().page.mouse.move(0, 0);
    await article(/^Math Tutor/).hover();
    const other = article(/^Math Tutor/).getByRole('toolbar');
    assert.equal(await other.evaluate((element) => getComputedStyle(element).opacity), '1');
  });

  it('are one stop of the Tab key, with arrow keys between them', async () => {
    await button('Edit and Resend').focus();
    await panel().page.keyboard.press('ArrowLeft');
    await hasFocus(article(/^You/).getByRole('button', { name: 'Show Message JSON' }));
    await panel().page.keyboard.press('Home');
    await panel().page.keyboard.press('ArrowRight');
    await panel().page.keyboard.press('ArrowRight');
    await hasFocus(button('Delete from Here'));
    await panel().page.keyboard.press('Tab');
    await hasFocus(article(/^Math Tutor/).getByRole('button', { name: 'Copy Message' }));
    await panel().page.keyboard.press('Shift+Tab');
    await hasFocus(button('Delete from Here'));
  });

  it('are posted to the host', async () => {
    await button('Delete from Here').click();
    await button('Regenerate').click();
    await button('Regenerate With…').click();
    await article(/^Math Tutor/)
      .getByRole('button', { name: 'Insert at Cursor' })
      .click();
    await button('Branch into New Thread').click();
    const posted = (await panel().posted()).filter(({ type }) => type !== 'ready');
    assert.deepEqual(posted, [
      { type: 'deleteFrom', messageId: 'q' },
      { type: 'regenerate', messageId: 'a', choose: false },
      { type: 'regenerate', messageId: 'a', choose: true },
      { type: 'insertCode', code: 'It *rains*.' },
      { type: 'branchThread', messageId: 'a' },
    ]);
  });

  it('do not regenerate what is still being written', async () => {
    await panel().receive({ type: 'message', threadId, message: growing('g') });
    assert.equal(await button('Regenerate').count(), 1);
  });

  it('edit a message in its place, as it was written', async () => {
    await button('Edit and Resend').click();
    await hasFocus(editor());
    assert.equal(await editor().inputValue(), 'How is `it`?\nWell?');
    await panel().page.keyboard.press('Shift+Enter');
    await panel().page.keyboard.type('Now.');
    await panel().page.keyboard.press('Enter');
    const { params } = await panel().waitForQuestion('resend');
    assert.deepEqual(params, { messageId: 'q', text: 'How is `it`?\nWell?\nNow.' });
  });

  it('leave the context of a message as it is, and edit the words alone', async () => {
    const context = 'src/a.ts lines 1–2:\n\n```ts\nlet a;\nlet b;\n```';
    await show(panel(), [question('q', `Why?\n\n${context}`)]);
    await button('Edit and Resend').click();
    assert.equal(await editor().inputValue(), 'Why?');
    await editor().fill('How?');
    await panel().page.keyboard.press('Enter');
    assert.equal((await panel().waitForQuestion('resend')).params.text, `How?\n\n${context}`);
    const composer = panel().page.getByRole('textbox', { name: 'Message', exact: true });
    await composer.press('ArrowUp');
    await panel().settle();
    assert.equal(await composer.inputValue(), 'Why?');
  });

  it('keep the edited text and say why it was not sent', async () => {
    await button('Edit and Resend').click();
    await editor().fill('Another');
    await panel().page.keyboard.press('Enter');
    await panel().refuse('resend', 'The disk is full.');
    assert.equal(await panel().page.getByRole('alert').innerText(), 'The disk is full.');
    assert.equal(await editor().inputValue(), 'Another');
  });

  it('give the focus back when an edit is cancelled, and change nothing', async () => {
    await button('Edit and Resend').click();
    await editor().fill('Another');
    await panel().page.keyboard.press('Escape');
    await hasFocus(button('Edit and Resend'));
    assert.ok(await article(/^You/).getByText('How is').isVisible());
    assert.deepEqual(await panel().asked('resend'), []);
  });

  it('do not send an empty message', async () => {
    await button('Edit and Resend').click();
    await editor().fill('  ');
    await panel().page.keyboard.press('Enter');
    assert.deepEqual(await panel().asked('resend'), []);
  });
});

describe('the branches of a message', () => {
  const panel = freshPanel();
  const point: BranchPoint = {
    message_id: 'q',
    branches: [
      { thread_id: 'thread_a', message_id: 'msg_a' },
      { thread_id: threadId, message_id: 'q' },
      { thread_id: 'thread_c', message_id: 'msg_c' },
    ],
  };
  const branches = () => panel().page.getByRole('group', { name: 'Branches' });
  const previous = () => branches().getByRole('button', { name: 'Previous Branch (2 of 3 is shown)' });

  beforeEach(async () => {
    await show(panel(), [question('p', 'Hi'), message('a', 'Hello.'), question('q', 'How is it?')]);
    await panel().receive({ type: 'branches', threadId, points: [point] });
  });

  it('are counted, and shown by its buttons', async () => {
    assert.equal(await branches().count(), 1);
    assert.equal((await branches().innerText()).trim(), '2/3');
    await branches().getByRole('button', { name: 'Next Branch (2 of 3 is shown)' }).click();
    assert.deepEqual(await panel().waitFor('showBranch'), {
      type: 'showBranch',
      threadId: 'thread_c',
      messageId: 'msg_c',
    });
    await previous().click();
    assert.equal((await panel().waitFor('showBranch', 2)).threadId, 'thread_a');
  });

  it('get the focus once they are shown', async () => {
    await panel().receive({ type: 'focusBranch', messageId: 'q' });
    await hasFocus(previous());
  });

  it('that go on where the thread ends can be shown', async () => {
    const elsewhere = {
      ...point,
      message_id: null,
      branches: [{ thread_id: 'thread_a', message_id: 'msg_a' }],
    };
    await panel().receive({ type: 'branches', threadId, points: [elsewhere] });
    assert.equal(await branches().count(), 0);
    await panel().page.getByText('Show It').click();
    assert.equal((await panel().waitFor('showBranch')).threadId, 'thread_a');
  });

  it('of one thread are not those of the next', async () => {
    await panel().receiveState({ ...atRest, thread: { id: 'thread_other', title: '' } });
    await panel().receive({
      type: 'messages',
      threadId: 'thread_other',
      messages: [question('q', 'How is it?')],
      hasMore: false,
    });
    assert.equal(await branches().count(), 0);
  });
});

describe('the time of a message', () => {
  const panel = freshPanel({ width: 300 });

  it('is shown whole, or not at all', async () => {
    await show(panel(), [question('q', 'Hi'), message('a', 'Hello.')]);
    const isShown = (id: string) =>
      panel().page.evaluate((wanted) => {
        const time = document.querySelector(`[data-id="${wanted}"] .message-time`)!;
        const range = document.createRange();
        range.selectNodeContents(time);
        const text = range.getBoundingClientRect();
        const box = time.getBoundingClientRect();
        if (text.top >= box.bottom) return false;
        if (text.right > box.right + 1) throw new Error('The time is cut.');
        return true;
      }, id);
    assert.deepEqual([await isShown('q'), await isShown('a')], [true, false]);
    await panel().page.setViewportSize({ width: 420, height: 700 });
    await panel().settle();
    assert.deepEqual([await isShown('q'), await isShown('a')], [true, true]);
  });
});

describe('queued messages', () => {
  const panel = freshPanel();
  const text = () => panel().page.getByRole('textbox', { name: 'Message', exact: true });
  const section = () => panel().page.getByRole('region', { name: 'Queued Messages' });
  const picture = { id: 'p', name: 'map.png', bytes: 2048, isImage: true, state: 'ready' } as const;
  const queue: QueueView = {
    messages: [
      { id: '1', text: 'And tomorrow?', context: [], attachments: [] },
      { id: '2', text: 'Thanks', context: [], attachments: [picture] },
    ],
  };

  beforeEach(() => show(panel(), [question('q', 'How is it?')], { run: run() }));

  it('are sent to the host while a run is under way, by Enter and by a button', async () => {
    await text().fill('And tomorrow?');
    await panel().page.getByText('Enter sends it when the run ends').waitFor();
    await text().press('Enter');
    assert.equal((await panel().waitForQuestion('send')).params.text, 'And tomorrow?');
    await panel().answer('send', undefined);
    assert.equal(await text().inputValue(), '');
    await text().fill('Thanks');
    await panel().page.getByRole('button', { name: 'Queue Message' }).click();
    assert.equal((await panel().waitForQuestion('send', 2)).params.text, 'Thanks');
    assert.ok(await panel().page.getByRole('button', { name: 'Stop' }).isVisible());
  });

  it('are no way around a run that is being stopped', async () => {
    await panel().receiveState({ ...atRest, run: run({ status: 'cancelling' }) });
    await text().fill('And tomorrow?');
    await text().press('Enter');
    assert.deepEqual(await panel().asked('send'), []);
  });

  it('are shown, edited and removed', async () => {
    await panel().receiveState({ ...atRest, run: run(), queue });
    assert.deepEqual(await section().locator('.queue-text').allInnerTexts(), ['And tomorrow?', 'Thanks']);
    assert.deepEqual(await section().locator('.attachment-name').allInnerTexts(), ['map.png']);
    assert.ok(await section().getByText('Sent when the run ends').isVisible());
    await section().getByRole('button', { name: 'Remove: Thanks · map.png' }).click();
    assert.equal((await panel().waitFor('removeQueued')).id, '2');
    await hasFocus(text());
    await section().getByRole('button', { name: 'Edit: And tomorrow?' }).click();
    assert.equal((await panel().waitFor('holdQueue')).isHeld, true);
    // It would be sent as it was.
    await panel().receiveState({ ...atRest, queue: { ...queue, waits: 'One is edited.' } });
    await section().getByText('One is edited.').waitFor();
    assert.equal(await section().getByRole('button', { name: 'Send Now' }).count(), 0);
    await section().getByRole('textbox').fill('And today?');
    await panel().page.keyboard.press('Enter');
    assert.deepEqual(await panel().waitFor('editQueued'), {
      type: 'editQueued',
      id: '1',
      text: 'And today?',
      removed: [],
    });
    assert.equal((await panel().waitFor('holdQueue', 2)).isHeld, false);
    await section().getByRole('button', { name: 'Send Now' }).waitFor();
    await hasFocus(text());
  });

  it('show what goes with them, which opens, and which is removed as they are edited', async () => {
    const lines = { id: 'c', kind: 'lines', label: 'a.ts:3-5', detail: 'src/a.ts', tokens: 1234 } as const;
    const message = { id: '1', text: 'Why?', context: [lines], attachments: [picture] };
    await panel().receiveState({ ...atRest, run: run(), queue: { messages: [message] } });
    await section().getByText('≈ 1,234 tokens').waitFor();
    await section().getByText('2 KB').waitFor();
    await section().getByRole('button', { name: 'a.ts:3-5', exact: true }).click();
    assert.equal((await panel().waitFor('openContext')).id, 'c');
    assert.equal(await section().getByRole('button', { name: 'Remove a.ts:3-5' }).count(), 0);
    await section().getByRole('button', { name: 'Edit: Why? · a.ts:3-5 · map.png' }).click();
    await section().getByRole('button', { name: 'Remove map.png' }).click();
    const words = section().getByRole('textbox');
    await hasFocus(words);
    await words.fill('');
    await panel().page.keyboard.press('Enter');
    assert.deepEqual(await panel().waitFor('editQueued'), {
      type: 'editQueued',
      id: '1',
      text: '',
      removed: ['p'],
    });
    await hasFocus(text());
  });

  it('are not left with nothing to send', async () => {
    const message = { id: '1', text: '', context: [], attachments: [picture] };
    await panel().receiveState({ ...atRest, run: run(), queue: { messages: [message] } });
    await section().getByRole('button', { name: 'Edit: map.png' }).click();
    const save = section().getByRole('button', { name: 'Save' });
    assert.ok(await save.isEnabled());
    await section().getByRole('button', { name: 'Remove map.png' }).click();
    await panel().page.waitForFunction(() =>
      document.querySelector('.queue .edit-buttons vscode-button')?.hasAttribute('disabled'),
    );
    await section().getByRole('textbox').press('Enter');
    assert.deepEqual(await panel().postedOf('editQueued'), []);
  });

  it('say why they wait, and can be sent then', async () => {
    const waits = 'Queued messages wait because the answer failed.';
    await panel().receiveState({ ...atRest, run: run({ status: 'failed' }), queue: { ...queue, waits } });
    assert.ok(await section().getByText(waits).isVisible());
    await section().getByRole('button', { name: 'Send Now' }).click();
    await panel().waitFor('sendQueued');
  });
});

describe('an empty composer', () => {
  const panel = freshPanel();
  const text = () => panel().page.getByRole('textbox', { name: 'Message', exact: true });

  it('recalls earlier prompts with ↑ and later ones with ↓', async () => {
    await show(panel(), [
      question('1', 'First'),
      message('2', 'Yes.'),
      question('3', 'Second\nline'),
      message('4', 'No.'),
    ]);
    const after = async (...keys: string[]) => {
      for (const key of keys) {
        await text().press(key);
        await panel().settle();
      }
      return text().inputValue();
    };
    await text().focus();
    assert.equal(await after('ArrowDown'), '');
    assert.equal(await after('ArrowUp'), 'Second\nline');
    // In the second line, ↑ moves the cursor.
    assert.equal(await after('ArrowUp'), 'Second\nline');
    assert.equal(await after('ArrowUp'), 'First');
    assert.equal(await after('ArrowUp'), 'First');
    assert.equal(await after('ArrowDown'), 'Second\nline');
    assert.equal(await after('End', 'ArrowDown', 'ArrowDown'), '');
  });

  it('recalls in a new thread what was sent last in another, over a reload, too', async () => {
    await show(panel(), [question('1', 'First')]);
    await text().fill('Of another thread');
    await text().press('Enter');
    await panel().answer('send', undefined);
    for (const again of [false, true]) {
      if (again) await panel().reload();
      await showNew(panel());
      await panel().receive({ type: 'draft', text: '' });
      await text().press('ArrowUp');
      await panel().settle();
      assert.equal(await text().inputValue(), 'Of another thread');
      await text().press('ArrowDown');
      await panel().settle();
      assert.equal(await text().inputValue(), '');
    }
  });

  it('recalls nothing in a new thread where nothing was sent', async () => {
    await showNew(panel());
    await text().press('ArrowUp');
    await panel().settle();
    assert.equal(await text().inputValue(), '');
  });

  it('has the focus after a click on Stop, whose button goes', async () => {
    await show(panel(), [question('1', 'First')], { run: run({ status: 'in_progress' }) });
    await panel().page.getByRole('button', { name: 'Stop', exact: true }).click();
    await panel().waitFor('stop');
    await show(panel(), [question('1', 'First')], { run: run({ status: 'cancelled' }) });
    await hasFocus(text());
  });

  it('recalls nothing over what was typed', async () => {
    await show(panel(), [question('1', 'First'), message('2', 'Yes.')]);
    await text().fill('New');
    await text().press('ArrowUp');
    await panel().settle();
    assert.equal(await text().inputValue(), 'New');
    await text().fill('');
    await text().press('ArrowUp');
    await panel().settle();
    await text().press('End');
    await panel().page.keyboard.type('!');
    await text().press('ArrowUp');
    await panel().settle();
    assert.equal(await text().inputValue(), 'First!');
  });

  it('gets text of a command added, below what is there', async () => {
    await showNew(panel());
    await panel().receive({ type: 'addDraft', text: 'a selection' });
    assert.equal(await text().inputValue(), 'a selection');
    await panel().receive({ type: 'addDraft', text: 'another' });
    assert.equal(await text().inputValue(), 'a selection\n\nanother');
    assert.equal((await panel().waitFor('draft', 2)).text, 'a selection\n\nanother');
  });
});

describe('a last message without an answer', () => {
  const panel = freshPanel();
  const answerNow = () => panel().page.getByRole('button', { name: 'Answer Now' });

  it('can be answered without another message', async () => {
    await show(panel(), [question('q', 'How is it?')]);
    await answerNow().click();
    await panel().waitFor('retry');
  });

  it('is not offered twice: not while a run is active, and not beside Retry', async () => {
    await show(panel(), [question('q', 'How is it?')], { run: run() });
    assert.equal(await answerNow().count(), 0);
    const error = { message: 'Too many requests.', actions: ['retry' as const] };
    await panel().receiveState({ ...atRest, run: run({ status: 'failed', error }) });
    assert.equal(await answerNow().count(), 0);
    await panel().receiveState({ ...atRest, run: run({ status: 'cancelled' }) });
    assert.equal(await answerNow().count(), 1);
    await show(panel(), [question('q', 'How is it?'), message('a', 'Fine.')]);
    assert.equal(await answerNow().count(), 0);
  });
});
