import assert from 'node:assert/strict';
import type { Workbench } from '../host/workbench';
import {
  answer,
  composer,
  createAssistant,
  editorText,
  equation,
  notice,
  openAssistants,
  patience,
  runIs,
  saidBy,
  say,
  startThread,
  threadRow,
  viewAction,
} from './support';

describe('the walkthrough by mouse, with the demo model', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openAssistants();
  });

  after(() => workbench.close());

  it('offers Math Tutor at the first start, and creates it by one click', async () => {
    const { chat } = workbench;
    await chat.getByText('its replies are scripted').waitFor(patience);
    await chat.getByText('Create Math Tutor').click();
    await chat.getByText('Ask Math Tutor').waitFor(patience);
    await chat.getByRole('button', { name: 'Model: Demo – scripted replies, no AI' }).waitFor(patience);
  });

  it('solves the equation in a new thread, step by step', async () => {
    await say(workbench, equation);
    await runIs(workbench, 'Done');
    const [question] = await saidBy(workbench, 'You');
    assert.match(question ?? '', /3x \+ 11 = 14/);
    // Mathematics is typeset, with MathML beside it for screen readers.
    await workbench.chat.locator('article .katex').first().waitFor();
    const formulas = await workbench.chat.locator('article annotation').allTextContents();
    assert.match(formulas.join(' '), /x = 1/);
    assert.equal(await composer(workbench.chat).inputValue(), '');
  });

  it('explains it in the same thread', async () => {
    await say(workbench, 'Could you explain this to me?');
    await answer(workbench, 'undoes the multiplication').waitFor(patience);
    await runIs(workbench, 'Done');
    assert.equal((await saidBy(workbench, 'Math Tutor')).length, 2);
  });

  it('shows the run’s status, time and tokens', async () => {
    const bar = await workbench.chat.getByRole('group', { name: 'Run status' }).innerText();
    assert.match(bar, /Done\s+0:\d\d\s+[\d,]+ tokens\s+Math Tutor/);
  });

  it('keeps three threads apart, and thanks on the third', async () => {
    const { chat } = workbench;
    for (const question of ['Could you explain linear algebra to me?', "I don't like math. What can I do?"]) {
      await viewAction(workbench, 'New Thread').click();
      await chat.getByText('Ask Math Tutor').waitFor(patience);
      await say(workbench, question);
      await chat.getByRole('article', { name: /^You,/ }).waitFor(patience);
    }
    await runIs(workbench, 'Done');
    await say(workbench, 'Thank you!');
    await chat.getByRole('article', { name: /^You,/ }).nth(1).waitFor(patience);
    await runIs(workbench, 'Done');
    assert.equal((await saidBy(workbench, 'You')).length, 2);

    await threadRow(workbench, 'linear algebra').click();
    await chat
      .getByRole('article', { name: /^You,/ })
      .getByText('Could you explain linear algebra')
      .waitFor(patience);
    await runIs(workbench, 'Done');
    assert.equal((await saidBy(workbench, 'Math Tutor')).length, 1);
  });

  it('shows a message as JSON', async () => {
    const { page, chat } = workbench;
    const question = chat.getByRole('article', { name: /^You,/ }).first();
    await question.hover();
    await question.getByRole('button', { name: 'Show Message JSON' }).click();
    await page.locator('.tab.active', { hasText: /msg_.*\.json/ }).waitFor(patience);
    assert.match(await editorText(workbench), /"object": "thread\.message"/);
    await page.locator('.statusbar-item', { hasText: 'JSON' }).waitFor();
  });

  it('sends the selected code with its file, language and lines', async () => {
    const { page, chat } = workbench;
    await workbench.openFile('fibonacci.py');
    await page.locator('.part.editor .editor-instance:visible').click();
    await page.keyboard.press('Control+A');
    await workbench.runCommand('Assistants: Send Selection to Assistant…');
    await workbench.answer('What does this do?');
    const message = chat.getByRole('article', { name: /^You,/ }).last();
    await message.getByText('What does this do?').waitFor(patience);
    await message.getByRole('button', { name: /^fibonacci\.py:1-\d+/ }).click();
    assert.match(await message.locator('pre code').innerText(), /def /);
    await runIs(workbench, 'Done');
  });

  it('lists the threads of today, with the one that is open selected', async () => {
    await threadRow(workbench, 'Today').waitFor(patience);
    const row = threadRow(workbench, 'linear algebra');
    await row.click();
    await workbench.page
      .locator('.monaco-list-row.selected', { hasText: 'linear algebra' })
      .waitFor(patience);
    await row.filter({ hasText: 'Math Tutor' }).waitFor(patience);
    await workbench.chat.locator('.composer :focus').first().waitFor(patience);
  });

  it('finds a thread by what was said in it, and shows the message', async () => {
    const { page, chat } = workbench;
    await workbench.runCommand('Assistants: Search Threads…');
    const input = page.locator('.quick-input-widget .quick-input-box input');
    await input.fill('undoes multipl');
    const found = page.locator('.quick-input-widget .monaco-list-row', {
      hasText: 'undoes the multiplication',
    });
    await found.first().waitFor(patience);
    await page.keyboard.press('Enter');
    await chat.locator('.message-marked').getByText('undoes the multiplication').first().waitFor(patience);
  });

  it('moves a thread to the trash, and restores it by Undo', async () => {
    const remove = async (): Promise<void> => {
      await threadRow(workbench, 'linear algebra').click();
      await workbench.page
        .locator('.monaco-list-row.focused', { hasText: 'linear algebra' })
        .waitFor(patience);
      // The chat takes the focus with the thread, also from the palette.
      await workbench.chat.locator('.composer :focus').first().waitFor(patience);
      await workbench.runCommand('Assistants: Delete Thread…');
      await workbench.pick('Could you explain linear algebra to me?');
      await threadRow(workbench, 'linear algebra').waitFor({ state: 'detached' });
    };
    await remove();
    const moved = await notice(workbench, /was moved to the trash/);
    await moved.getByRole('button', { name: 'Undo' }).click();
    await threadRow(workbench, 'linear algebra').waitFor(patience);
    await remove();
  });
});

describe('the walkthrough by the command palette alone', () => {
  let workbench: Workbench;

  before(async () => {
    workbench = await openAssistants({ theme: 'light' });
  });

  after(() => workbench.close());

  it('creates an assistant by name, instructions and model', async () => {
    const instructions = 'You are a personal math tutor. Answer questions briefly, in a sentence or less.';
    await createAssistant(workbench, 'Math Tutor', instructions, 'demo/tutor');
  });

  it('asks, and asks again in the same thread', async () => {
    await workbench.runCommand('Assistants: Send Message…');
    await workbench.answer(equation);
    await runIs(workbench, 'Done');
    await workbench.runCommand('Assistants: Send Message…');
    await workbench.answer('Could you explain this to me?');
    await answer(workbench, 'undoes the multiplication').waitFor(patience);
    await runIs(workbench, 'Done');
  });

  it('renames a thread', async () => {
    await workbench.runCommand('Assistants: Rename Thread…');
    await workbench.pick('I need to solve the equation 3x + 11 = 14. Can you help me?');
    await workbench.answer('Equations');
    await threadRow(workbench, 'Equations').waitFor(patience);
  });

  it('starts a new thread, and goes back to the old one', async () => {
    await startThread(workbench, 'Math Tutor');
    await workbench.runCommand('Assistants: Open Thread…');
    await workbench.pick('Equations');
    await answer(workbench, 'undoes the multiplication').waitFor(patience);
  });

  it('shows the whole conversation as a document', async () => {
    await workbench.runCommand('Assistants: Show Conversation as Markdown');
    await workbench.page.locator('.tab.active', { hasText: 'Equations.md' }).waitFor(patience);
    assert.match(await editorText(workbench), /3x \+ 11 = 14/);
  });
});
