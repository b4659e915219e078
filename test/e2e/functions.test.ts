import assert from 'node:assert/strict';
import type { LLMock } from '@copilotkit/aimock';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../host/workbench';
import {
  answer,
  composer,
  connectionTo,
  createAssistant,
  notice,
  openAssistants,
  openWithTutor,
  patience,
  runIs,
  say,
  startModelServer,
  startThread,
  threadRow,
} from './support';

const quizRequest =
  'Make a quiz with 2 questions: One open ended, one multiple choice. Then, give me feedback for the responses.';

/** The form or the card of a call. */
function card({ chat }: Workbench, label: string): Locator {
  return chat.getByRole('group', { name: label, exact: true }).last();
}

/** Presses a key until the focus is on one of these. */
async function moveTo({ page }: Workbench, key: string, within: Locator, selector: string): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    // A key reaches the webview's frame asynchronously.
    await page.evaluate('new Promise(requestAnimationFrame)');
    if ((await within.locator(`${selector}:focus`).count()) > 0) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead to ${selector}.`);
}

async function isLocked(quiz: Locator): Promise<void> {
  await quiz.getByRole('button', { name: 'Submit' }).waitFor({ ...patience, state: 'detached' });
  for (const radio of await quiz.getByRole('radio').all()) assert.ok(await radio.isDisabled());
  assert.equal(await quiz.getByRole('textbox').count(), 0);
}

describe('a quiz in the workbench', function () {
  // Each step builds on the one before.
  this.bail(true);
  let workbench: Workbench;
  const quiz = () => card(workbench, 'Quiz: Linear equations');

  before(async () => {
    workbench = await openWithTutor();
  });

  after(() => workbench.close());

  it('is added to the assistant from the palette', async () => {
    await workbench.runCommand('Assistants: Add Function…');
    await workbench.pick('Math Tutor');
    await workbench.pick('Quiz (display_quiz)');
    await workbench.page
      .locator('.pane', { hasText: /^Assistants/ })
      .locator('.monaco-list-row', { hasText: 'display_quiz' })
      .waitFor(patience);
  });

  it('is a form, filled in and submitted by mouse, and the feedback comes', async () => {
    await say(workbench, quizRequest);
    // The form scrolls into view and takes the focus: a click before that could meet what is beside the field.
    await quiz().locator('textarea:focus').waitFor(patience);
    await quiz().getByRole('textbox').click();
    await workbench.page.keyboard.type('To find x');
    assert.equal(await quiz().getByRole('textbox').inputValue(), 'To find x');
    await quiz().getByRole('radio', { name: '4' }).click();
    await quiz().getByRole('button', { name: 'Submit' }).click();
    await answer(workbench, 'you wrote “To find x”').waitFor(patience);
    await answer(workbench, '“4” is right!').waitFor(patience);
    await runIs(workbench, 'Done');
  });

  it('stays in the thread, locked, with its answers', async () => {
    await isLocked(quiz());
    await quiz().getByText('To find x').waitFor(patience);
    assert.ok(await quiz().getByRole('radio', { name: '4' }).isChecked());
  });

  it('can be filled in and submitted by keyboard alone', async () => {
    const { page } = workbench;
    await startThread(workbench, 'Math Tutor');
    await page.keyboard.type(quizRequest);
    await page.keyboard.press('Enter');
    await quiz().getByRole('textbox').waitFor(patience);
    await moveTo(workbench, 'Shift+Tab', quiz(), 'textarea');
    await page.keyboard.type('To guess');
    await moveTo(workbench, 'Tab', quiz(), 'input[type=radio]');
    // The browser decides which choice gets the focus first.
    const wanted = quiz().getByRole('radio', { name: '3' });
    for (let step = 0; step < 4 && !(await wanted.isChecked()); step += 1) {
      await page.keyboard.press('ArrowDown');
      await page.evaluate('new Promise(requestAnimationFrame)');
    }
    await moveTo(workbench, 'Tab', quiz(), 'vscode-button');
    await page.keyboard.press('Enter');
    await answer(workbench, 'you wrote “To guess”').waitFor(patience);
    await answer(workbench, '“3” is wrong').waitFor(patience);
    await runIs(workbench, 'Done');
  });

  it('keeps its draft over a reload', async () => {
    await startThread(workbench, 'Math Tutor');
    await say(workbench, quizRequest);
    await quiz().getByRole('textbox').fill('Half an ans');
    await workbench.reload();
    await quiz().getByRole('textbox').waitFor(patience);
    assert.equal(await quiz().getByRole('textbox').inputValue(), 'Half an ans');
    await quiz().getByRole('radio', { name: '7' }).click();
    await quiz().getByRole('button', { name: 'Submit' }).click();
    await answer(workbench, 'you wrote “Half an ans”').waitFor(patience);
    await runIs(workbench, 'Done');
  });

  it('is locked, with its answers, after a reload as well', async () => {
    await workbench.reload();
    await quiz().getByText('Half an ans').waitFor(patience);
    await isLocked(quiz());
    assert.ok(await quiz().getByRole('radio', { name: '7' }).isChecked());
  });

  it('is answered from the palette alone', async () => {
    await startThread(workbench, 'Math Tutor');
    await say(workbench, quizRequest);
    await quiz().getByRole('textbox').waitFor(patience);
    await workbench.runCommand('Assistants: Answer Function Call…');
    const step = (title: string) =>
      workbench.page.locator('.quick-input-title', { hasText: title }).waitFor(patience);
    await step('Answer Function Call (1/2)');
    await workbench.answer('By the palette');
    await step('Answer Function Call (2/2)');
    await workbench.pick('Skip');
    await answer(workbench, 'you wrote “By the palette”').waitFor(patience);
    await answer(workbench, 'you skipped it').waitFor(patience);
  });
});

describe('calls of several functions in one action', function () {
  this.bail(true);
  let server: LLMock;
  let workbench: Workbench;
  const quiz = () => card(workbench, 'Quiz: Sample Quiz');
  const other = (label: string) => card(workbench, label);

  before(async () => {
    server = await startModelServer();
    server.onToolResult('call_grade', ({ messages }) => {
      const outputs = messages.filter(({ role }) => role === 'tool').map(({ content }) => content as string);
      return { content: `You sent ${outputs.join(' and ')}.` };
    });
    const sample = {
      title: 'Sample Quiz',
      questions: [
        { question_text: 'What is your name?', question_type: 'FREE_RESPONSE' },
        {
          question_text: 'What is your favorite color?',
          question_type: 'MULTIPLE_CHOICE',
          choices: ['Red', 'Blue', 'Green', 'Yellow'],
        },
      ],
    };
    const toolCalls = [
      { id: 'call_quiz', name: 'display_quiz', arguments: JSON.stringify(sample) },
      { id: 'call_grade', name: 'look_up_grade', arguments: '{"student":"Ada"}' },
    ];
    server.onMessage('both at once', { toolCalls });
    // Slow enough to switch to another thread meanwhile.
    server.onMessage('both, slowly', { toolCalls }, { latency: 120, chunkSize: 8 });
    workbench = await openAssistants({ settings: connectionTo(server) });
    await createAssistant(workbench, 'Examiner', 'Ask.', 'mock/asker');
  });

  after(async () => {
    await workbench.close();
    await server.stop();
  });

  it('are each shown in a form of their own', async () => {
    await say(workbench, 'Please do both at once');
    await quiz().getByRole('radio', { name: 'Blue' }).waitFor(patience);
    await other('Answer the call to look_up_grade').getByText('Ada').first().waitFor(patience);
  });

  it('are answered in any order; one that is answered waits for the other, over a reload', async () => {
    const form = other('Answer the call to look_up_grade');
    await form.getByRole('textbox').fill('A minus');
    await form.getByRole('button', { name: 'Send', exact: true }).click();
    await other('Answered the call to look_up_grade').getByText('waiting for 1 other call').waitFor(patience);
    await workbench.reload();
    await other('Answered the call to look_up_grade').getByText('A minus').waitFor(patience);
    const sent = server.getRequests().filter(({ path }) => path === '/v1/chat/completions');
    assert.equal(sent.length, 1, 'nothing was sent yet');
  });

  it('are submitted together once the last is answered', async () => {
    await quiz().getByRole('textbox').fill('Ada');
    await quiz().getByRole('radio', { name: 'Blue' }).click();
    await quiz().getByRole('button', { name: 'Submit' }).click();
    await answer(workbench, 'You sent ["Ada","Blue"] and A minus.').waitFor(patience);
    await runIs(workbench, 'Done');
  });

  it('in a hidden thread are announced by a notification, the badge and the tree', async () => {
    const { page } = workbench;
    await startThread(workbench, 'Examiner');
    await say(workbench, 'Please do both, slowly');
    await runIs(workbench, 'Answering…');
    await startThread(workbench, 'Examiner');
    const row = threadRow(workbench, 'both, slowly');
    await row.getByText('Waiting for you').waitFor(patience);
    await page.locator('.activitybar .badge', { hasText: '1' }).waitFor(patience);
    const notification = await notice(workbench, 'Examiner is waiting for your input.');
    await notification.getByRole('button', { name: 'Show' }).click();
    await quiz().getByRole('radio', { name: 'Blue' }).waitFor(patience);
    assert.ok(await composer(workbench.chat).isVisible());
  });

  it('are found again by a window that is opened later, and cancelled from the tree', async () => {
    const { page } = workbench;
    await startThread(workbench, 'Examiner');
    await workbench.reload();
    await page.locator('.activitybar .badge', { hasText: '1' }).waitFor(patience);
    const row = threadRow(workbench, 'both, slowly');
    await row.getByText('Waiting for you').waitFor(patience);
    await row.hover();
    await row.getByRole('button', { name: 'Stop Run' }).click();
    await row.getByText('Stopped').waitFor(patience);
    await page.locator('.activitybar .badge', { hasText: '1' }).waitFor({ ...patience, state: 'detached' });
  });
});
