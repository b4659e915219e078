import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LLMock } from '@copilotkit/aimock';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../host/workbench';
import {
  answer,
  connectionTo,
  createAssistant,
  openAnother,
  openAssistants,
  patience,
  runIs,
  saidBy,
  say,
  startModelServer,
  startThread,
  threadRow,
} from './support';

const story = Array.from({ length: 120 }, (_, i) => `Sentence ${i + 1} of the story.`).join(' ');

const quiz = {
  title: 'Colours',
  questions: [{ question_text: 'Which one?', question_type: 'MULTIPLE_CHOICE', choices: ['Red', 'Blue'] }],
};

/** The process ids of the extension hosts, one a window, that have the database open. */
function engines({ dataDir }: Workbench): number[] {
  const [file] = globSync('data/User/globalStorage/*/assistants.db', { cwd: dataDir });
  assert.ok(file, 'There is a database.');
  const db = new DatabaseSync(path.join(dataDir, file), { readOnly: true });
  const rows = db.prepare('SELECT pid FROM engines').all();
  db.close();
  return rows.map(({ pid }) => Number(pid));
}

function form({ chat }: Workbench): Locator {
  return chat.getByRole('group', { name: 'Quiz: Colours', exact: true }).last();
}

async function submit(window: Workbench, choice: string): Promise<void> {
  await form(window).getByRole('radio', { name: choice }).click();
  await form(window).getByRole('button', { name: 'Submit' }).click();
}

async function isLocked(window: Workbench): Promise<void> {
  await form(window)
    .getByRole('button', { name: 'Submit' })
    .waitFor({ ...patience, state: 'detached' });
}

/** Opens a thread from the tree. Retries: VS Code ignores a click while it refreshes the tree. */
async function openThread(window: Workbench, title: string): Promise<void> {
  const heading = window.chat.getByRole('heading', { name: title });
  for (let tries = 0; tries < 5 && (await heading.count()) === 0; tries++) {
    await threadRow(window, title).click(patience);
    await heading.waitFor({ timeout: 4000 }).catch(() => undefined);
  }
  await heading.waitFor(patience);
}

/** Asks for the quiz in a thread of its own, and opens the thread in the other window. */
async function quizInBoth(one: Workbench, other: Workbench, request: string): Promise<void> {
  await startThread(one, 'Teller');
  await say(one, request);
  await form(one).getByRole('button', { name: 'Submit' }).waitFor(patience);
  await openThread(other, request);
  await form(other).getByRole('button', { name: 'Submit' }).waitFor(patience);
}

describe('two windows on the same data', function () {
  // Each step builds on the one before.
  this.bail(true);
  let server: LLMock;
  let one: Workbench;
  let other: Workbench;

  before(async () => {
    server = await startModelServer();
    server.onToolResult('call_quiz', { content: 'Well answered.' });
    // Some sixteen seconds from the first word to the last.
    server.onMessage('story', { content: story }, { latency: 40, chunkSize: 8 });
    server.onMessage('short', { content: 'Once upon a time.' });
    server.onMessage('quiz', {
      toolCalls: [{ id: 'call_quiz', name: 'display_quiz', arguments: JSON.stringify(quiz) }],
    });
    one = await openAssistants({ settings: connectionTo(server) });
    await createAssistant(one, 'Teller', 'Tell stories.', 'mock/teller');
    await one.runCommand('Assistants: Add Function…');
    await one.pick('Teller');
    await one.pick('Quiz (display_quiz)');
    other = await openAnother(one);
  });

  after(async () => {
    await other?.close();
    await one?.close();
    await server.stop();
  });

  it('both show the thread that one starts, and its answer as it is written', async () => {
    await say(one, 'Tell me a story');
    await openThread(other, 'Tell me a story');
    await answer(other, 'Sentence 2 of the story.').waitFor(patience);
    await runIs(other, 'Answering…');
  });

  it('stop a run from the window that did not start it', async () => {
    await other.chat.getByRole('button', { name: 'Stop' }).click();
    await runIs(one, 'Stopped');
    await runIs(other, 'Stopped');
    const notification = (await saidBy(one, 'Teller')).join('');
    assert.match(notification, /Sentence 2 of the story\./);
    assert.doesNotMatch(notification, /Sentence 120 of the story\./);
  });

  it('show what the other one asks in a thread that both show, and the answer', async () => {
    await say(other, 'A short one');
    await answer(one, 'Once upon a time.').waitFor(patience);
    await one.chat.getByRole('article', { name: /^You,/ }).getByText('A short one').waitFor(patience);
    await runIs(one, 'Done');
    assert.deepEqual((await saidBy(one, 'You')).length, 2);
  });

  it('both show a quiz, and one removes the form when it is answered in the other', async () => {
    await quizInBoth(one, other, 'A quiz, please');
    await submit(other, 'Blue');
    await isLocked(one);
    await answer(one, 'Well answered.').waitFor(patience);
    await runIs(one, 'Done');
    await runIs(other, 'Done');
    assert.ok(await form(one).getByRole('radio', { name: 'Blue' }).isChecked());
  });

  it('answer a quiz whose window has crashed', async () => {
    const third = await openAnother(one);
    const before = engines(one);
    const [died] = before.slice(-1);
    await quizInBoth(third, other, 'Another quiz, please');
    process.kill(died!, 'SIGKILL');
    await submit(other, 'Red');
    await answer(other, 'Well answered.').waitFor(patience);
    await runIs(other, 'Done');
    await third.close();
  });

  it('show the partial answer of a window that crashed, and offer to try again', async () => {
    const third = await openAnother(one);
    const died = engines(one).at(-1)!;
    await startThread(third, 'Teller');
    await say(third, 'A last story');
    await openThread(other, 'A last story');
    await answer(other, 'Sentence 2 of the story.').waitFor(patience);
    process.kill(died, 'SIGKILL');
    await third.close();
    await other.chat
      .getByText('The window or server that ran this ended unexpectedly')
      .first()
      .waitFor(patience);
    await runIs(other, 'Failed');
    // The card may leave it no room on the screen.
    await answer(other, 'Sentence 2 of the story.').waitFor({ ...patience, state: 'attached' });
    await other.chat.getByRole('button', { name: 'Retry' }).waitFor();
  });
});
