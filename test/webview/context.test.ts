import assert from 'node:assert/strict';
import type { ContextChoice, ContextItem } from '../../src/protocol/context';
import { contextBlock, withContext } from '../../src/protocol/context';
import { atRest, message, question, threadId } from './samples';
import { freshPanel, hasFocus, show } from './suite';

const lines: ContextItem = {
  ...{ id: 'c_lines', kind: 'lines', label: 'a.ts:3-5', detail: 'src/a.ts', tokens: 1234 },
};
const whole: ContextItem = { id: 'c_file', kind: 'file', label: 'b.ts', detail: 'src/b.ts', tokens: 12 };

describe('the context of a draft', () => {
  const panel = freshPanel({ width: 300 });
  const list = () => panel().page.getByRole('list', { name: 'Context' });
  const input = () => panel().page.getByRole('textbox', { name: 'Message' });

  beforeEach(async () => {
    await show(panel(), [question('q', 'Hi')]);
    await panel().receive({ type: 'context', threadId, items: [lines, whole] });
  });

  it('is shown as chips that say what they cost', async () => {
    assert.deepEqual(await list().getByRole('listitem').allInnerTexts(), [
      'a.ts:3-5\n≈ 1,234 tokens',
      'b.ts\n≈ 12 tokens',
    ]);
    await list().getByRole('button', { name: 'a.ts:3-5', exact: true }).click();
    assert.deepEqual(await panel().waitFor('openContext'), { type: 'openContext', id: 'c_lines' });
  });

  it('says of an item why it cannot be sent', async () => {
    const reason = 'a.ts:2 has changed since it was added. Remove it, or add it again.';
    const item = { id: 'e', kind: 'lines', label: 'a.ts:2', detail: 'src/a.ts', error: reason } as const;
    await panel().receive({ type: 'context', threadId, items: [item] });
    await panel().page.locator('.context-chips .attachment-failed').getByText(reason).waitFor();
    const others = Array.from({ length: 12 }, (_, at) => ({
      ...item,
      id: `o${at}`,
      error: undefined,
      tokens: 9,
    }));
    await panel().receive({ type: 'context', threadId, items: [...others, { ...item, error: undefined }] });
    await panel().receive({ type: 'context', threadId, items: [...others, item] });
    await panel().page.waitForFunction(() => {
      const list = document.querySelector('.context-chips')!.getBoundingClientRect();
      const failed = document.querySelector('.context-chips .attachment-failed')!.getBoundingClientRect();
      return failed.top < list.bottom - 10 && failed.bottom > list.top + 10;
    });
  });

  it('is removed by mouse', async () => {
    await list().getByRole('button', { name: 'Remove b.ts' }).click();
    assert.deepEqual(await panel().waitFor('removeContext'), { type: 'removeContext', id: 'c_file' });
  });

  it('is removed by keyboard alone, and the focus stays in the composer', async () => {
    await input().focus();
    await panel().page.keyboard.press('Backspace');
    await hasFocus(list().getByRole('button', { name: 'b.ts', exact: true }));
    await panel().page.keyboard.press('Backspace');
    assert.equal((await panel().waitFor('removeContext')).id, 'c_file');
    await panel().receive({ type: 'context', threadId, items: [lines] });
    await hasFocus(list().getByRole('button', { name: 'a.ts:3-5', exact: true }));
    await panel().page.keyboard.press('Delete');
    assert.equal((await panel().waitFor('removeContext', 2)).id, 'c_lines');
    await panel().receive({ type: 'context', threadId, items: [] });
    await panel().page.keyboard.type('x');
    assert.equal(await input().inputValue(), 'x');
  });

  it('is sent without words, too', async () => {
    await panel().page.getByRole('button', { name: 'Send', exact: true }).click();
    assert.deepEqual((await panel().waitForQuestion('send')).params, { text: '' });
  });

  it('is kept when the message is not sent', async () => {
    await input().fill('Why?');
    await input().press('Enter');
    await panel().refuse('send', 'src/b.ts no longer exists.');
    await panel().page.getByText('Not sent: src/b.ts no longer exists.').waitFor();
    assert.equal(await input().inputValue(), 'Why?');
    assert.equal(await list().getByRole('listitem').count(), 2);
  });
});

describe('# in the composer', () => {
  const panel = freshPanel();
  const input = () => panel().page.getByRole('textbox', { name: 'Message' });
  const options = () => panel().page.getByRole('option');
  const listbox = () => panel().page.getByRole('listbox', { name: 'Add Context' });
  const file = (name: string): ContextChoice => ({
    id: name,
    kind: 'file',
    label: name,
    detail: `src/${name}`,
  });
  const type = async (words: string) => {
    await input().click();
    await panel().page.keyboard.type(words);
  };

  /** Answers the newest question of each source. */
  async function suggest(query: string, found: Partial<Record<string, ContextChoice[]>>): Promise<void> {
    const sources = ['editors', 'outputs', 'files', 'symbols'];
    await panel().page.waitForFunction(
      ([wanted, count]) => {
        const { posted } = (
          globalThis as unknown as { standIn: { posted: { name?: string; params?: { query?: string } }[] } }
        ).standIn;
        return (
          posted.filter((one) => one.name === 'contextChoices' && one.params?.query === wanted).length >=
          count
        );
      },
      [query, sources.length] as const,
    );
    const asked = (await panel().asked('contextChoices')).filter(({ params }) => params.query === query);
    for (const { id, params } of asked) {
      await panel().receive({ type: 'answer', id, result: found[params.source] ?? [] });
    }
  }

  beforeEach(() => show(panel(), [message('a', 'Hello')]));

  it('offers what the host finds, source by source, and asks again as one types', async () => {
    await type('See #');
    const editors = [file('one.ts')];
    const outputs: ContextChoice[] = [
      { id: 'p', kind: 'problems', label: 'Problems of one.ts', detail: 'src/one.ts' },
    ];
    await suggest('', { editors, outputs, files: [file('two.ts'), { ...file('one.ts'), id: 'again' }] });
    await listbox().waitFor();
    assert.deepEqual(await options().allInnerTexts(), [
      'one.ts\nsrc/one.ts',
      'Problems of one.ts\nsrc/one.ts',
      'two.ts\nsrc/two.ts',
    ]);
    await panel().page.keyboard.type('tw');
    await suggest('tw', { files: [file('two.ts')] });
    assert.deepEqual(await options().allInnerTexts(), ['two.ts\nsrc/two.ts']);
  });

  /** Waits until the text area has this text: the panel draws less often while drawing is slow. */
  async function hasText(text: string): Promise<void> {
    while ((await input().inputValue()) !== text) await panel().settle();
  }

  it('inserts a suggestion as context by keyboard, and says which is active', async () => {
    await type('See #o');
    await suggest('o', { files: [file('one.ts'), file('other.ts')] });
    const active = () =>
      input().evaluate((element: HTMLTextAreaElement) => element.ariaActiveDescendantElement?.textContent);
    assert.match((await active()) ?? '', /^one\.ts/);
    await panel().page.keyboard.press('ArrowDown');
    assert.match((await active()) ?? '', /^other\.ts/);
    assert.equal(await options().nth(1).getAttribute('aria-selected'), 'true');
    await panel().page.keyboard.press('ArrowDown');
    assert.equal(await options().nth(0).getAttribute('aria-selected'), 'true');
    await panel().page.keyboard.press('ArrowUp');
    await panel().page.keyboard.press('Enter');
    assert.deepEqual((await panel().waitForQuestion('addContext')).params, { id: 'other.ts' });
    await hasText('See ');
    assert.equal(await listbox().count(), 0);
    assert.deepEqual(await panel().asked('send'), []);
    await panel().settle();
    assert.equal(await listbox().count(), 0);
    await panel().page.keyboard.type('#t');
    await suggest('t', { files: [file('two.ts')] });
    await listbox().waitFor();
  });

  it('inserts a suggestion by mouse, in the middle of a text', async () => {
    await type('Compare  please');
    await input().evaluate((element: HTMLTextAreaElement) => element.setSelectionRange(8, 8));
    await panel().page.keyboard.type('#');
    await suggest('', { editors: [file('one.ts')] });
    await options().first().click();
    assert.deepEqual((await panel().waitForQuestion('addContext')).params, { id: 'one.ts' });
    await hasText('Compare please');
    await hasFocus(panel().page.locator('vscode-text-area'));
  });

  it('is closed by Escape and by a space, and is only text inside a word', async () => {
    await type('#a');
    await suggest('a', { files: [file('a.ts')] });
    await listbox().waitFor();
    await panel().page.keyboard.press('Escape');
    assert.equal(await listbox().count(), 0);
    await panel().page.keyboard.press('Enter');
    assert.equal((await panel().waitForQuestion('send')).params.text, '#a');
    await panel().answer('send', undefined);
    const before = (await panel().asked('contextChoices')).length;
    await type('# Title and C#');
    await panel().settle();
    const queries = (await panel().asked('contextChoices')).slice(before).map(({ params }) => params.query);
    assert.deepEqual([...new Set(queries)], ['']);
  });

  it('sends by Enter if nothing is found', async () => {
    await type('Fixes #12');
    await suggest('12', {});
    await panel().page.keyboard.press('Enter');
    assert.equal((await panel().waitForQuestion('send')).params.text, 'Fixes #12');
  });
});

describe('a text pasted into the composer', () => {
  const panel = freshPanel();
  const paste = (length: number) =>
    panel().page.evaluate((count) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', 'x'.repeat(count));
      const event = new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData });
      document.querySelector('.composer-box')?.dispatchEvent(event);
      return event.defaultPrevented;
    }, length);

  beforeEach(() => show(panel(), [message('a', 'Hello')]));

  it('is attached as a file if it is too long for a message', async () => {
    assert.ok(await paste(5_000_000));
    const { name, bytes } = await panel().waitFor('attachDropped');
    assert.deepEqual({ name, bytes }, { name: 'Pasted text.txt', bytes: 5_000_000 });
    assert.equal(await panel().page.getByRole('textbox', { name: 'Message' }).inputValue(), '');
  });

  it('is left to the composer otherwise', async () => {
    assert.equal(await paste(1000), false);
    assert.deepEqual(await panel().postedOf('attachDropped'), []);
  });
});

describe('context in a message', () => {
  const panel = freshPanel({ width: 300 });
  const article = () => panel().page.getByRole('article', { name: /^You,/ });
  const button = (name: RegExp) => article().getByRole('button', { name });

  async function showMessage(text: string): Promise<void> {
    await show(panel(), [question('q', text)], atRest);
  }

  it('is folded below the words, and opens', async () => {
    const code = contextBlock(
      { kind: 'lines', name: 'src/a.ts', firstLine: 3, lastLine: 4 },
      'one\ntwo\n',
      'ts',
    );
    const fenced = contextBlock({ kind: 'file', name: 'guide.md' }, '````\ncode\n````', 'markdown');
    await showMessage(withContext('Why?', [code, fenced]));
    assert.match(await article().innerText(), /Why\?\s+src\/a\.ts:3-4\s+2 lines\s+guide\.md\s+3 lines$/);
    await button(/^src\/a\.ts:3-4/).press('Enter');
    assert.equal(await button(/^src\/a\.ts:3-4/).getAttribute('aria-expanded'), 'true');
    assert.equal(await article().locator('pre').innerText(), 'one\ntwo');
    await article().getByRole('button', { name: 'Open File' }).first().click();
    assert.deepEqual(await panel().waitFor('openPath'), { type: 'openPath', path: 'src/a.ts:3-4' });
  });

  for (const [what, heading] of [
    ['in English', 'src/a.ts lines 3–5:'],
    ['in Chinese', 'src/a.ts 第 3–5 行:'],
  ] as const) {
    it(`is folded in a thread of an earlier version, ${what}`, async () => {
      await showMessage(`What is this?\n\n${heading}\n\n\`\`\`ts\na\nb\nc\n\`\`\``);
      await button(/^src\/a\.ts:3-5/).waitFor();
      assert.equal(await article().locator('pre').count(), 0);
    });
  }

  it('is not what the user writes above a code block', async () => {
    await showMessage('This is my code:\n\n```ts\na\n```\n\nsrc/a.ts:\n\n```\nb\n```');
    assert.equal(await article().locator('pre').count(), 2);
    assert.match(await article().innerText(), /This is my code:/);
  });

  it('stays with the words that are edited, and is not recalled with them', async () => {
    const block = contextBlock({ kind: 'file', name: 'a.ts' }, 'one', 'ts');
    await showMessage(withContext('Why?', [block]));
    await button(/^Edit and Resend/).click();
    const editor = panel().page.getByRole('textbox', { name: 'Edited message' });
    assert.equal(await editor.inputValue(), 'Why?');
    await editor.fill('How?');
    await editor.press('Enter');
    assert.equal((await panel().waitForQuestion('resend')).params.text, `How?\n\n${block}`);
    await panel().answer('resend', undefined);
    const input = panel().page.getByRole('textbox', { name: 'Message', exact: true });
    await input.press('ArrowUp');
    await panel().settle();
    assert.equal(await input.inputValue(), 'Why?');
  });

  it('shows each kind by its name', async () => {
    const kinds = ['file', 'cell', 'problems', 'terminal', 'diff'] as const;
    await showMessage(
      withContext(
        '',
        kinds.map((kind) => contextBlock({ kind, name: `of ${kind}` }, kind, '')),
      ),
    );
    for (const kind of kinds) await button(new RegExp(`^of ${kind}`)).waitFor();
    assert.equal(await article().locator('pre').count(), 0);
  });
});
