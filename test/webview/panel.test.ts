import assert from 'node:assert/strict';
import type { ChatCommand, RunView } from '../../src/protocol/chat';
import { atRest, code, coder, message, question, run, step, threadId, tutor } from './samples';
import { freshPanel, show, showNew } from './suite';

describe('the panel', () => {
  const panel = freshPanel();

  it('shows that it is loading until the host has answered', async () => {
    await panel().page.getByText('Loading…').waitFor();
    await panel().receive({ type: 'messages', threadId: null, messages: [], hasMore: false });
    assert.ok(await panel().page.getByText('Loading…').isVisible());
  });

  it('shows an error instead of waiting, and offers to reload', async () => {
    await panel().receiveState({ loaded: false, error: 'The database cannot be read.' });
    await panel().page.getByRole('alert').getByText('The database cannot be read.').waitFor();
    assert.ok(await panel().page.getByText('Loading…').isHidden());
    await panel().page.getByRole('button', { name: 'Reload' }).click();
    await panel().waitFor('ready', 2);
  });

  it('shows the thread’s title and the chosen assistant', async () => {
    await show(panel(), [question('a', 'Hi')], { assistantId: coder.id });
    await panel().page.getByRole('heading', { name: 'Solving 3x + 11 = 14' }).waitFor();
    assert.equal(await panel().page.getByRole('combobox').getAttribute('current-value'), coder.id);
  });

  it('lets another assistant be chosen, by mouse', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await panel().page.getByRole('combobox').click();
    await panel().page.getByRole('option', { name: coder.name }).click();
    assert.equal((await panel().waitFor('selectAssistant')).assistantId, coder.id);
  });

  it('lets another assistant be chosen, by keyboard', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await panel().page.getByRole('combobox').focus();
    await panel().page.keyboard.press('ArrowDown');
    await panel().page.keyboard.press('Enter');
    assert.equal((await panel().waitFor('selectAssistant')).assistantId, coder.id);
  });

  it('switches to the host’s assistant without a message back', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await panel().receiveState({ ...atRest, assistantId: coder.id });
    await panel().receiveState({ ...atRest, assistants: [coder], assistantId: coder.id });
    assert.deepEqual(await panel().postedOf('selectAssistant'), []);
    assert.match((await panel().page.getByRole('combobox').textContent()) ?? '', /Code Reviewer/);
  });

  it('marks the demo model as one, wherever it is chosen', async () => {
    await show(panel(), [question('a', 'Hi')]);
    const notice = 'Demo – scripted replies, no AI';
    const picker = panel().page.locator('vscode-dropdown .selected-value');
    assert.equal(await picker.innerText(), `Math Tutor (${notice})`);
    assert.ok(await panel().page.getByText(notice, { exact: true }).isVisible());
    await panel().receiveState({ ...atRest, assistantId: coder.id });
    assert.ok(await panel().page.getByText(notice, { exact: true }).isHidden());
    assert.ok(await panel().page.getByText(coder.model).isVisible());
  });
});

describe('a panel without assistants', () => {
  const panel = freshPanel();

  beforeEach(async () => {
    await panel().receive({ type: 'messages', threadId: null, messages: [], hasMore: false });
    await panel().receiveState({});
  });

  it('says what a demo answer is', async () => {
    const text = await panel().page.locator('.welcome').innerText();
    for (const word of ['script', 'no AI', 'no key', 'no network']) assert.ok(text.includes(word), word);
  });

  const buttons: [string, ChatCommand][] = [
    ['Create Math Tutor', 'createSampleAssistant'],
    ['Connect a Model…', 'addConnection'],
    ['Create Assistant…', 'createAssistant'],
    ['New Thread', 'newThread'],
    ['Open Thread…', 'openThread'],
  ];
  for (const [label, command] of buttons) {
    it(`offers “${label}”`, async () => {
      await panel().page.getByRole('button', { name: label }).click();
      assert.equal((await panel().waitFor('command')).command, command);
    });
  }
});

describe('a new thread', () => {
  const panel = freshPanel();

  it('suggests first messages, and sends the one that is clicked', async () => {
    await showNew(panel());
    await panel()
      .page.getByRole('button', { name: /3x \+ 11 = 14/ })
      .click();
    const { params } = await panel().waitForQuestion('send');
    assert.equal(params.text, 'I need to solve the equation `3x + 11 = 14`. Can you help me?');
  });

  it('keeps the draft when a suggestion is sent', async () => {
    await showNew(panel());
    await panel().receive({ type: 'draft', text: 'mine' });
    await panel()
      .page.getByRole('button', { name: /linear algebra/ })
      .click();
    await panel().answer('send', undefined);
    assert.equal(await panel().page.getByRole('textbox').inputValue(), 'mine');
  });
});

describe('the menu', () => {
  const panel = freshPanel();

  it('opens by keyboard, is walked through with the arrows, and runs what is chosen', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await panel().page.getByRole('button', { name: 'More Actions…' }).focus();
    await panel().page.keyboard.press('Enter');
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await panel().page.keyboard.press(key);
    assert.equal((await panel().waitFor('command')).command, 'showThreadJson');
    assert.ok(await panel().page.getByRole('menu').isHidden());
  });

  it('closes with Escape and restores the focus', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await panel().page.getByRole('button', { name: 'More Actions…' }).click();
    await panel().page.keyboard.press('Escape');
    assert.ok(await panel().page.getByRole('menu').isHidden());
    const focused = panel().page.locator(':focus');
    assert.equal(await focused.getAttribute('aria-label'), 'More Actions…');
  });

  it('disables items that are not available', async () => {
    await showNew(panel(), { run: undefined });
    await panel().page.getByRole('button', { name: 'More Actions…' }).click();
    const item = (name: string) => panel().page.getByRole('menuitem', { name });
    assert.ok(await item('Edit Assistant…').isEnabled());
    assert.ok(await item('Show Thread JSON').isDisabled());
    assert.ok(await item('Show Run JSON').isDisabled());
  });
});

describe('the status of a run', () => {
  const panel = freshPanel();
  const bar = () => panel().page.getByRole('group', { name: 'Run status' });

  const words: [RunView['status'], string, 'stop' | 'stopping' | 'send'][] = [
    ['sending', 'Sending…', 'stop'],
    ['queued', 'Waiting to start…', 'stop'],
    ['in_progress', 'Answering…', 'stop'],
    ['requires_action', 'Waiting for your input', 'stop'],
    ['cancelling', 'Stopping…', 'stopping'],
    ['cancelled', 'Stopped', 'send'],
    ['failed', 'Failed', 'send'],
    ['completed', 'Done', 'send'],
    ['incomplete', 'Ended early', 'send'],
    ['expired', 'Expired', 'send'],
  ];

  it('is shown in words, whichever it is, with what can be done then', async () => {
    for (const [status, text, button] of words) {
      await show(panel(), [question('a', 'Hi')], { run: run({ status }) });
      assert.ok(await bar().getByText(text).isVisible(), status);
      const stop = panel().page.getByRole('button', { name: 'Stop' });
      const send = panel().page.getByRole('button', { name: 'Send', exact: true });
      assert.equal(await stop.isVisible(), button !== 'send', status);
      assert.equal(await send.isVisible(), button === 'send', status);
      if (button !== 'send') assert.equal(await stop.isEnabled(), button === 'stop', status);
    }
  });

  it('comes with the time taken, the tokens and the assistant', async () => {
    const view = run({ status: 'completed', startedAt: 1000, endedAt: 66_000, totalTokens: 1234 });
    await show(panel(), [message('a', 'x')], { run: view });
    assert.equal(await bar().innerText(), 'Done\n1:05\n1,234 tokens\nMath Tutor');
  });

  it('says that it waits for the model once nothing has come for a while, and for how long', async () => {
    await show(panel(), [question('a', 'Hi')], { run: run({ startedAt: Date.now() - 2000 }) });
    assert.ok(await bar().getByText('Answering…').isVisible());
    await show(panel(), [question('a', 'Hi')], { run: run({ startedAt: Date.now() - 30_000 }) });
    await bar()
      .getByText(/Waiting for the model… [34]\d s/)
      .waitFor();
    await show(panel(), [question('a', 'Hi')], { run: run({ startedAt: Date.now() - 300_000 }) });
    await bar()
      .getByText(/Waiting for the model… 5:\d\d/)
      .waitFor();
    const waiting = run({ startedAt: Date.now() - 300_000 });
    await show(panel(), [question('a', 'Hi'), message('b', 'It', { run_id: waiting.id })], { run: waiting });
    assert.ok(await bar().getByText('Answering…').isVisible());
  });

  it('does not say so while tools run, or once the run has ended', async () => {
    const long = run({ startedAt: Date.now() - 60_000 });
    await show(panel(), [question('a', 'Hi')], { run: long });
    await bar()
      .getByText(/Waiting for the model/)
      .waitFor();
    await panel().receive({
      type: 'steps',
      threadId,
      steps: [step('s', [code('1 + 1')], { status: 'in_progress', completed_at: null })],
    });
    await bar().getByText('Answering…').waitFor();
    await show(panel(), [question('a', 'Hi')], {
      run: { ...long, status: 'completed', endedAt: Date.now() },
    });
    assert.ok(await bar().getByText('Done').isVisible());
  });

  it('has a clock that runs while the run does', async () => {
    await show(panel(), [question('a', 'Hi')], { run: run() });
    const clock = bar().locator('.run-detail-clock');
    const before = await clock.innerText();
    await panel().page.waitForFunction(
      (text) => document.querySelector('.run-detail-clock')?.textContent !== text,
      before,
    );
  });

  it('lets the run be stopped', async () => {
    await show(panel(), [question('a', 'Hi')], { run: run() });
    await panel().page.getByRole('button', { name: 'Stop' }).click();
    await panel().waitFor('stop');
  });

  it('counts the runs of other threads', async () => {
    await show(panel(), [question('a', 'Hi')], { otherRuns: 1 });
    assert.equal(await bar().innerText(), '1 other run in progress');
    await show(panel(), [question('a', 'Hi')], { otherRuns: 3 });
    await bar().getByText('3 other runs in progress').click();
    assert.equal((await panel().waitFor('command')).command, 'openThread');
  });
});

describe('a run that failed', () => {
  const panel = freshPanel();
  const failed = run({
    status: 'failed',
    error: { message: 'OpenAI answered 401: wrong key.', actions: ['setApiKey', 'retry'] },
  });

  it('says why', async () => {
    await show(panel(), [question('a', 'Hi')], { run: failed });
    await panel().page.getByRole('alert').getByText('OpenAI answered 401: wrong key.').waitFor();
  });

  it('can be tried again', async () => {
    await show(panel(), [question('a', 'Hi')], { run: failed });
    await panel().page.getByRole('button', { name: 'Retry' }).click();
    await panel().waitFor('retry');
  });

  it('offers to set the key', async () => {
    await show(panel(), [question('a', 'Hi')], { run: failed });
    await panel().page.getByRole('button', { name: 'Set API Key…' }).click();
    assert.equal((await panel().waitFor('command')).command, 'setApiKey');
  });

  it('offers to show what was sent to the model', async () => {
    const shown = {
      ...failed,
      error: { message: 'No.', actions: ['retry' as const, 'showModelRequest' as const] },
    };
    await show(panel(), [question('a', 'Hi')], { run: shown });
    await panel().page.getByRole('button', { name: 'Show Model Request' }).click();
    assert.equal((await panel().waitFor('command')).command, 'showModelRequest');
  });

  it('offers to choose a model if its connection does not exist', async () => {
    const message = "There is no connection 'bar' for the model 'bar/m'. Add it, or choose another model.";
    const missing = { ...failed, error: { message, actions: ['chooseModel' as const] } };
    await show(panel(), [question('a', 'Hi')], { run: missing });
    await panel().page.getByRole('button', { name: 'Choose Model…' }).click();
    assert.equal((await panel().waitFor('command')).command, 'chooseModel');
  });

  it('shows its message as plain text', async () => {
    const text = '<img src=x onerror=alert(1)> {0} **x**';
    await show(panel(), [question('a', 'Hi')], { run: { ...failed, error: { message: text, actions: [] } } });
    assert.equal(await panel().page.getByRole('alert').innerText(), text);
  });
});

describe('a panel in another language', () => {
  const panel = freshPanel({ language: 'de' });

  it('writes numbers as that language does', async () => {
    await show(panel(), [message('a', 'x')], {
      assistants: [tutor],
      run: run({ status: 'completed', totalTokens: 1234 }),
    });
    assert.ok(await panel().page.getByText('1.234 tokens').isVisible());
  });
});
