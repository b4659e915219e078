import assert from 'node:assert/strict';
import type { ChatCommand, RunView } from '../../src/protocol/chat';
import { atRest, attachments, code, coder, message, question, run, step, threadId, tutor } from './samples';
import { freshPanel, hasFocus, show, showNew } from './suite';

describe('the panel', () => {
  const panel = freshPanel();
  const menuButton = (name: string) => panel().page.getByRole('button', { name: new RegExp(`^${name}: `) });

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

  it('has the thread’s title as its heading, and shows the chosen assistant and its model', async () => {
    await show(panel(), [question('a', 'Hi')], { assistantId: coder.id });
    await panel().page.getByRole('heading', { name: 'Solving 3x + 11 = 14' }).waitFor();
    assert.equal(await menuButton('Assistant').innerText(), coder.name);
    assert.equal(await menuButton('Model').innerText(), 'qwen2.5-coder');
    assert.equal(await menuButton('Model').getAttribute('title'), coder.model);
  });

  it('lets another assistant be chosen, by mouse', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await menuButton('Assistant').click();
    await panel().page.getByRole('menuitemradio', { name: coder.name }).click();
    assert.equal((await panel().waitFor('selectAssistant')).assistantId, coder.id);
  });

  it('lets another assistant be chosen, by keyboard', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await menuButton('Assistant').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await panel().page.keyboard.press(key);
    assert.equal((await panel().waitFor('selectAssistant')).assistantId, coder.id);
  });

  it('switches to the host’s assistant without a message back', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await panel().receiveState({ ...atRest, assistantId: coder.id });
    await panel().receiveState({ ...atRest, assistants: [coder], assistantId: coder.id });
    assert.deepEqual(await panel().postedOf('selectAssistant'), []);
    assert.equal(await menuButton('Assistant').innerText(), coder.name);
  });

  it('marks the demo model as one, wherever it is chosen', async () => {
    await show(panel(), [question('a', 'Hi')]);
    const notice = 'Demo – scripted replies, no AI';
    assert.equal(await menuButton('Model').innerText(), notice);
    await menuButton('Assistant').click();
    await panel()
      .page.getByRole('menuitemradio', { name: `Math Tutor ${notice}` })
      .waitFor();
    await panel().page.keyboard.press('Escape');
    await panel().receiveState({ ...atRest, assistantId: coder.id });
    assert.ok(await panel().page.getByText(notice, { exact: true }).isHidden());
    await panel().receiveState({
      ...atRest,
      assistantId: coder.id,
      nextModel: { id: tutor.model, demo: true },
    });
    assert.equal(await menuButton('Model').innerText(), `${notice} (next run)`);
  });
});

describe('the model of the next run', () => {
  const panel = freshPanel();
  const button = () => panel().page.getByRole('button', { name: /^Model: / });
  const chosen = { ...atRest, assistantId: coder.id, nextModel: { id: 'openai/gpt-9', demo: false } };

  it('is chosen in the composer, apart from that of the assistant', async () => {
    await show(panel(), [question('a', 'Hi')], { assistantId: coder.id });
    await button().click();
    await panel().page.getByRole('menuitem', { name: 'Choose Model for Next Run…' }).click();
    assert.equal((await panel().waitFor('command')).command, 'chooseNextModel');
    await button().click();
    await panel().page.getByRole('menuitem', { name: 'Change Model of Code Reviewer…' }).click();
    assert.equal((await panel().waitFor('command', 2)).command, 'changeModel');
  });

  it('is shown until it is used', async () => {
    await show(panel(), [question('a', 'Hi')], chosen);
    assert.equal(await button().innerText(), 'gpt-9 (next run)');
    await panel().receiveState({ ...chosen, nextModel: undefined });
    assert.equal(await button().innerText(), 'qwen2.5-coder');
  });

  it('can be given up for that of the assistant', async () => {
    await show(panel(), [question('a', 'Hi')], chosen);
    await button().click();
    await panel().page.getByRole('menuitemradio', { name: 'openai/gpt-9', checked: true }).waitFor();
    await panel().page.getByRole('menuitemradio', { name: coder.model, checked: false }).click();
    await panel().waitFor('resetNextModel');
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
    ['Get Started', 'getStarted'],
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

  it('of the demo says that it is one, and what leads to a model', async () => {
    await showNew(panel());
    await panel().page.locator('.welcome').getByText('Demo – scripted replies, no AI').waitFor();
    await panel().page.locator('.welcome').getByRole('button', { name: 'Connect a Model…' }).click();
    assert.equal((await panel().waitFor('command')).command, 'addConnection');
  });

  it('suggests first messages, and sends the one that is clicked', async () => {
    await showNew(panel());
    await panel()
      .page.getByRole('button', { name: /3x \+ 11 = 14/ })
      .click();
    const { params } = await panel().waitForQuestion('send');
    assert.equal(params.text, 'I need to solve the equation `3x + 11 = 14`. Can you help me?');
  });

  it('suggests nothing for an assistant without suggestions', async () => {
    await showNew(panel(), { assistantId: coder.id });
    await panel().page.getByText('Write a message below.', { exact: true }).waitFor();
    assert.equal(await panel().page.locator('.suggestion').count(), 0);
  });

  it('tells assistants of one name and model apart', async () => {
    const hinted = { ...coder, id: 'asst_other', hint: 'Jan 1, 2026, 9:00 AM' };
    await showNew(panel(), { assistants: [{ ...coder, hint: 'Jan 1, 2026, 8:00 AM' }, hinted] });
    await panel()
      .page.getByRole('button', { name: /^Assistant: / })
      .click();
    await panel().page.getByText('ollama/qwen2.5-coder · Jan 1, 2026, 8:00 AM').waitFor();
    await panel().page.getByText('ollama/qwen2.5-coder · Jan 1, 2026, 9:00 AM').waitFor();
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
  const button = () => panel().page.getByRole('button', { name: /^Assistant: / });

  it('opens by keyboard, is walked through with the arrows, and runs what is chosen', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await button().focus();
    await panel().page.keyboard.press('Enter');
    await hasFocus(panel().page.getByRole('menuitemradio', { name: tutor.name }));
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await panel().page.keyboard.press(key);
    assert.equal((await panel().waitFor('command')).command, 'editAssistant');
    assert.ok(await panel().page.getByRole('menu').isHidden());
  });

  it('goes to the item that begins with what is typed', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await button().focus();
    await panel().page.keyboard.press('ArrowUp');
    await panel().page.keyboard.type('cre');
    await hasFocus(panel().page.getByRole('menuitem', { name: 'Create Assistant…' }));
  });

  it('closes with Escape and restores the focus', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await button().click();
    await panel().page.keyboard.press('Escape');
    assert.ok(await panel().page.getByRole('menu').isHidden());
    await hasFocus(button());
  });

  it('disables items that are not available', async () => {
    await show(panel(), [question('a', 'Hi')], { assistantId: undefined });
    await button().click();
    const item = (name: string) => panel().page.getByRole('menuitem', { name });
    assert.ok(await item('Edit Assistant…').isDisabled());
    assert.ok(await item('Create Assistant…').isEnabled());
  });

  it('of hundreds of assistants scrolls within the panel', async () => {
    const assistants = Array.from({ length: 300 }, (_, index) => ({
      ...coder,
      id: `asst_${index}`,
      name: `Assistant ${index}`,
    }));
    await show(panel(), [question('a', 'Hi')], { assistants, assistantId: 'asst_299' });
    await button().click();
    const list = panel().page.getByRole('menu');
    const box = await list.boundingBox();
    assert.ok(box && box.y >= 0 && box.height < 500, JSON.stringify(box));
    await hasFocus(list.getByRole('menuitemradio', { name: 'Assistant 299' }));
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

  it('offers another model, and to test the connection', async () => {
    const actions = ['retry', 'retryWithModel', 'testConnection'] as const;
    await show(panel(), [question('a', 'Hi')], {
      run: { ...failed, error: { message: 'It is down.', actions: [...actions] } },
    });
    await panel().page.getByRole('button', { name: 'Choose Another Model…' }).click();
    assert.equal((await panel().waitFor('command')).command, 'retryWithModel');
    await panel().page.getByRole('button', { name: 'Test Connection' }).click();
    assert.equal((await panel().waitFor('command', 2)).command, 'testConnection');
  });

  it('keeps its buttons in sight, and the conversation, however long its message is', async () => {
    const long = 'The server answered at length. '.repeat(100);
    const actions = ['setApiKey', 'retry', 'retryWithModel', 'testConnection', 'showModelRequest'] as const;
    await show(panel(), [question('a', 'Hi')], {
      run: { ...failed, error: { message: long, actions: [...actions] } },
    });
    for (const [width, height] of [
      [300, 540],
      [420, 540],
      [900, 540],
    ] as const) {
      await panel().page.setViewportSize({ width, height });
      for (const name of ['Set API Key…', 'Retry', 'Choose Another Model…', 'Test Connection']) {
        const button = panel().page.getByRole('alert').getByRole('button', { name, exact: true });
        const reached = await button.evaluate((element) => {
          const { left, top, width: wide, height: high } = element.getBoundingClientRect();
          const root = element.getRootNode();
          const within = root instanceof ShadowRoot ? root.host : element;
          return within.contains(document.elementFromPoint(left + wide / 2, top + high / 2));
        });
        assert.ok(reached, `${name} at ${width}`);
      }
      const room = (await panel().page.locator('.message-scroller').boundingBox())?.height ?? 0;
      assert.ok(room >= 200, `${room} at ${width}`);
    }
  });

  it('leaves room beside attached files and a long draft, whichever error it is', async () => {
    const files = attachments.flatMap((file) =>
      [1, 2, 3].map((copy) => ({ ...file, id: `${file.id} ${copy}` })),
    );
    await panel().receive({ type: 'attachments', threadId, attachments: files });
    await panel().receive({ type: 'draft', text: 'A line of a draft.\n'.repeat(60) });
    const heights = () =>
      panel().page.evaluate(() => {
        const control = document.querySelector('vscode-text-area')!.shadowRoot!.querySelector('textarea')!;
        const text = document.querySelector('.error-card-text');
        return {
          draft: Math.round((100 * control.clientHeight) / innerHeight),
          files: document.querySelector('.composer .attachments')?.clientHeight,
          error: text && getComputedStyle(text).maxHeight,
        };
      });
    await show(panel(), [question('a', 'Hi')], { run: failed });
    const small = { draft: 12, files: 54, error: '39px' };
    assert.deepEqual(await heights(), small);
    await show(panel(), [question('a', 'Hi')], { error: 'The database cannot be read.' });
    assert.deepEqual(await heights(), small);
    await show(panel(), [question('a', 'Hi')]);
    assert.equal((await heights()).draft, 12);
    await panel().receive({ type: 'attachments', threadId, attachments: [] });
    await panel().page.locator('.composer .attachments').waitFor({ state: 'detached' });
    assert.deepEqual(await heights(), { draft: 30, files: undefined, error: null });
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
