import assert from 'node:assert/strict';
import type { Annotation, Message } from 'openai/resources/beta/threads/messages';
import { message, question, threadId } from './samples';
import { freshPanel, show } from './suite';

const rain = 'https://www.rain.example/a?b=1';
const snow = 'https://snow.example/';
const text = 'It rains [1], and **snows [2]**[1]. See `list[1]` and [3].';

interface Cited {
  text: string;
  url: string;
  title?: string;
}

const cited: Cited[] = [
  { text: '[1]', url: rain, title: 'Rain' },
  { text: '[2]', url: snow },
  { text: '[1]', url: rain, title: 'Rain' },
  { text: '', url: 'https://more.example/', title: 'More' },
];

function citingPages(whole: Message, pages: readonly Cited[]): Message {
  const annotations = pages.map((page) => ({ type: 'url_citation', start_index: 0, end_index: 0, ...page }));
  const content = whole.content.map((part) =>
    part.type === 'text'
      ? { ...part, text: { ...part.text, annotations: annotations as unknown as Annotation[] } }
      : part,
  );
  return { ...whole, content };
}

describe('the web pages that an answer cites', () => {
  const panel = freshPanel({ width: 300 });
  const links = () => panel().page.locator('.markdown a');
  const list = () => panel().page.getByRole('list', { name: 'Sources' });

  async function showAnswer(pages = cited, value = text): Promise<void> {
    await show(panel(), [question('q', 'How is it?'), citingPages(message('m_answer', value), pages)]);
  }

  it('are links behind their numbers, but not in code', async () => {
    await showAnswer();
    assert.deepEqual(await links().allInnerTexts(), ['[1]', '[2]', '[1]']);
    await links().nth(1).click();
    assert.equal((await panel().waitFor('openLink')).url, snow);
  });

  it('are named to a screen reader', async () => {
    await showAnswer();
    assert.equal(
      await panel().page.getByRole('link', { name: 'Citation 1: Rain (rain.example)', exact: true }).count(),
      2,
    );
  });

  it('are listed once, each with its host', async () => {
    await showAnswer();
    assert.deepEqual(
      (await list().getByRole('listitem').allInnerTexts()).map((one) => one.replace(/\s+/g, ' ').trim()),
      ['[1] Rain (rain.example)', '[2] snow.example', 'More (more.example)'],
    );
    await list().getByText('More').click();
    assert.equal((await panel().waitFor('openLink')).url, 'https://more.example/');
  });

  it('become links when the answer is complete', async () => {
    await show(panel(), [question('q', 'How is it?'), message('m_answer', text, { status: 'in_progress' })]);
    assert.equal(await links().count(), 0);
    await panel().receive({
      type: 'message',
      threadId: threadId,
      message: citingPages(message('m_answer', text), cited),
    });
    await list().waitFor();
    assert.deepEqual(await links().allInnerTexts(), ['[1]', '[2]', '[1]']);
  });

  it('are copied with the answer', async () => {
    await showAnswer();
    await panel().page.getByRole('article').last().hover();
    await panel().page.getByRole('button', { name: 'Copy Message' }).last().click();
    assert.equal(
      (await panel().waitFor('copy')).text,
      `${text}\n\n[1] Rain (rain.example) ${rain}\n[2] snow.example ${snow}\nMore (more.example) https://more.example/`,
    );
  });

  it('are left out if they are no web pages, and only shown if they are hostile', async () => {
    const attack = '<img src=x onerror="globalThis.hacked = true">\u202e';
    await showAnswer([
      { text: '[1]', url: 'javascript:globalThis.hacked=true' },
      { text: '[2]', url: 'command:workbench.action.quit' },
      { text: '[3]', url: snow, title: attack },
      { text: attack, url: 'https://', title: attack },
    ]);
    assert.deepEqual(await links().allInnerTexts(), ['[3]']);
    const [listed = ''] = await list().getByRole('listitem').allInnerTexts();
    assert.ok(listed.includes('<img src=x') && listed.includes('(snow.example)'), listed);
    assert.ok(!listed.includes('\u202e'), listed);
    assert.equal(await panel().page.evaluate("'hacked' in globalThis"), false);
  });
});
