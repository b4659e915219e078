import assert from 'node:assert/strict';
import { contextBlock } from '../../src/protocol/context';
import { withTurn } from '../../src/protocol/turns';
import { code, codeAnswer, message, question, searchCall, step, threadId, writingStep } from './samples';
import { freshPanel, hasFocus, show } from './suite';

describe('the find bar', () => {
  const panel = freshPanel({ width: 300 });
  const input = () => panel().page.getByRole('textbox', { name: 'Find' });
  const count = () => panel().page.locator('.find-count');

  /** What is highlighted as the current match, and whether it is in sight. */
  const current = () =>
    panel().page.evaluate(() => {
      const [range] = [...(CSS.highlights.get('find-current') ?? [])] as Range[];
      const list = document.querySelector('.message-scroller')!.getBoundingClientRect();
      const { top, bottom } = range?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
      const article = range?.startContainer.parentElement?.closest('article');
      const inSight = range !== undefined && top >= list.top && bottom <= list.bottom && bottom > top;
      return { text: range?.toString(), id: article?.dataset['id'], inSight };
    });

  async function find(text: string): Promise<void> {
    await panel().page.keyboard.press('Control+f');
    await hasFocus(input());
    await input().fill(text);
    await panel().settle();
  }

  const long = Array.from({ length: 60 }, (_, index) =>
    index % 2 === 0
      ? question(`m${index}`, `Question ${index}: ${'and so on. '.repeat(20)}`)
      : message(`m${index}`, `Answer ${index}: the **needle** is here. ${'Text. '.repeat(60)}`),
  );

  it('opens with Ctrl+F from the composer and from the list, and closes with Escape, where it was', async () => {
    await show(panel(), [question('a', 'Hi'), message('b', 'Hello')]);
    for (const place of [
      panel().page.getByRole('textbox', { name: 'Message' }),
      panel().page.getByRole('log'),
    ]) {
      await place.focus();
      await panel().page.keyboard.press('Control+f');
      await hasFocus(input());
      await panel().page.keyboard.press('Escape');
      await hasFocus(place);
      assert.equal(await input().count(), 0);
    }
  });

  it('opens by the host’s command', async () => {
    await show(panel(), [question('a', 'Hi')]);
    await panel().receive({ type: 'find' });
    await hasFocus(input());
  });

  it('finds across bold words and in code, in upper and lower case, and not in buttons', async () => {
    await show(panel(), [
      question('a', 'Copy this'),
      message('b', `It **is he**re, I say.\n\n${codeAnswer}`),
    ]);
    await find('IS HERE, I');
    assert.equal(await count().innerText(), '1 of 1');
    assert.equal((await current()).text, 'is here, I');
    await input().fill('copy');
    await panel().settle();
    assert.equal(await count().innerText(), '1 of 1');
    await input().fill('nowhere at all');
    await panel().settle();
    assert.equal(await count().innerText(), 'No results');
  });

  it('does not find what the end of a paragraph and the start of the next make together', async () => {
    await show(panel(), [message('a', 'one\n\ntwo'), message('b', '- three\n- four')]);
    await find('onetwo');
    assert.equal(await count().innerText(), 'No results');
    await input().fill('threefour');
    await panel().settle();
    assert.equal(await count().innerText(), 'No results');
  });

  it('goes through all that is loaded, with Enter and Shift+Enter, around the ends', async () => {
    await show(panel(), long);
    await find('needle');
    assert.match(await count().innerText(), /of 30$/);
    await input().fill('Answer 1:');
    await panel().settle();
    assert.deepEqual(await current(), { text: 'Answer 1:', id: 'm1', inSight: true });
    await input().fill('needle');
    await panel().settle();
    const start = (await current()).id;
    assert.ok((await current()).inSight);
    await panel().page.keyboard.press('Enter');
    assert.notEqual((await current()).id, start);
    assert.ok((await current()).inSight);
    await panel().page.keyboard.press('Shift+Enter');
    assert.equal((await current()).id, start);
    for (let step = 0; step < 30; step++) {
      await panel().page.keyboard.press('Enter');
      assert.ok((await current()).inSight, String(step));
    }
    assert.equal((await current()).id, start);
  });

  it('counts what is written while it is open, and keeps its match', async () => {
    await show(panel(), [...long.slice(0, 20), message('s', 'A needle', { status: 'in_progress' })]);
    await find('needle');
    await panel().page.keyboard.press('Shift+Enter');
    const { id } = await current();
    await panel().stream(threadId, 's', [' and another needle', ', and a third needle']);
    await count()
      .getByText(/of 13$/)
      .waitFor();
    assert.deepEqual(await current(), { text: 'needle', id, inSight: true });
  });

  it('leaves no marks behind, and takes the selected words', async () => {
    await show(panel(), [message('a', 'a word of words')]);
    await panel()
      .page.getByText('a word of words')
      .dblclick({ position: { x: 16, y: 8 } });
    await panel().page.keyboard.press('Control+f');
    await hasFocus(input());
    assert.equal(await input().inputValue(), 'word');
    await count().getByText('1 of 2', { exact: true }).waitFor();
    await panel().page.keyboard.press('Escape');
    await panel().page.waitForFunction('CSS.highlights.size === 0');
  });
});

describe('the find bar, beyond what is drawn', () => {
  const panel = freshPanel({ width: 300 });
  const input = () => panel().page.getByRole('textbox', { name: 'Find' });
  const count = () => panel().page.locator('.find-count');
  const heads = () => panel().page.locator('.call-head');
  const isOpen = (index: number) => heads().nth(index).getAttribute('aria-expanded');
  /** Whether the current match can be seen: no fold or border hides it. */
  const seen = () =>
    panel().page.waitForFunction(() => {
      const [range] = [...(CSS.highlights.get('find-current') ?? [])] as Range[];
      const { left, top, height } = range?.getBoundingClientRect() ?? new DOMRect();
      const at = document.elementFromPoint(left + 1, top + height / 2);
      return height > 0 && at?.contains(range!.startContainer);
    });

  async function find(text: string): Promise<void> {
    await panel().page.keyboard.press('Control+f');
    await hasFocus(input());
    await input().fill(text);
    await panel().settle();
  }

  async function showCards(): Promise<void> {
    const words = Array.from({ length: 12 }, (_, index) => message(`w${index}`, 'Words. '.repeat(60)));
    await show(panel(), [question('q', 'Count.'), ...words, message('a', 'Done.')]);
    const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n');
    await panel().receive({
      type: 'steps',
      threadId,
      steps: [
        writingStep('w', 'w0'),
        step('s1', [code('first()', `${lines}\nneedle\n${lines}`)]),
        step('s2', [code('second()', 'nothing')]),
        step('s3', [code('third(needle)', 'nothing')]),
        writingStep('s4', 'a'),
        step('s5', [code('fourth()', 'nothing')]),
      ],
    });
  }

  it('finds in folded cards, and opens the card of the match that is shown, down to its line', async () => {
    await showCards();
    assert.deepEqual([await isOpen(0), await isOpen(1), await isOpen(2)], ['false', 'false', 'false']);
    await find('needle');
    await count().getByText(/of 2$/).waitFor();
    await seen();
    await panel().page.keyboard.press('Enter');
    await seen();
    assert.deepEqual([await isOpen(0), await isOpen(1), await isOpen(2)], ['true', 'false', 'true']);
    await panel().page.keyboard.press('Escape');
    assert.equal(await panel().page.getByText('second()').count(), 0);
  });

  it('takes one row of a narrow panel, and covers no match at the beginning', async () => {
    await show(panel(), [question('q', 'The needle.'), message('a', 'Another needle.')]);
    await find('needle');
    await count().getByText('1 of 2', { exact: true }).waitFor();
    await seen();
    await panel().page.waitForFunction(
      () => document.querySelector('.find')!.getBoundingClientRect().height < 44,
    );
  });

  it('opens no card whose match is not shown', async () => {
    await showCards();
    await find('second()');
    await seen();
    assert.deepEqual([await isOpen(0), await isOpen(1), await isOpen(2)], ['false', 'true', 'false']);
  });

  it('finds in folded reasoning, and opens it at the line', async () => {
    const words = Array.from({ length: 12 }, (_, index) => message(`w${index}`, 'Words. '.repeat(60)));
    await show(panel(), [question('q', 'Count.'), message('a', 'Done.'), ...words]);
    const text = `${'So it begins. '.repeat(300)}The needle. ${'And on. '.repeat(300)}`;
    await panel().receive({
      type: 'steps',
      threadId,
      steps: [withTurn(writingStep('s', 'a'), { reasoning: { text, seconds: 3 } })],
    });
    await find('needle');
    await count().getByText('1 of 1', { exact: true }).waitFor();
    await seen();
    await panel().page.keyboard.press('Escape');
    await panel().page.getByRole('button', { name: 'Thought for 3 s', expanded: true }).waitFor();
  });

  it('loads the passages of folded searches, and shows the end of a long one', async () => {
    await show(panel(), [question('q', 'Search.'), message('a', 'Done.')]);
    const long = `Begin. ${'It is a very long passage. '.repeat(40)} The needle.`;
    const result = { file_id: 'file_a', file_name: 'a.md', score: 0.5 };
    const steps = [step('s', [searchCall([result])]), writingStep('s2', 'a'), step('s3', [code('1', '1')])];
    await panel().receive({ type: 'steps', threadId, steps });
    await find('needle');
    await panel().answer('passages', [{ fileId: 'file_a', fileName: 'a.md', score: 0.5, text: long }]);
    await count().getByText('1 of 1', { exact: true }).waitFor();
    assert.equal(await panel().page.getByText('Begin.').isVisible(), false);
    await panel().page.keyboard.press('Enter');
    await seen();
    await panel().page.keyboard.press('Escape');
    await panel().page.getByText('The needle.').waitFor();
    assert.equal((await panel().asked('passages')).length, 1);
  });

  it('finds in the files that came with a message, and in the details of an answer, in long lines, too', async () => {
    const file = `${'x '.repeat(400)}needle\n`;
    const block = contextBlock({ kind: 'file', name: 'a.txt' }, file, 'txt');
    const details = '<details><summary>A hidden needle</summary>\n\nOne more needle.\n\n</details>';
    await show(panel(), [question('q', `Look.\n\n${block}`), message('a', details)]);
    await find('needle');
    await count().getByText('1 of 3', { exact: true }).waitFor();
    await seen();
    assert.equal(await panel().page.getByText('One more needle.').isVisible(), false);
    await panel().page.keyboard.press('Enter');
    await seen();
    assert.equal(await panel().page.getByText('One more needle.').isVisible(), false);
    await panel().page.keyboard.press('Enter');
    await seen();
    await panel().page.keyboard.press('Escape');
    await panel().page.getByText('One more needle.').waitFor();
  });

  it('says that earlier messages are not searched, and loads them up to the next match', async () => {
    const all = Array.from({ length: 90 }, (_, index) =>
      message(
        `m${index}`,
        index === 5 || index === 70 ? 'A needle.' : `Message ${index}. ${'Long. '.repeat(80)}`,
      ),
    );
    await show(panel(), all.slice(60), { hasMore: true });
    await find('needle');
    assert.equal(await count().innerText(), '1 of 1');
    const note = panel().page.getByText('Earlier messages are not searched.');
    await note.getByText('Load Earlier Messages').click();
    await panel().answer('olderMessages', { messages: all.slice(30, 60), hasMore: true });
    await panel().waitForQuestion('olderMessages', 2);
    await panel().answer('olderMessages', { messages: all.slice(0, 30), hasMore: false });
    await count().getByText('1 of 2', { exact: true }).waitFor();
    await seen();
    assert.equal(await note.count(), 0);
    await hasFocus(input());
  });

  it('offers to load earlier messages again where that has failed', async () => {
    await show(panel(), [message('m', 'Words')], { hasMore: true });
    await panel().refuse('olderMessages', 'No network.');
    await find('needle');
    const load = panel().page.locator('.find-older').getByText('Load Earlier Messages');
    await load.click();
    await panel().waitForQuestion('olderMessages', 2);
    await panel().refuse('olderMessages', 'No network.');
    await load.waitFor();
    assert.equal((await panel().asked('olderMessages')).length, 2);
  });

  it('says nothing of earlier messages where all are loaded', async () => {
    await show(panel(), [message('m', 'Words')]);
    await find('words');
    assert.equal(await panel().page.getByText('Earlier messages are not searched.').count(), 0);
  });
});

describe('the scroll position', () => {
  const panel = freshPanel({ width: 300 });
  const messages = Array.from({ length: 40 }, (_, index) =>
    message(`m${index}`, `Message ${index}. ${'It is long. '.repeat(30)}`),
  );
  const top = () =>
    panel().page.evaluate(() => {
      const list = document.querySelector('.message-scroller')!.getBoundingClientRect();
      const all = [...document.querySelectorAll<HTMLElement>('article')];
      const first = all.findLast((one) => one.getBoundingClientRect().top <= list.top) ?? all[0]!;
      return { id: first.dataset['id'], offset: Math.round(first.getBoundingClientRect().top - list.top) };
    });

  it('is kept when the view is hidden and shown, down to the line', async () => {
    await show(panel(), messages);
    await panel().page.getByRole('log').hover();
    await panel().page.mouse.wheel(0, -1500);
    await panel().page.getByText('Jump to Latest').waitFor();
    let before = await top();
    for (let last = ''; last !== JSON.stringify(before); before = await top()) {
      last = JSON.stringify(before);
      await panel().settle();
    }
    await panel().reload();
    await show(panel(), messages);
    await panel().settle();
    const { id, offset } = await top();
    assert.equal(id, before.id);
    assert.ok(Math.abs(offset - before.offset) <= 2, `${offset}, ${before.offset}`);
  });

  it('is the end where it was the end, and in another thread', async () => {
    const atEnd = () =>
      panel().page.waitForFunction(() => {
        const list = document.querySelector('.message-scroller')!;
        return list.scrollHeight - list.clientHeight - list.scrollTop < 3;
      });
    await show(panel(), messages);
    await atEnd();
    await panel().reload();
    await show(panel(), messages);
    await atEnd();
    await panel().page.getByRole('log').hover();
    await panel().page.mouse.wheel(0, -1500);
    await panel().page.getByText('Jump to Latest').waitFor();
    await panel().reload();
    await panel().receiveState({ thread: { id: 'thread_other', title: 'Other' } });
    const others = messages.map((one) => ({ ...one, thread_id: 'thread_other' }));
    await panel().receive({ type: 'messages', threadId: 'thread_other', messages: others, hasMore: false });
    await atEnd();
  });

  it('in an older page is found again', async () => {
    await show(panel(), messages.slice(20), { hasMore: true });
    await panel().page.getByRole('log').hover();
    await panel().page.mouse.wheel(0, -20_000);
    await panel().answer('olderMessages', { messages: messages.slice(0, 20), hasMore: false });
    await panel().page.mouse.wheel(0, -20_000);
    await panel().page.waitForFunction(() =>
      (sessionStorage.getItem('webview-state') ?? '').includes('"messageId":"m0"'),
    );
    await panel().reload();
    await show(panel(), messages.slice(20), { hasMore: true });
    await panel().answer('olderMessages', { messages: messages.slice(0, 20), hasMore: false });
    await panel().settle();
    assert.equal((await top()).id, 'm0');
  });
});
