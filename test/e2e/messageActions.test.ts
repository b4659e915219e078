import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LLMock } from '@copilotkit/aimock';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../host/workbench';
import {
  answer,
  composer,
  connectionTo,
  createAssistant,
  openAssistants,
  patience,
  runIs,
  saidBy,
  say,
  startModelServer,
  startThread,
  threadRow,
} from './support';

const story = Array.from({ length: 40 }, (_, i) => `Sentence ${i + 1} of the story.`).join(' ');

/** Milliseconds until a reloaded window shows its thread, at most: everything is started again. */
const afterReload = { timeout: 60_000 };

describe('the actions on messages', () => {
  let server: LLMock;
  let workbench: Workbench;

  const message = (author: 'You' | 'Teacher', at = 0): Locator =>
    workbench.chat.getByRole('article', { name: new RegExp(`^${author},`) }).nth(at);

  /** Presses an action of a message by the keyboard. */
  async function act(of: Locator, name: string): Promise<void> {
    const button = of.getByRole('button', { name, exact: true });
    await button.waitFor(patience);
    await button.focus();
    await workbench.page.keyboard.press('Enter');
  }

  /** The palette opened before the composer has the focus would lose it to the composer. */
  async function reload(): Promise<void> {
    await workbench.chat.locator('.composer :focus').first().waitFor(patience);
    await workbench.reload();
  }

  async function composerHas(text: string): Promise<void> {
    while ((await composer(workbench.chat).inputValue()) !== text) await nextTurn();
  }

  const branches = (): Locator => workbench.chat.getByRole('group', { name: 'Branches' });
  const shows = (words: string, wait = patience): Promise<void> => answer(workbench, words).waitFor(wait);

  before(async () => {
    server = await startModelServer();
    server.onMessage('capital of France', { content: 'It is Paris.' });
    server.onMessage('capital of Spain', { content: 'It is Madrid.' });
    server.onMessage('story', { content: story }, { latency: 40, chunkSize: 8 });
    server.onMessage('thank', { content: 'You are welcome.' });
    workbench = await openAssistants({ settings: connectionTo(server) });
    await createAssistant(workbench, 'Teacher', 'Teach.', 'mock/teacher');
  });

  after(async () => {
    await workbench.close();
    await server.stop();
  });

  it('keep the drafts of two chats without a thread apart, over a reload', async () => {
    await composer(workbench.chat).fill('of the side bar');
    await workbench.runCommand('Assistants: Open Chat in Editor');
    // Its frame looks like that of a form.
    const tab = workbench.form;
    await tab.getByText('Ask Teacher').waitFor(patience);
    assert.equal(await composer(tab).inputValue(), '');
    // It has the focus.
    await tab.locator('.composer :focus').first().waitFor(patience);
    await workbench.page.keyboard.type('Of the tab: thank you');
    await workbench.page.keyboard.press('Enter');
    await tab.getByRole('article').getByText('You are welcome.').waitFor(patience);
    assert.equal(await composer(tab).inputValue(), '');
    await workbench.page.keyboard.press('Alt+F2');
    const lines = workbench.page.locator('.editor-group-container .view-lines');
    await lines.getByText('You are welcome.').waitFor(patience);
    await workbench.page.locator('.editor-group-container .monaco-editor.focused').waitFor(patience);
    await composerHas('of the side bar');
    await workbench.runCommand('View: Close All Editors');
    await composer(workbench.chat).click();
    await workbench.reload();
    await composer(workbench.chat).waitFor(afterReload);
    await composerHas('of the side bar');
  });

  it('edit a message and send it again; the old branch is there after a reload', async () => {
    await say(workbench, 'What is the capital of France?');
    await shows('It is Paris.');
    await runIs(workbench, 'Done');
    await act(message('You'), 'Edit and Resend');
    const editor = workbench.chat.getByRole('textbox', { name: 'Edited message' });
    await editor.fill('What is the capital of Spain?');
    await editor.press('Enter');
    await shows('It is Madrid.');
    assert.equal((await saidBy(workbench, 'You')).length, 1);
    await branches().getByText('2/2').waitFor(patience);
    // The tree shows the conversation once.
    await threadRow(workbench, '2 branches').waitFor(patience);
    assert.equal(await threadRow(workbench, /capital/).count(), 1);

    await reload();
    await shows('It is Madrid.', afterReload);
    await branches().getByText('2/2').waitFor(patience);
    await branches()
      .getByRole('button', { name: /^Previous Branch/ })
      .click();
    await shows('It is Paris.');
    await branches().getByText('1/2').waitFor(patience);
    // The focus is still at the branches.
    await branches().locator(':focus').waitFor(patience);
    await workbench.page.keyboard.press('Enter');
    await shows('It is Madrid.');
  });

  it('regenerate an answer, with another model, too; all answers are there after a reload', async () => {
    await startThread(workbench, 'Teacher');
    await say(workbench, 'And what is the capital of France?');
    await shows('It is Paris.');
    await runIs(workbench, 'Done');
    await act(message('Teacher'), 'Regenerate');
    await branches().getByText('2/2').waitFor(patience);
    await runIs(workbench, 'Done');
    await reload();
    await branches().getByText('2/2').waitFor(afterReload);
    await act(message('Teacher'), 'Regenerate With…');
    const row = workbench.page.locator('.quick-input-widget:visible .monaco-list-row', {
      hasText: 'Teacher',
    });
    await row.first().waitFor(patience);
    await row.first().click();
    await branches().getByText('3/3').waitFor(patience);
    await runIs(workbench, 'Done');
    assert.equal((await saidBy(workbench, 'Teacher')).length, 1);
  });

  it('delete from a message on, and bring it back after a reload', async () => {
    await startThread(workbench, 'Teacher');
    await say(workbench, 'Tell me the capital of France');
    await runIs(workbench, 'Done');
    await say(workbench, 'Tell me the capital of Spain');
    await shows('It is Madrid.');
    await runIs(workbench, 'Done');
    await act(message('You', 1), 'Delete from Here');
    await answer(workbench, 'It is Madrid.').waitFor({ ...patience, state: 'detached' });
    await shows('It is Paris.');
    await reload();
    await workbench.chat.getByText('This conversation continues in another branch.').waitFor(afterReload);
    await workbench.chat.getByText('Show It').click();
    await shows('It is Madrid.');
  });

  it('branch into a thread of its own, which the tree names the source of', async () => {
    await startThread(workbench, 'Teacher');
    await say(workbench, 'Now: the capital of France');
    await runIs(workbench, 'Done');
    await say(workbench, 'Now: the capital of Spain');
    await runIs(workbench, 'Done');
    await act(message('Teacher', 0), 'Branch into New Thread');
    await answer(workbench, 'It is Madrid.').waitFor({ ...patience, state: 'detached' });
    await shows('It is Paris.');
    await reload();
    await shows('It is Paris.', afterReload);
    assert.equal((await saidBy(workbench, 'You')).length, 1);
    await threadRow(workbench, 'from “Now: the capital of France”').waitFor(patience);
    // It goes on by itself.
    await say(workbench, 'Now: thank you');
    await shows('You are welcome.');
  });

  it('queue a message while an answer is written, over a reload, and recall it with ↑', async () => {
    await startThread(workbench, 'Teacher');
    await say(workbench, 'Tell me a story');
    await shows('Sentence 2 of the story.');
    await say(workbench, 'And the capital of France?');
    const queue = workbench.chat.getByRole('region', { name: 'Queued Messages' });
    await queue.getByText('And the capital of France?').waitFor(patience);
    await reload();
    await shows('It is Paris.', afterReload);
    await queue.waitFor({ ...patience, state: 'detached' });
    assert.match((await saidBy(workbench, 'Teacher'))[0] ?? '', /Sentence 40 of the story\./);
    await runIs(workbench, 'Done');
    await composer(workbench.chat).press('ArrowUp');
    await composerHas('And the capital of France?');
    await composer(workbench.chat).press('ArrowUp');
    await composerHas('Tell me a story');
    await composer(workbench.chat).fill('');
  });

  it('answer a message that was left without an answer, over a reload', async () => {
    await startThread(workbench, 'Teacher');
    // Without a disconnect the server would wait for minutes after the run was stopped.
    const never = { latency: 60_000, disconnectAfterMs: 15_000 };
    server.onMessage('What is a stone?', { content: 'Too late.' }, never);
    await say(workbench, 'What is a stone?');
    await workbench.chat.getByRole('button', { name: 'Stop', exact: true }).click();
    await runIs(workbench, 'Stopped');
    await reload();
    const answerNow = workbench.chat.getByRole('button', { name: 'Answer Now' });
    await answerNow.waitFor(afterReload);
    server.prependFixture({
      match: { userMessage: 'What is a stone?' },
      response: { content: 'It is hard.' },
    });
    await answerNow.click();
    await shows('It is hard.');
    await runIs(workbench, 'Done');
    assert.equal(await answerNow.count(), 0);
    assert.equal((await saidBy(workbench, 'You')).length, 1);
  });
});
