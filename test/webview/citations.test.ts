import assert from 'node:assert/strict';
import type { Message } from 'openai/resources/beta/threads/messages';
import type { Citation } from '../../src/protocol/text/citations';
import { citing, growing, message, question, step, threadId, searchCall } from './samples';
import { freshPanel, show } from './suite';

const notes = '【0:0†notes.txt】';
const paper = '【0:1†paper.pdf】';
const files = { [notes]: 'file_notes', [paper]: 'file_paper' };
const known: Citation[] = [
  { fileId: 'file_notes', fileName: 'notes.txt', text: 'Roses are red.', line: 7 },
  { fileId: 'file_paper', fileName: 'paper.pdf', text: 'Violets are blue.', page: 3 },
  { fileId: 'file_notes', fileName: 'notes.txt', text: 'Roses are red.', line: 7 },
];
const answerText = `Roses are red${notes}. Violets are **blue**${paper}, as said${notes}.`;

describe('the citations of an answer', () => {
  const panel = freshPanel({ width: 300 });
  const links = () => panel().page.locator('.citation-link');
  const card = () => panel().page.getByRole('tooltip');
  const body = () => panel().page.getByRole('article').last().locator('.message-part');

  async function showAnswer(text = answerText, marks: Record<string, string> = files): Promise<Message> {
    const answer = citing(message('m_answer', text), marks);
    await show(panel(), [question('q', 'What colour are they?'), answer]);
    return answer;
  }

  async function sendCitations(citations: Citation[] = known): Promise<void> {
    await panel().answer('citations', citations);
  }

  it('are numbers in the order of the text, the same one for the same passage', async () => {
    await showAnswer();
    assert.deepEqual(await links().allInnerTexts(), ['[1]', '[2]', '[1]']);
    assert.equal((await body().innerText()).includes('【'), false);
  });

  it('are requested once, when they become visible', async () => {
    await showAnswer();
    const { params } = await panel().waitForQuestion('citations');
    assert.deepEqual(params, { threadId, messageId: 'm_answer' });
    await showAnswer();
    assert.equal((await panel().asked('citations')).length, 1);
  });

  it('say to a screen reader which file they are of, and where in it', async () => {
    await showAnswer();
    await panel().page.getByRole('button', { name: 'Citation 2: paper.pdf', exact: true }).waitFor();
    await sendCitations();
    await panel().page.getByRole('button', { name: 'Citation 2: paper.pdf, page 3' }).waitFor();
    assert.equal(
      await panel().page.getByRole('button', { name: 'Citation 1: notes.txt, line 7' }).count(),
      2,
    );
  });

  it('show their passage under the pointer, until it leaves', async () => {
    await showAnswer();
    await sendCitations();
    await links().nth(1).hover();
    await card().getByText('Violets are blue.').waitFor();
    await card().getByText('paper.pdf, page 3').waitFor();
    await card().hover();
    await panel().page.locator('.composer').hover();
    await card().waitFor({ state: 'detached' });
  });

  it('show their passage to the keyboard, until Escape', async () => {
    await showAnswer();
    await sendCitations();
    await panel().page.locator('.message-scroller').focus();
    while (!(await card().isVisible())) await panel().page.keyboard.press('Tab');
    const described = await panel().page.evaluate(() => {
      const id = document.activeElement?.getAttribute('aria-describedby') ?? '';
      return document.getElementById(id)?.textContent;
    });
    assert.ok(described?.includes('Roses are red.'), described);
    await panel().page.keyboard.press('Escape');
    await card().waitFor({ state: 'detached' });
  });

  it('open their passage by click and by Enter', async () => {
    await showAnswer();
    await links().nth(1).click();
    assert.deepEqual(await panel().waitFor('openCitation'), {
      type: 'openCitation',
      messageId: 'm_answer',
      index: 1,
    });
    await links().nth(2).focus();
    await panel().page.keyboard.press('Enter');
    assert.equal((await panel().waitFor('openCitation', 2)).index, 0);
  });

  it('without a known passage say so, and open their file', async () => {
    await showAnswer();
    await sendCitations([{ fileId: 'file_notes' }, { fileId: 'file_paper' }, { fileId: 'file_notes' }]);
    await links().first().hover();
    await card().getByText('The passage is no longer available.').waitFor();
    await links().first().click();
    assert.equal((await panel().waitFor('openCitation')).index, 0);
  });

  it('are listed as sources, each file once', async () => {
    await showAnswer();
    await sendCitations();
    const list = panel().page.getByRole('list', { name: 'Sources' });
    assert.deepEqual(await list.getByRole('listitem').allInnerTexts(), ['notes.txt', 'paper.pdf']);
    await list.getByRole('button', { name: 'paper.pdf' }).click();
    assert.equal((await panel().waitFor('openCitation')).index, 1);
  });

  it('are copied as numbers, with what they stand for', async () => {
    await showAnswer();
    await sendCitations();
    await panel().page.getByRole('article').last().hover();
    await panel().page.getByRole('button', { name: 'Copy Message' }).last().click();
    assert.equal(
      (await panel().waitFor('copy')).text,
      'Roses are red[1]. Violets are **blue**[2], as said[1].\n\n[1] notes.txt, line 7\n[2] paper.pdf, page 3',
    );
  });

  it('in code stay text', async () => {
    await showAnswer(`See \`${notes}\`.\n\n\`\`\`\n${paper}\n\`\`\`\n\nEnd${notes}.`);
    assert.deepEqual(await links().allInnerTexts(), ['[1]']);
    const text = await body().innerText();
    assert.ok(text.includes(notes) && text.includes(paper), text);
  });

  it('without an annotation stay text', async () => {
    const text = '【3:3†made-up.txt】 and 【注意】 and 【**bold**】 and 【4†source】';
    await showAnswer(text);
    assert.equal(await links().count(), 0);
    assert.equal(await body().innerText(), text.replaceAll('**', ''));
  });

  it('of the hosted service’s kind are named by their file', async () => {
    await showAnswer('So it is【4:0†source】.', { '【4:0†source】': 'file_paper' });
    await panel().page.getByRole('button', { name: 'Citation 1: file_paper' }).waitFor();
    await sendCitations([{ fileId: 'file_paper', fileName: 'paper.pdf' }]);
    await panel().page.getByRole('button', { name: 'Citation 1: paper.pdf' }).waitFor();
  });

  it('are numbers while they are written, however their marks are cut', async () => {
    await show(panel(), [question('q', 'What colour are they?'), growing('m_answer')]);
    let text = '';
    for (const letter of answerText) {
      text += letter;
      await panel().receive({
        type: 'delta',
        threadId,
        messageId: 'm_answer',
        contentIndex: 0,
        text: letter,
      });
      if (!/[【】†]/.test(text.slice(-12))) continue;
      assert.doesNotMatch(await body().innerText(), /[【】†]/);
    }
    assert.equal(await body().innerText(), 'Roses are red[1]. Violets are blue[2], as said[1].');
    assert.equal(await links().count(), 0);
    await panel().receive({
      type: 'message',
      threadId,
      message: citing(message('m_answer', answerText), files),
    });
    assert.deepEqual(await links().allInnerTexts(), ['[1]', '[2]', '[1]']);
  });

  it('without an annotation are text in the end', async () => {
    await show(panel(), [question('q', 'Hi'), growing('m_answer')]);
    const text = 'So【9:9†made-up.txt】';
    await panel().receive({ type: 'delta', threadId, messageId: 'm_answer', contentIndex: 0, text });
    assert.equal(await body().innerText(), 'So[1]');
    await panel().receive({ type: 'message', threadId, message: message('m_answer', text) });
    assert.equal(await body().innerText(), text);
  });

  it('of a message of the user are text', async () => {
    await show(panel(), [question('q', notes)]);
    assert.equal(await body().innerText(), notes);
  });

  it('are shown even if there are hundreds', async () => {
    const marks = Array.from({ length: 100 }, (_, index) => `【0:${index}†file-${index}.txt】`);
    const ids = Object.fromEntries(marks.map((mark, index) => [mark, `file_${index % 7}`]));
    await showAnswer(marks.map((mark, index) => `Fact ${index}${mark}.`).join(' '), ids);
    await sendCitations(
      marks.map((_, index) => ({ fileId: `file_${index % 7}`, fileName: `file-${index}.txt` })),
    );
    assert.equal(await links().count(), 100);
    assert.equal(await links().last().innerText(), '[100]');
    assert.equal(await panel().page.getByRole('list', { name: 'Sources' }).getByRole('listitem').count(), 7);
  });

  it('with hostile names and passages only show them', async () => {
    const attack = '<img src=x onerror="globalThis.hacked = true">';
    const mark = `【0:0†${attack}\u202efdp.txt】`;
    await showAnswer(`So${mark}`, { [mark]: 'file_evil' });
    const fileName = `${attack}invoice\u202efdp.exe`;
    await sendCitations([{ fileId: 'file_evil', fileName, text: `${attack.repeat(50)}\u0000`, page: 1 }]);
    await links().hover();
    await card().waitFor();
    assert.equal(await panel().page.locator('.message img').count(), 0);
    assert.equal(await panel().page.evaluate("'hacked' in globalThis"), false);
    assert.doesNotMatch(await panel().page.locator('.message').last().innerText(), /\u202e/);
  });

  it('keep their card inside the panel', async () => {
    await showAnswer(`${'word '.repeat(400)}${notes}`);
    await sendCitations([{ ...known[0]!, text: 'A long passage. '.repeat(100) }]);
    await links().last().hover();
    const box = (await card().boundingBox())!;
    assert.ok(box.x >= 0 && box.x + box.width <= 300, JSON.stringify(box));
    assert.ok(box.y >= 0 && box.y + box.height <= 700, JSON.stringify(box));
  });
});

describe('a search of the files', () => {
  const panel = freshPanel({ width: 300 });
  const ids = { runId: 'run_sample', stepId: 's_search', callId: 'call_search' };
  const button = (name: string | RegExp) => panel().page.getByRole('button', { name });
  const results = [
    { file_id: 'file_notes', file_name: 'notes.txt', score: 0.876 },
    { file_id: 'file_paper', file_name: 'paper.pdf', score: 0.5 },
  ];
  const passages = [
    { fileId: 'file_notes', fileName: 'notes.txt', text: 'Roses are red.', score: 0.876, line: 7 },
    { fileId: 'file_paper', fileName: 'paper.pdf', text: 'Violets are blue.', score: 0.5, page: 3 },
  ];

  async function showSearch(call = searchCall(results), fields = {}): Promise<void> {
    await show(panel(), [question('q', 'What colour are they?'), message('a', 'Red.')]);
    await panel().receive({ type: 'steps', threadId, steps: [step('s_search', [call], fields)] });
  }

  it('says how much it found', async () => {
    await showSearch();
    await panel().page.getByText('2 passages found').waitFor();
    await showSearch(searchCall(results.slice(1)));
    await panel().page.getByText('1 passage found').waitFor();
    await showSearch(searchCall([]));
    await panel().page.getByText('Nothing was found.').waitFor();
  });

  it('says nothing about that while it is running', async () => {
    await showSearch(searchCall(), { status: 'in_progress', completed_at: null });
    await panel().page.getByText('Searching the files…').waitFor();
    assert.equal(await button('Show Passages').count(), 0);
  });

  it('shows its passages when expanded, and opens each', async () => {
    await showSearch();
    await button('Show Passages').click();
    assert.deepEqual((await panel().waitForQuestion('passages')).params, { threadId, ...ids });
    await panel().answer('passages', passages);
    const items = panel().page.getByRole('list', { name: 'Passages' }).getByRole('listitem');
    assert.match(
      await items.nth(0).innerText(),
      /notes\.txt, line 7\s+(Score: )?0\.88\s+(0\.88\s+)?Roses are red\./,
    );
    await button('paper.pdf, page 3').click();
    assert.deepEqual(await panel().waitFor('openPassage'), { type: 'openPassage', ...ids, index: 1 });
    await button('Hide Passages').click();
    assert.equal(await items.count(), 0);
  });

  it('whose passages cannot be read says so, and names the files', async () => {
    await showSearch();
    await button('Show Passages').click();
    await panel().refuse('passages', 'The step is gone.');
    await panel().page.getByText('The step is gone.').waitFor();
    await panel().page.getByRole('list', { name: 'Passages' }).getByText('paper.pdf').waitFor();
  });
});
