import assert from 'node:assert/strict';
import { atRest, codeAnswer, growing, mathAnswer, message, question, run, threadId } from './samples';
import { freshPanel, show } from './suite';

describe('an answer that is being written', () => {
  const panel = freshPanel({ width: 500 });
  const body = () => panel().page.locator('[data-id="b"] .message-body');
  const write = (...texts: string[]) =>
    panel().receive(
      ...texts.map((text) => ({ type: 'delta', threadId, messageId: 'b', contentIndex: 0, text }) as const),
    );

  beforeEach(() => show(panel(), [question('a', 'Go on'), growing('b')], { run: run() }));

  it('is there before its first word', async () => {
    assert.equal(await body().innerText(), '…');
    assert.equal(await panel().page.locator('[data-id="b"]').getAttribute('aria-busy'), 'true');
  });

  it('shows every word as it comes', async () => {
    await write('Hel');
    assert.equal(await body().innerText(), 'Hel');
    await write('lo', ' **wor');
    assert.equal(await body().innerText(), 'Hello **wor');
    await write('ld**');
    assert.equal(await body().innerText(), 'Hello world');
  });

  it('does not render finished blocks again', async () => {
    await write('First *one*.\n\n```python\nprint(1)\n```\n\nThe formula $x$.\n\nNow');
    await panel().page.evaluate(() => {
      for (const element of document.querySelectorAll(
        '[data-id="b"] .markdown-section > :not(:last-child) *',
      )) {
        Object.assign(element, { seen: true });
      }
    });
    await write(' the', ' end.\n\nAnd more.\n\nAnd more.');
    const unseen = await panel().page.evaluate(() => {
      const blocks = [...document.querySelectorAll('[data-id="b"] .markdown-section > *')].slice(0, 3);
      const elements = blocks.flatMap((block) => [...block.querySelectorAll('*')]);
      return elements.filter((element) => !('seen' in element)).map(({ outerHTML }) => outerHTML);
    });
    assert.deepEqual(unseen, []);
    assert.equal(await body().locator('.markdown-section > *').count(), 6);
  });

  for (const [what, start, next, parts] of [
    ['items of a list', '- one with $x$\n- two\n', '- three\n- four', 'li'],
    ['rows of a table', '| a |\n| - |\n| one with $x$ |\n| two |\n', '| three |\n| four', 'tbody tr'],
  ] as const) {
    it(`does not render the finished ${what} again`, async () => {
      await write(start);
      await body()
        .locator(parts)
        .evaluateAll((elements) => elements.forEach((element) => Object.assign(element, { seen: true })));
      await write(next, ' and **more**');
      const all = body().locator(parts);
      const seen = await all.evaluateAll((elements) => elements.map((element) => 'seen' in element));
      assert.deepEqual(seen, [true, true, false, false]);
      assert.deepEqual(
        (await all.allTextContents()).slice(1).map((text) => text.trim()),
        ['two', 'three', 'four and more'],
      );
      assert.equal(await body().locator('.katex').count(), 1);
    });
  }

  it('keeps tables within the items of a list', async () => {
    await write(
      '- one\n\n  | a | b |\n  | - | - |\n  | 1 | 2 |\n- two\n',
      '- th',
      'ree\n\n  | c |\n',
      '  | - |\n  | 3 |',
    );
    const list = body().locator('ul');
    assert.equal(await list.locator(':scope > :not(li)').count(), 0);
    assert.deepEqual(await list.locator('tbody').allInnerTexts(), ['1\t2', '3']);
    assert.equal(await list.locator(':scope > li').count(), 3);
  });

  it('leaves open what the user has unfolded within the item of a list', async () => {
    await write('1. one\n2. <details>\n   <summary>More</summary>\n\n   first\n');
    await body().getByText('More').click();
    await write('   second', ' word\n');
    assert.equal(await body().getByText('second word').isVisible(), true);
  });

  it('updates a list’s spacing when an empty line arrives in it', async () => {
    await write('3. one\n4. two');
    assert.equal(await body().locator('li > p').count(), 0);
    await write('\n\n5. three');
    assert.equal(await body().locator('ol[start="3"] > li > p').count(), 3);
  });

  it('keeps code in list items working', async () => {
    await write('- one\n\n  ```js\n  first()\n  ```\n\n- two');
    await write('\n\n  ```js\n  second()\n  ```\n\n- three');
    for (const code of ['first()', 'second()']) {
      await body().locator('.code-block', { hasText: code }).getByRole('button', { name: 'Copy' }).click();
      assert.equal((await panel().waitFor('copy')).text, code);
    }
  });

  it('looks in the end as if it had not been streamed', async () => {
    const text = `${mathAnswer}\n${codeAnswer}`;
    await write(...(text.match(/[^]{1,7}/g) ?? []));
    await panel().receive({ type: 'message', threadId, message: message('b', text) });
    const streamed = await body().innerHTML();
    await show(panel(), [message('c', text)]);
    assert.equal(await panel().page.locator('[data-id="c"] .message-body').innerHTML(), streamed);
  });

  it('keeps the focus on a button of code that is being streamed', async () => {
    await write('```python\nprint(1)');
    await body().getByRole('button', { name: 'Copy' }).focus();
    await write('\nprint(2)');
    await panel().page.keyboard.press('Enter');
    assert.equal((await panel().waitFor('copy')).text, 'print(1)\nprint(2)');
  });

  it('waits for the end of a formula', async () => {
    await write('So\n\n$$x = \\frac{1}');
    assert.equal(await body().locator('.katex').count(), 0);
    await write('{2}$$\n');
    assert.equal(await body().locator('.katex-display').count(), 1);
  });

  it('continues after a message that is replaced as a whole', async () => {
    await write('One ');
    await panel().receive({
      type: 'message',
      threadId,
      message: message('b', 'One two ', { status: 'in_progress' }),
    });
    await write('three');
    assert.equal(await body().innerText(), 'One two three');
  });

  it('is complete, however long it is', async () => {
    const paragraph = 'All work and no play makes a dull answer, with `code` and *stress*.\n\n';
    const count = 700;
    const letters = paragraph.repeat(count).match(/[^]{1,40}/g) ?? [];
    await write(...letters);
    await panel().page.waitForFunction(
      (wanted) => document.querySelectorAll('[data-id="b"] p').length === wanted,
      count,
    );
  });

  it('can be a refusal', async () => {
    const part = { type: 'refusal', refusal: 'I ' } as const;
    await panel().receive({ type: 'message', threadId, message: growing('b', { content: [part] }) });
    await write('will not.');
    assert.match(await body().innerText(), /I will not\./);
  });
});

describe('a screen reader', () => {
  const panel = freshPanel();
  const spoken = () => panel().page.locator('[role="status"][aria-live="polite"]').innerText();

  it('hears the status as it changes, and the answer once it is finished', async () => {
    await show(panel(), [question('a', 'Go on'), growing('b', { run_id: 'run_sample' })]);
    assert.equal(await spoken(), '');
    await panel().receiveState({ ...atRest, run: run({ status: 'queued' }) });
    assert.equal(await spoken(), 'Waiting to start…');
    await panel().receiveState({ ...atRest, run: run({ status: 'in_progress' }) });
    await panel().receive({ type: 'delta', threadId, messageId: 'b', contentIndex: 0, text: 'The answer' });
    assert.equal(await spoken(), 'Answering…');
    await panel().receive({ type: 'message', threadId, message: message('b', 'The answer is **1**.') });
    await panel().receiveState({ ...atRest, run: run({ status: 'completed' }) });
    assert.equal(await spoken(), 'Math Tutor answered: The answer is **1**.');
  });

  it('does not hear how a run ended before the thread was opened', async () => {
    await show(panel(), [question('a', 'x'), message('b', 'y')], { run: run({ status: 'completed' }) });
    assert.equal(await spoken(), '');
  });
});
